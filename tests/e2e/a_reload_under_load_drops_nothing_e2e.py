#!/usr/bin/env python3
"""Good and bad reloads, by SIGHUP and by the API, under load: no request fails, a bad file changes nothing."""
import signal
import time
from harness import Crossfade, Nginx, fetch, static, two_clusters, wait_until
from load import Load

old, new, extra = [Nginx("old")], [Nginx("new")], Nginx("extra")
crossfade = Crossfade({"playlist": two_clusters(old, new)})
load = Load(crossfade.port, clients=4)

for turn in range(10):
    name = f"extra{turn}"
    crossfade.config["services"][name] = {"clusters": {"only": {"weight": 1, "source": static(extra)}}}
    crossfade.config["routes"].append({"match": {"path_prefix": f"/{name}"}, "service": name})
    crossfade.write_config()
    if turn % 2:
        crossfade.process.send(signal.SIGHUP)
    else:
        answer = crossfade.api("POST", "/v1/config/reload")
        assert answer.status == 200, answer.body
    wait_until(lambda: fetch(crossfade.port, f"/{name}").headers.get("x-cluster") == "extra", f"{name} is routed")
    time.sleep(0.2)

crossfade.config["listenerss"] = []
crossfade.write_config()
answer = crossfade.api("POST", "/v1/config/reload")
assert answer.status in (400, 422), answer.status
assert b"listenerss" in answer.body and b"listeners" in answer.body, answer.body
assert fetch(crossfade.port, "/extra9").headers["x-cluster"] == "extra", "the old config stays"

load.stop().expect_no_failure()
crossfade.stop()
print(f"10 reloads, 1 refused, {load.done} requests, 0 failed")
