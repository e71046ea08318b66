#!/usr/bin/env python3
"""Health, metrics, events with Last-Event-ID, endpoints, clusters and the OpenAPI document of a running proxy."""
import http.client
from harness import Crossfade, Nginx, fetch, two_clusters

SANITIZED = True

old, new = Nginx("old"), Nginx("new")
crossfade = Crossfade({"playlist": two_clusters([old], [new])})
for _ in range(20):
    assert fetch(crossfade.port, headers={"x-user-id": "me"}).status == 200

assert crossfade.api("GET", "/healthz").status == 200
services = crossfade.api("GET", "/v1/services?q=play").json()["services"]
assert [s["service"] for s in services] == ["playlist"]
endpoints = crossfade.api("GET", "/v1/services/playlist/endpoints").json()["endpoints"]
assert {e["address"] for e in endpoints} == {old.address, new.address}
assert crossfade.api("GET", "/v1/clusters").status == 200
assert crossfade.api("GET", "/v1/clusters/old").status == 200
assert b"/v1/services/{service}/weights" in crossfade.api("GET", "/openapi.yaml").body.replace(b"{s}", b"{service}")
assert crossfade.metric("crossfade_requests_total{") >= 20
missing = crossfade.api("GET", "/v1/services/nobody")
assert missing.status == 404 and missing.headers["content-type"].startswith("application/problem+json")


def events(last_id=None):
    connection = http.client.HTTPConnection("127.0.0.1", crossfade.control_port, timeout=10)
    connection.request("GET", "/v1/events", headers={"Last-Event-ID": str(last_id)} if last_id is not None else {})
    response = connection.getresponse()
    assert response.getheader("content-type").startswith("text/event-stream")
    return response


live = events()
crossfade.set_weights("playlist", old=90, new=10)
seen, number = [], None
while not any(b"weights" in line for line in seen):
    line = live.fp.readline()
    assert line, "the stream ended"
    if line.startswith(b"id:"):
        number = int(line[3:])
    seen.append(line)
replayed = events(number - 1 if number else 0)
lines = [replayed.fp.readline() for _ in range(6)]
assert any(b"weights" in line for line in lines), lines
live.close()
replayed.close()
crossfade.stop()
