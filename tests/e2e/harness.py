"""What every end-to-end test stands on: real origin servers, the real program, a client of its control API.

Only the standard library. Every port is a free one of loopback, every process is ended by the one who started it.
"""
import atexit
import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

CROSSFADE = os.environ.get("CROSSFADE", "build/release/crossfade")
SANITIZED_BUILD = "asan" in CROSSFADE or "tsan" in CROSSFADE

_folder = tempfile.mkdtemp(prefix="crossfade-e2e-")
_running = []


def _clean_up():
    for process in reversed(_running):
        process.stop()
    shutil.rmtree(_folder, ignore_errors=True)


atexit.register(_clean_up)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def path_in_folder(name):
    return os.path.join(_folder, name)


def wait_until(claim, what, seconds=20.0):
    """Waits for claim() to be true and returns its value; a deadline turns a hang into a sentence."""
    deadline = time.monotonic() + seconds
    while True:
        value = claim()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds} s still not true: {what}")
        time.sleep(0.02)


def accepts(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Process:
    """One child process with its output in a file, shown when something goes wrong."""

    def __init__(self, name, command, env=None):
        self.name = name
        self.output = path_in_folder(f"{name}-{len(_running)}.log")
        with open(self.output, "ab") as log:
            self.child = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                          env={**os.environ, **(env or {})}, start_new_session=True)
        _running.append(self)

    def is_running(self):
        return self.child.poll() is None

    def send(self, number):
        if self.is_running():
            self.child.send_signal(number)

    def stop(self, number=signal.SIGTERM, seconds=10):
        self.send(number)
        try:
            self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        return self.child.returncode

    def kill(self):
        self.stop(signal.SIGKILL)

    def log(self):
        with open(self.output, encoding="utf-8", errors="replace") as file:
            return file.read()


class Nginx:
    """An nginx origin: every answer names its cluster; files of `root` are served under /files/."""

    def __init__(self, cluster, port=None, root=None):
        self.cluster = cluster
        self.port = port or free_port()
        self.root = root
        self.start()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def start(self):
        folder = tempfile.mkdtemp(prefix="nginx-", dir=_folder)
        files = f"location /files/ {{ alias {self.root}/; }}" if self.root else ""
        config = f"""
            daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log warn;
            events {{ worker_connections 4096; }}
            http {{
              access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
              uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; keepalive_requests 1000000;
              server {{
                listen 127.0.0.1:{self.port} backlog=1024;
                add_header x-cluster {self.cluster} always; add_header x-endpoint {self.port} always;
                {files}
                location / {{ return 200 "{self.cluster} $request_uri\\n"; }}
              }}
            }}"""
        with open(f"{folder}/nginx.conf", "w", encoding="utf-8") as file:
            file.write(config)
        self.process = Process(f"nginx-{self.cluster}", ["nginx", "-p", folder, "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"])
        wait_until(lambda: accepts(self.port), f"nginx listens on {self.port}")

    def stop(self):
        self.process.stop()

    def kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.child.pid, signal.SIGKILL)
        self.process.child.wait()


class HAProxy:
    """A HAProxy origin: answers itself, or passes on to `behind` (an address) with its own streaming."""

    def __init__(self, cluster, port=None, behind=None):
        self.cluster = cluster
        self.port = port or free_port()
        folder = tempfile.mkdtemp(prefix="haproxy-", dir=_folder)
        if behind:
            answer = f"default_backend behind\nbackend behind\n  server one {behind}"
        else:
            answer = f'http-request return status 200 content-type text/plain lf-string "{cluster} %[capture.req.uri]\\n"'
        with open(f"{folder}/haproxy.cfg", "w", encoding="utf-8") as file:
            file.write(f"""global
  maxconn 4096
defaults
  mode http
  timeout client 60s
  timeout server 60s
  timeout connect 5s
frontend origin
  bind 127.0.0.1:{self.port}
  http-after-response set-header x-cluster {cluster}
  http-after-response set-header x-endpoint {self.port}
  {answer}
""")
        self.process = Process(f"haproxy-{cluster}", ["haproxy", "-db", "-f", f"{folder}/haproxy.cfg"])
        wait_until(lambda: accepts(self.port), f"haproxy listens on {self.port}")

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def stop(self):
        self.process.stop()


