#!/usr/bin/env python3
"""The migration that deploy/quickstart shows. Needs nginx, and the program's path in $CROSSFADE."""
import argparse
import asyncio
import collections
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import picture

ENDPOINTS = 3         # per cluster
REQUESTS_PER_S = 400
CONNECTIONS = 40
USERS = 4000
STEPS = ["1%", "5%", "10%", "25%", "50%", "75%", "100%"]
BREAK_AT_PPM = 500_000


def port_near(wanted):
    """The wanted port, or a free one when somebody has it."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return probe.getsockname()[1]
            except OSError:
                continue
    raise SystemExit("quickstart: no free port on 127.0.0.1")


class Stage:
    """The servers: two clusters of nginx and Crossfade in front, in a folder of their own."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="crossfade-quickstart-")
        os.chmod(self.folder, 0o755)  # nginx's workers are somebody else, and look for the flaw in here
        self.children = []
        self.flaw = os.path.join(self.folder, "new-is-broken")
        clusters = {name: [self.start_origin(name) for _ in range(ENDPOINTS)] for name in ("old", "new")}
        self.port, self.control = port_near(8080), port_near(9900)
        self.start_crossfade(clusters)

    def start(self, name, *command):
        with open(os.path.join(self.folder, f"{name}.log"), "ab") as log:
            self.children.append(subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                                  start_new_session=True))
        return self.children[-1]

    def start_origin(self, cluster):
        port = port_near(0)
        folder = os.path.join(self.folder, f"{cluster}-{port}")
        os.mkdir(folder)
        path = os.path.join(folder, "nginx.conf")
        # The new cluster answers 500 as long as the flaw's file exists.
        flaw = f"if (-f {self.flaw}) {{ return 500; }}" if cluster == "new" else ""
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"""daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port};
    add_header x-cluster {cluster} always;
    location = /healthz {{ return 200 "ok\\n"; }}
    location / {{ {flaw} return 200 "hello from {cluster}, endpoint {port}\\n"; }}
  }}
}}
""")
        self.start(f"{cluster}-{port}", "nginx", "-p", folder, "-e", f"{folder}/error.log", "-c", path)
        return f"127.0.0.1:{port}"

    def start_crossfade(self, clusters):
        config = os.path.join(self.folder, "crossfade.yaml")
        with open(config, "w", encoding="utf-8") as file:
            json.dump({
                "listeners": [{"address": f"127.0.0.1:{self.port}"}],
                "control": {"address": f"127.0.0.1:{self.control}"},
                "state": {"journal": os.path.join(self.folder, "journal.db")},
                "services": {"playlist": {
                    "clusters": {"old": {"weight": 100, "source": {"static": clusters["old"]}},
                                 "new": {"weight": 0, "source": {"static": clusters["new"]}}},
                    "stickiness": {"header": "x-user-id"},
                    "health_check": {"http": {"path": "/healthz"}, "interval": "1s"}}},
                "routes": [{"match": {"path_prefix": "/"}, "service": "playlist"}],
            }, file, indent=2)  # JSON is YAML
        child = self.start("crossfade", os.environ["CROSSFADE"], "run", "--config", config)
        for _ in range(200):
            if child.poll() is not None:
                break
            try:
                if self.api("GET", "/readyz")[0] == 200:
                    return
            except OSError:
                time.sleep(0.05)
        with open(os.path.join(self.folder, "crossfade.log"), encoding="utf-8", errors="replace") as log:
            raise SystemExit("quickstart: crossfade did not become ready:\n" + log.read()[-4000:])

    def api(self, method, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.control}{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.loads(answer.read() or b"null") if "/v1/" in path else None
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def stop(self):
        for child in self.children:
            child.send_signal(signal.SIGTERM)
        for child in self.children:
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Stream:
    """A steady stream of requests; every answer is looked at."""

    def __init__(self, port):
        self.port = port
        self.requests = 0
        self.failed = 0
        self.first_failure = self.last_failure = None
        self.moved_back = 0
        self.place = {}                                # user -> cluster
        self.recent = collections.deque(maxlen=20000)  # (when, cluster, seconds, good)

    def share_of_new(self, seconds=1.0):
        """Measured where it counts: at the user's end."""
        since = time.monotonic() - seconds
        late = [entry[1] for entry in self.recent if entry[0] >= since]
        return late.count("new") / max(1, len(late))

    async def run(self):
        begun = time.monotonic()
        await asyncio.gather(*(self.client(begun, index) for index in range(CONNECTIONS)))

    async def client(self, begun, index):
        reader = writer = None
        number = index
        while True:
            await asyncio.sleep(max(0.0, begun + number / REQUESTS_PER_S - time.monotonic()))
            user = number % USERS
            number += CONNECTIONS
            sent = time.monotonic()
            try:
                if writer is None:
                    reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.write(f"GET /song/{user} HTTP/1.1\r\nHost: music.example\r\nx-user-id: {user}\r\n\r\n".encode())
                head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)).decode().lower()
                size = int(head.split("content-length: ", 1)[1].split("\r\n", 1)[0])
                await reader.readexactly(size)
                self.account(user, head.split("x-cluster: ", 1)[-1].split("\r\n", 1)[0], sent, " 200 " in head[:16])
            except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError, IndexError):
                self.account(user, "?", sent, False)
                if writer:
                    writer.close()
                reader = writer = None

    def account(self, user, cluster, sent, good):
        now = time.monotonic()
        self.requests += 1
        self.recent.append((now, cluster, now - sent, good))
        if not good:
            self.failed += 1
            self.first_failure = self.first_failure or now
            self.last_failure = now
        if self.place.get(user) == "new" and cluster == "old":
            self.moved_back += 1
        self.place[user] = cluster

    def last_seconds(self, seconds=3.0):
        """(requests/s, share of good answers, p99 of each cluster in ms) of late."""
        since = time.monotonic() - seconds
        late = [entry for entry in self.recent if entry[0] >= since]
        p99 = {}
        for cluster in ("old", "new"):
            times = sorted(entry[2] for entry in late if entry[1] == cluster)
            p99[cluster] = times[int(0.99 * (len(times) - 1))] * 1000 if times else None
        return len(late) / seconds, sum(e[3] for e in late) / max(1, len(late)), p99


