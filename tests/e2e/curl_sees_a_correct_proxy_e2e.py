#!/usr/bin/env python3
"""What curl sees: keep-alive, HEAD, HTTP/1.0, Expect: 100-continue, uploads, absolute-form, and typed errors."""
import hashlib
import os
import subprocess
from harness import Crossfade, HAProxy, Origin, fetch, path_in_folder, two_clusters

SANITIZED = True

origin = Origin("old")
front = HAProxy("old", behind=origin.address)
crossfade = Crossfade({"playlist": two_clusters([front], [Origin("new")])},
                      routes=[{"match": {"host": "music.example"}, "service": "playlist"}])
url = f"http://127.0.0.1:{crossfade.port}"


def curl(*arguments):
    result = subprocess.run(["curl", "-sS", "--noproxy", "", "--max-time", "20", "-H", "Host: music.example", *arguments],
                            capture_output=True)
    assert result.returncode == 0, (arguments, result.stderr)
    return result.stdout


assert curl(url) == b"old"
assert curl("--http1.0", url) == b"old"
assert b"content-length: 3" in curl("-I", url).lower()
two = curl("-o", "/dev/null", "-o", "/dev/null", "-w", "%{num_connects} ", url, url)
assert two == b"1 0 ", f"the second request reuses the connection: {two}"

body = path_in_folder("body")
with open(body, "wb") as file:
    file.write(os.urandom(3_000_000))
with open(body, "rb") as file:
    expected = hashlib.sha256(file.read()).hexdigest().encode()
assert curl("--data-binary", f"@{body}", f"{url}/digest") == expected
assert curl("-H", "Expect: 100-continue", "--data-binary", f"@{body}", f"{url}/digest") == expected
assert curl("-H", "Transfer-Encoding: chunked", "--data-binary", f"@{body}", f"{url}/digest") == expected
assert curl("-x", url, "http://music.example/anything") == b"old", "absolute-form"

unrouted = fetch(crossfade.port, "/", headers={"Host": "unknown.example"})
assert unrouted.status == 404 and unrouted.headers["content-type"] == "application/problem+json", unrouted.headers
assert unrouted.json()["status"] == 404
front.stop()
failed = fetch(crossfade.port, "/", headers={"Host": "music.example"})
assert failed.status in (200, 502, 503), failed.status
assert b"127.0.0.1" not in failed.body, "no address leaks"
crossfade.stop()
