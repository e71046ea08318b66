#!/usr/bin/env python3
"""A whole migration along a ramp under load: 0 failed requests, every user moves once and nobody back."""
from harness import Crossfade, Nginx, two_clusters
from load import Load
from migrations import steps, to_new, wait_for_stage

SANITIZED = True

old = [Nginx("old"), Nginx("old")]
new = [Nginx("new"), Nginx("new")]
crossfade = Crossfade({"playlist": two_clusters(old, new)})
load = Load(crossfade.port, clients=4, users=400)

crossfade.migrate("move", **to_new(steps("1s", 1, 5, 25, 50, 75, 100)))
done = wait_for_stage(crossfade, "move", "Succeeded")
assert done["shares_ppm"] == {"old": 0, "new": 1_000_000}, done["shares_ppm"]

load.stop().expect_no_failure()
assert load.moved_back() == [], load.moved_back()[:5]
assert crossfade.metric("crossfade_share_ratio") > 0
crossfade.stop()
print(f"{load.done} requests, 0 failed, {len(load.places)} users, 0 moved back")
