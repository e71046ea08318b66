#!/usr/bin/env python3
"""`crossfade check FILE` prints every error with file:line:column, the key's path and what was expected."""
import subprocess
from harness import CROSSFADE, path_in_folder

SANITIZED = True

file = path_in_folder("bad.yaml")
with open(file, "w", encoding="utf-8") as out:
    out.write("""listeners:
  - address: 127.0.0.1:8080
    idle_timeot: 5s
services:
  playlist:
    clusters:
      old: {weight: 1, source: {static: [127.0.0.1]}}
routes:
  - match: {path_prefix: /}
    service: playlst
""")
result = subprocess.run([CROSSFADE, "check", file], capture_output=True, text=True)
assert result.returncode != 0
said = result.stdout + result.stderr
for expected in (f"{file}:3:5", "idle_timeout", f"{file}:7:", "services.playlist.clusters.old.source.static", f"{file}:10:",
                 "playlst"):
    assert expected in said, (expected, said)

unknown = subprocess.run([CROSSFADE, "chekc", file], capture_output=True, text=True)
assert unknown.returncode != 0 and "check" in unknown.stderr, unknown.stderr
assert subprocess.run([CROSSFADE, "version"], capture_output=True, text=True).stdout.strip()
assert "check FILE" in subprocess.run([CROSSFADE, "help"], capture_output=True, text=True).stdout
