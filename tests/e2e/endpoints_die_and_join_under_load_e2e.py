#!/usr/bin/env python3
"""Endpoints killed without warning and added through a file, under load: no user sees a failure."""
import json
import os
import time
from harness import Crossfade, Nginx, path_in_folder, wait_until
from load import Load

endpoints = path_in_folder("endpoints.json")


def write_endpoints(origins):
    with open(endpoints + ".new", "w", encoding="utf-8") as file:
        json.dump([origin.address for origin in origins], file)
    os.rename(endpoints + ".new", endpoints)


origins = [Nginx("old") for _ in range(4)]
write_endpoints(origins)
crossfade = Crossfade({"playlist": {
    "clusters": {"old": {"weight": 1, "source": {"file": endpoints}}},
    "retries": {"attempts_max": 3, "budget": "100%"},
    "health_check": {"http": {"path": "/"}, "interval": "200ms"}}})
load = Load(crossfade.port, clients=4)


def serving():
    listed = crossfade.api("GET", "/v1/services/playlist/endpoints").body.decode()
    return all(origin.address in listed for origin in origins)


for _ in range(4):
    time.sleep(0.5)
    origins.pop(0).kill()
    time.sleep(0.5)
    origins.append(Nginx("old"))
    write_endpoints(origins)
    wait_until(serving, "the new endpoint is listed")

load.stop().expect_no_failure()
crossfade.stop()
print(f"4 endpoints killed, 4 added, {load.done} requests, 0 failed")
