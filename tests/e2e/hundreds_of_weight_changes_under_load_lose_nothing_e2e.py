#!/usr/bin/env python3
"""Weights changed 300 times under wrk's load and our own, nginx as the origin server: no request fails."""
import random
import subprocess
import time
from harness import Crossfade, Nginx, two_clusters
from load import Load

CHANGES = 300
old = [Nginx("old"), Nginx("old")]
new = [Nginx("new"), Nginx("new")]
crossfade = Crossfade({"playlist": two_clusters(old, new)})
load = Load(crossfade.port, clients=2)
wrk = subprocess.Popen(["wrk", "-t1", "-c32", "-d15s", f"http://127.0.0.1:{crossfade.port}/"],
                       stdout=subprocess.PIPE, text=True)

chance = random.Random(7)
begun = time.monotonic()
for number in range(CHANGES):
    share = chance.randint(0, 100)
    crossfade.set_weights("playlist", old=100 - share, new=share)
    time.sleep(max(0.0, begun + number * 14 / CHANGES - time.monotonic()))  # spread over wrk's run

load.stop().expect_no_failure()
said = wrk.communicate()[0]
assert wrk.returncode == 0 and "Socket errors" not in said and "Non-2xx" not in said, said
requests = int(said.split(" requests in ")[0].split()[-1])
assert requests > 1000, said
crossfade.stop()
print(f"{CHANGES} changes, {load.done} + {requests} requests, 0 failed")