class Screen:
    def __init__(self):
        self.is_terminal = sys.stdout.isatty()
        self.last = 0.0

    def show(self, migration, stream, seconds):
        if not self.is_terminal and time.monotonic() - self.last < 5:
            return
        self.last = time.monotonic()
        new = migration["share_ppm"] / 10_000
        rate, good, p99 = stream.last_seconds()
        bar = "█" * round(new / 5) + "░" * (20 - round(new / 5))
        p99_text = " ".join(f"{name} {'-' if value is None else f'{value:.1f} ms'}" for name, value in p99.items())
        line = (f"{seconds:4.0f} s  old {bar} new {new:5.1f} %  {rate:4.0f} req/s  {good:7.2%} good  p99 {p99_text}  "
                f"{migration['stage']}, {migration['verdict']['kind']}: {migration['verdict']['because']}")
        if self.is_terminal:
            width = shutil.get_terminal_size().columns - 1
            print("\r\x1b[2K" + line[:width], end="", flush=True)
        else:
            print(line, flush=True)

    def done(self):
        if self.is_terminal:
            print()


def begin_migration(stage, ramp_seconds):
    bake = f"{ramp_seconds * 1000 // len(STEPS)}ms"
    status, answer = stage.api("POST", "/v1/migrations", {
        "name": "playlist-to-new", "service": "playlist", "targets": [{"cluster": "new"}], "reason": "quickstart",
        "ramp": {"curve": "steps", "steps": [{"share": share, "bake_time": bake} for share in STEPS]}})
    if status >= 300:
        raise SystemExit(f"quickstart: the migration was refused: {answer}")


