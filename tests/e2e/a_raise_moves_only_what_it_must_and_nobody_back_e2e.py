#!/usr/bin/env python3
"""As new grows from 0 to 100 % under load, each user moves once, from old to new, and never back."""
from harness import Crossfade, Nginx, two_clusters
from load import Load
import time

SANITIZED = True

old, new = [Nginx("old")], [Nginx("new")]
crossfade = Crossfade({"playlist": two_clusters(old, new)})
load = Load(crossfade.port, clients=4, users=400)

for percent in range(0, 101, 10):
    crossfade.set_weights("playlist", old=100 - percent, new=percent)
    time.sleep(0.3)

load.stop().expect_no_failure()
assert load.moved_back() == [], load.moved_back()[:5]
moved = sum(places == ["old", "new"] for places in load.places.values())
assert moved > 200, f"only {moved} users were seen to move"
crossfade.stop()
print(f"{moved} users moved once, 0 moved back, {load.done} requests")