class Origin:
    """The scripted origin of origin.py in a process of its own; its manner can change while it runs."""

    def __init__(self, cluster, manner="good"):
        self.cluster = cluster
        self.port = free_port()
        self.process = Process(f"origin-{cluster}", [
            sys.executable, os.path.join(os.path.dirname(__file__), "origin.py"), cluster, str(self.port), manner])
        wait_until(lambda: accepts(self.port), f"the origin of {cluster} listens on {self.port}")

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def behave(self, manner):
        """good | errors | hanging | resets | slow; refusing = stop()."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        connection.request("POST", f"/-/manner/{manner}")
        assert connection.getresponse().status == 204
        connection.close()

    def stop(self):
        self.process.kill()


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


class Crossfade:
    """The program with a configuration (a dict; JSON is YAML) and a client of its control API."""

    def __init__(self, services, routes=None, journal=None, **top):
        self.port = free_port()
        self.control_port = free_port()
        self.config = {
            "workers": 2,
            "listeners": [{"address": f"127.0.0.1:{self.port}"}],
            "control": {"address": f"127.0.0.1:{self.control_port}"},
            "state": {"journal": journal or "memory"},
            "services": services,
            "routes": routes or [{"match": {"path_prefix": "/"}, "service": next(iter(services))}],
            **top,
        }
        self.file = path_in_folder(f"crossfade-{self.port}.yaml")
        self.write_config()
        self.start()

    def write_config(self):
        with open(self.file + ".new", "w", encoding="utf-8") as file:
            json.dump(self.config, file, indent=1)
        os.rename(self.file + ".new", self.file)

    def start(self):
        self.process = Process("crossfade", [CROSSFADE, "run", "--config", self.file])
        try:
            wait_until(self.is_ready, "crossfade is ready", 60 if SANITIZED_BUILD else 20)
        except AssertionError:
            print(self.process.log(), file=sys.stderr)
            raise

    def is_ready(self):
        if not self.process.is_running():
            raise AssertionError(f"crossfade ended with {self.process.child.returncode}:\n{self.process.log()}")
        try:
            return self.api("GET", "/readyz").status == 200
        except OSError:
            return False

    def kill(self):
        self.process.kill()

    def stop(self):
        """Drains, ends, and proves that no sanitizer complained."""
        status = self.process.stop(seconds=30)
        log = self.process.log()
        assert status == 0, f"crossfade ended with {status}:\n{log[-6000:]}"

    def api(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.control_port, timeout=30)
        try:
            text = json.dumps(body) if body is not None else None
            connection.request(method, path, text, {"content-type": "application/json", **(headers or {})})
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def set_weights(self, service, **weights):
        names = {name.replace("_", "-"): weight for name, weight in weights.items()}
        answer = self.api("PUT", f"/v1/services/{service}/weights?wait=adopted",
                          {"weights": names, "reason": "end-to-end test"})
        assert answer.status in (200, 202), (answer.status, answer.body)
        return answer.json()

    def migrate(self, name, **spec):
        answer = self.api("POST", "/v1/migrations", {"name": name, **spec})
        assert answer.status in (200, 201, 202), (answer.status, answer.body)
        return answer.json()

    def migration(self, name):
        answer = self.api("GET", f"/v1/migrations/{name}")
        assert answer.status == 200, (answer.status, answer.body)
        return answer.json()

    def metric(self, line_start):
        """The sum of all samples whose line starts so."""
        text = self.api("GET", "/metrics").body.decode()
        found = [float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(line_start)]
        assert found, f"no metric starts with {line_start}"
        return sum(found)


def fetch(port, path="/", method="GET", body=None, headers=None, timeout=30):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


def static(*origins):
    return {"static": [origin.address for origin in origins]}


def two_clusters(old, new, **rest):
    """A service that is wholly on old."""
    return {"clusters": {"old": {"weight": 100, "source": static(*old)},
                         "new": {"weight": 0, "source": static(*new)}},
            "stickiness": {"header": "x-user-id"}, **rest}
