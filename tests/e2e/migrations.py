"""Migrations as these tests start and follow them."""
from harness import wait_until

# Judges soon: a test's traffic is thin.
GATE = {"requests_min": 20, "baseline_requests": 200, "baseline_time": "2s"}


def steps(bake, *shares):
    return {"curve": "steps", "steps": [{"share": f"{share}%", "bake_time": bake} for share in shares]}


def to_new(ramp, service="playlist", **gate):
    return {"service": service, "targets": [{"cluster": "new"}], "ramp": ramp, "gate": {**GATE, **gate},
            "reason": "end-to-end test"}


def wait_for_share(crossfade, name, ppm, seconds=60):
    return wait_until(lambda: crossfade.migration(name)["share_ppm"] >= ppm, f"{name} carries {ppm} ppm", seconds)


def wait_for_stage(crossfade, name, stage, seconds=90):
    def reached():
        migration = crossfade.migration(name)
        if migration["stage"] in ("Succeeded", "RolledBack", "Aborted"):
            assert migration["stage"] == stage, migration
        return migration if migration["stage"] == stage else None

    return wait_until(reached, f"{name} is {stage}", seconds)
