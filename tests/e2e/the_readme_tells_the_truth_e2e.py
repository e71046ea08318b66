#!/usr/bin/env python3
"""Every YAML block of the README passes `crossfade check`, every command of it does what it says."""
import os
import re
import subprocess
from harness import CROSSFADE, Crossfade, Nginx, path_in_folder, two_clusters

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
    readme = file.read()
blocks = re.findall(r"^```(yaml|sh)\n(.*?)^```", readme, re.S | re.M)
assert len(blocks) >= 5, "the README has blocks"

config = path_in_folder("crossfade.yaml")
for text in (text for kind, text in blocks if kind == "yaml"):
    with open(config, "w", encoding="utf-8") as file:
        file.write(text)
    checked = subprocess.run([CROSSFADE, "check", config], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr

commands = [command.replace("\\\n", "") for kind, text in blocks if kind == "sh"
            for command in re.findall(r"(?:\\\n|[^\n']|'[^']*')+", text)]
crossfade = Crossfade({"playlist": two_clusters([Nginx("old")], [Nginx("new")])})
run = []
for command in commands:
    command = re.sub(r"\s+#.*", "", command).strip()
    if command.startswith("./"):
        program = os.path.join(ROOT, command.split()[0])
        assert os.access(program, os.X_OK), program  # run by tests of their own: this one is part of ./tests/run
    elif command.startswith("crossfade check"):
        assert subprocess.run([CROSSFADE, "check", config]).returncode == 0
    elif command.startswith("crossfade run"):
        assert "run" in subprocess.run([CROSSFADE, "help"], capture_output=True, text=True).stdout
    elif command.startswith("curl"):
        command = command.replace("127.0.0.1:9900", f"127.0.0.1:{crossfade.control_port}")
        done = subprocess.run(["sh", "-c", command.replace("curl", "curl -sS --fail-with-body", 1)], capture_output=True, text=True)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    else:
        raise AssertionError(f"no test knows this command: {command}")
    run.append(command.split()[0])
assert run.count("curl") == 4, run

for path in re.findall(r"\]\(([^)]+)\)", readme):
    assert os.path.exists(os.path.join(ROOT, path)), f"the README links to {path}"
with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
    names = set(re.findall(r"`(?:\w+::)?(\w+)::(\w+)`", file.read()))
sources = "".join(open(os.path.join(folder, name), encoding="utf-8").read()
                  for top in ("config", "discovery", "proxy") for folder, _, names_in in os.walk(os.path.join(ROOT, top))
                  for name in names_in if name.endswith((".h", ".cc")))
for scope, name in names:
    assert re.search(rf"\b{name}\(", sources) and scope in sources, f"{scope}::{name} is not in the code"
crossfade.stop()
