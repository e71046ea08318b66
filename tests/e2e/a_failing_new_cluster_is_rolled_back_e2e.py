#!/usr/bin/env python3
"""New fails in five ways (errors, refused, hanging, resets, slow): each time the gate rolls back by itself."""
import time
from harness import Crossfade, Nginx, Origin, two_clusters
from load import Load
from migrations import steps, to_new, wait_for_share, wait_for_stage

for manner in ("errors", "refused", "hanging", "resets", "slow"):
    old, new = Nginx("old"), Origin("new")
    crossfade = Crossfade({"playlist": two_clusters(
        [old], [new], slow_threshold="500ms", timeouts={"response_head": "2s"},
        ejection={"consecutive_failures": 0})})
    load = Load(crossfade.port, clients=8, pause=0.005)
    crossfade.migrate("move", **to_new(steps("60s", 50, 100)))
    wait_for_share(crossfade, "move", 500_000)
    time.sleep(1)

    begun = time.monotonic()
    if manner == "refused":
        new.stop()
    else:
        new.behave(manner)
    done = wait_for_stage(crossfade, "move", "RolledBack", 45)
    took = time.monotonic() - begun
    assert done["shares_ppm"] == {"old": 1_000_000, "new": 0}, done["shares_ppm"]
    assert done["verdict"]["kind"] == "roll_back" and done["verdict"]["because"], done["verdict"]

    time.sleep(2.5)  # what was on its way to new ends
    before = len(load.failures)
    time.sleep(1)
    load.stop()
    assert len(load.failures) == before, "after the rollback nobody fails any more"
    crossfade.stop()
    new.stop()
    old.stop()
    print(f"{manner}: rolled back after {took:.2f} s, {before} of {load.done} requests harmed: {done['verdict']['because']}")
