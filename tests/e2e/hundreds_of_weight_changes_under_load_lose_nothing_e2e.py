#!/usr/bin/env python3
"""Weights changed 300 times under load, nginx as the origin server: no request fails."""
import random
from harness import Crossfade, Nginx, two_clusters
from load import Load

CHANGES = 300
old = [Nginx("old"), Nginx("old")]
new = [Nginx("new"), Nginx("new")]
crossfade = Crossfade({"playlist": two_clusters(old, new)})
load = Load(crossfade.port, clients=4)

chance = random.Random(7)
for _ in range(CHANGES):
    share = chance.randint(0, 100)
    crossfade.set_weights("playlist", old=100 - share, new=share)

load.stop().expect_no_failure()
assert load.done > CHANGES
crossfade.stop()
print(f"{CHANGES} changes, {load.done} requests, 0 failed")
