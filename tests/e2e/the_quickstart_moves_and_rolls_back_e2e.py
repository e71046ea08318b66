#!/usr/bin/env python3
"""deploy/quickstart --once ends a migration with nothing failed; with --break-new it rolls back by itself."""
import os
import subprocess
from harness import CROSSFADE

quickstart = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "deploy", "quickstart")


def play(*options):
    done = subprocess.run([quickstart, "--once", *options], capture_output=True, text=True, timeout=150,
                          env={**os.environ, "CROSSFADE": os.path.abspath(CROSSFADE)})
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


said = play("--ramp", "14")
assert "ended: Succeeded" in said and "failed              0" in said and "moved back 0" in said, said
said = play("--ramp", "28", "--break-new")
assert "ended: RolledBack" in said and "rolled back after" in said and "harmed requests" in said, said
print(said[-400:])
