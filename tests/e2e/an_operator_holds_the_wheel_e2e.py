#!/usr/bin/env python3
"""Pause, resume, promote, rollback, abort, and the refusals between them, as an operator would use them."""
import time
from harness import Crossfade, Nginx, two_clusters
from load import Load
from migrations import steps, to_new, wait_for_share, wait_for_stage

SANITIZED = True

crossfade = Crossfade({"playlist": two_clusters([Nginx("old")], [Nginx("new")])})
load = Load(crossfade.port, clients=2, pause=0.002)


def verb(name, word, body=None, expect=(200, 202)):
    answer = crossfade.api("POST", f"/v1/migrations/{name}/{word}", {"reason": "operator", **(body or {})})
    assert answer.status in expect, (word, answer.status, answer.body)
    return answer


plan = crossfade.api("PUT", "/v1/migrations/first?dry_run=true", to_new(steps("1h", 5, 50, 100)))
assert plan.status == 200 and b"checkpoints" in plan.body, plan.body
assert crossfade.api("GET", "/v1/migrations/first").status == 404, "a dry run creates nothing"

crossfade.migrate("first", **to_new(steps("1h", 5, 50, 100)))
again = crossfade.api("PUT", "/v1/migrations/first", to_new(steps("1h", 5, 50, 100)))
assert again.status in (200, 202), "PUT of the same is the same"
wait_for_share(crossfade, "first", 50_000)

refused = crossfade.api("PUT", "/v1/services/playlist/weights", {"weights": {"old": 1, "new": 1}})
assert refused.status == 409 and b"first" in refused.body, refused.body
verb("first", "pause")
assert crossfade.migration("first")["paused"] is True
verb("first", "resume")
verb("first", "promote")
wait_for_share(crossfade, "first", 500_000)
verb("first", "rollback")
wait_for_stage(crossfade, "first", "RolledBack")
verb("first", "resume", expect=(409,))

crossfade.migrate("second", **to_new(steps("1h", 10, 100)))
wait_for_share(crossfade, "second", 100_000)
verb("second", "abort")
wait_for_stage(crossfade, "second", "Aborted")
weights = crossfade.api("GET", "/v1/services/playlist/weights")
assert weights.json()["weights"] == {"old": 900_000, "new": 100_000}, "an abort leaves the shares where they are"

stale = crossfade.api("PUT", "/v1/services/playlist/weights", {"weights": {"old": 1}}, {"If-Match": '"0"'})
assert stale.status in (409, 412), stale.status
fresh = crossfade.api("PUT", "/v1/services/playlist/weights?wait=adopted", {"weights": {"old": 1}},
                      {"If-Match": weights.headers["etag"]})
assert fresh.status in (200, 202), fresh.body
bad = crossfade.api("PUT", "/v1/services/playlist/weights", {"weights": {"old": 1, "nwe": 1}})
assert bad.status in (400, 422) and b"/weights/nwe" in bad.body, bad.body

load.stop().expect_no_failure()
crossfade.stop()
