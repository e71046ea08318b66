#!/usr/bin/env python3
"""A file source that turns to rubbish, shrinks to nothing or disappears costs no endpoint."""
import os
import time
from harness import Crossfade, Nginx, fetch, path_in_folder

SANITIZED = True

endpoints = path_in_folder("endpoints.yaml")
origin = Nginx("old")


def write(text):
    with open(endpoints + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(endpoints + ".new", endpoints)


write(f"- {origin.address}\n")
crossfade = Crossfade({"playlist": {"clusters": {"old": {"weight": 1, "source": {"file": endpoints}}}}})
assert fetch(crossfade.port).status == 200

for rubbish in ("- 10.0.0.1\n", "{{{", "", "[]"):
    write(rubbish)
    time.sleep(0.4)
    assert fetch(crossfade.port).status == 200, f"after the file became {rubbish!r}"
os.unlink(endpoints)
time.sleep(0.4)
assert fetch(crossfade.port).status == 200, "after the file disappeared"
crossfade.stop()
