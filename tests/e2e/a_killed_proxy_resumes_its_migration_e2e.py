#!/usr/bin/env python3
"""kill -9 in the middle of a ramp: after the restart new has no more than was on record, holds, then goes on."""
import time
from harness import Crossfade, Nginx, path_in_folder, two_clusters
from load import Load
from migrations import steps, to_new, wait_for_share, wait_for_stage

old, new = Nginx("old"), Nginx("new")
crossfade = Crossfade({"playlist": two_clusters([old], [new])}, journal=path_in_folder("journal.db"))
load = Load(crossfade.port, clients=2, users=100)
crossfade.migrate("move", **to_new(steps("3s", 10, 30, 60, 100)))
wait_for_share(crossfade, "move", 300_000)
load.stop().expect_no_failure()
before = crossfade.migration("move")

crossfade.kill()
crossfade.start()
after = crossfade.migration("move")
assert after["stage"] == "Shifting", after["stage"]
assert 0 < after["share_ppm"] <= before["share_ppm"], (before["share_ppm"], after["share_ppm"])
assert after["verdict"]["kind"] == "hold", after["verdict"]
time.sleep(1.5)
assert crossfade.migration("move")["share_ppm"] <= before["share_ppm"], "without requests nothing rises"

again = Load(crossfade.port, clients=2, users=100)
wait_for_stage(crossfade, "move", "Succeeded")
again.stop().expect_no_failure()
for user, places in again.places.items():
    first = load.places.get(user, ["old"])[-1]
    assert not (first == "new" and places[0] == "old"), f"{user} moved back over the restart"
assert again.moved_back() == []
crossfade.stop()