async def watch(stage, stream, break_new):
    """Follows the migration to its end; returns (migration, when new broke, when it had no traffic left, samples)."""
    screen, begun, broken_at, cut_at, samples = Screen(), time.monotonic(), None, None, []
    while True:
        await asyncio.sleep(0.1 if broken_at is None or cut_at else 0.02)
        migration = (await asyncio.to_thread(stage.api, "GET", "/v1/migrations/playlist-to-new"))[1]
        seconds = time.monotonic() - begun
        screen.show(migration, stream, seconds)
        if not samples or seconds - samples[-1][0] >= 0.5:
            samples.append((seconds, stream.share_of_new(), stream.last_seconds()[0], stream.failed))
        if break_new and broken_at is None and migration["share_ppm"] >= BREAK_AT_PPM:
            await asyncio.sleep(1)
            with open(stage.flaw, "w", encoding="utf-8"):
                broken_at = time.monotonic()
        if broken_at and cut_at is None and migration["share_ppm"] == 0:
            cut_at = time.monotonic()
        if migration["stage"] in ("Succeeded", "RolledBack", "Aborted"):
            screen.done()
            return migration, broken_at, cut_at, samples


def summary(migration, stream, broken_at, cut_at):
    print(f"\nThe migration ended: {migration['stage']}. {migration['verdict']['because']}")
    print(f"requests            {stream.requests}")
    print(f"failed              {stream.failed}")
    if broken_at is None:
        print(f"keys that moved back {stream.moved_back}")
        return migration["stage"] == "Succeeded" and stream.failed == 0 and stream.moved_back == 0
    if cut_at is None:
        print("new kept failing and was not rolled back")
        return False
    print(f"rolled back after   {1000 * (cut_at - broken_at):.0f} ms from the first moment new could fail")
    print(f"harmed requests     {stream.failed}  (users who saw an error)")
    return migration["stage"] == "RolledBack"


async def play(stage, chosen):
    stream = Stream(stage.port)
    traffic = asyncio.create_task(stream.run())
    print(f"""
  requests      http://127.0.0.1:{stage.port}/          curl -H 'x-user-id: me' http://127.0.0.1:{stage.port}/
  status page   http://127.0.0.1:{stage.control}/
  migration     http://127.0.0.1:{stage.control}/v1/migrations/playlist-to-new
  events        http://127.0.0.1:{stage.control}/v1/events
  metrics       http://127.0.0.1:{stage.control}/metrics
""", flush=True)
    await asyncio.sleep(1)
    begin_migration(stage, chosen.ramp)
    migration, broken_at, cut_at, samples = await watch(stage, stream, chosen.break_new)
    await asyncio.sleep(1)
    good = summary(migration, stream, broken_at, cut_at)
    if chosen.picture:
        with open(chosen.picture, "w", encoding="utf-8") as file:
            file.write(picture.migration(samples, f"playlist from old to new: {migration['stage']}"))
        print(f"picture             {chosen.picture}")
    if not chosen.once:
        print("\nStill serving; Ctrl-C ends it.", flush=True)
        await asyncio.Event().wait()
    traffic.cancel()
    return good


def main():
    parser = argparse.ArgumentParser(prog="deploy/quickstart")
    parser.add_argument("--once", action="store_true", help="end after the migration")
    parser.add_argument("--break-new", action="store_true", help="new starts failing halfway")
    parser.add_argument("--ramp", type=int, default=105, metavar="SECONDS", help="length of the ramp (105)")
    parser.add_argument("--picture", metavar="FILE", help="draw the migration as an SVG")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    stage = Stage()
    try:
        return 0 if asyncio.run(play(stage, chosen)) else 1
    except KeyboardInterrupt:
        print("\nquickstart: stopped")
        return 0
    finally:
        stage.stop()


if __name__ == "__main__":
    sys.exit(main())
