#!/usr/bin/env python3
"""Random bodies, by length and in chunks, up and down, through HAProxy as the origin server, are byte-exact."""
from harness import Crossfade, HAProxy, Origin, two_clusters
from load import Load, random_bodies
import time

SANITIZED = True

behind_old, behind_new = Origin("old"), Origin("new")
old = HAProxy("old", behind=behind_old.address)
new = HAProxy("new", behind=behind_new.address)
crossfade = Crossfade({"playlist": two_clusters([old], [new])})
crossfade.set_weights("playlist", old=50, new=50)

load = Load(crossfade.port, clients=4, request=random_bodies)
time.sleep(6)
load.stop().expect_no_failure()

assert set(sum(load.places.values(), [])) == {"old", "new"}, "both clusters served"
crossfade.stop()
print(f"{load.done} requests, every byte checked")
