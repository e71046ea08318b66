"""A steady stream of requests that looks at every answer: status, every byte, and where each user went."""
import hashlib
import http.client
import random
import threading
import time


class Load:
    """`clients` threads with keep-alive connections until stop(). Users are sticky keys in x-user-id."""

    def __init__(self, port, clients=4, users=200, request=None, pause=0.0, seed=1):
        self.port, self.users, self.request, self.pause = port, users, request or plain, pause
        self.done = 0
        self.failures = []      # sentences
        self.places = {}        # user -> list of clusters, without repeats in a row
        self.latencies = []
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run, args=(random.Random(seed + i), i, clients), daemon=True)
                         for i in range(clients)]
        for thread in self._threads:
            thread.start()

    def _run(self, chance, index, clients):
        connection = None
        while not self._stopping.is_set():
            # Each user belongs to one client, so that his requests have an order.
            user = f"user-{chance.randrange(self.users) // clients * clients + index}"
            begun = time.monotonic()
            try:
                if connection is None:
                    connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
                cluster = self.request(connection, user, chance)
                with self._lock:
                    self.done += 1
                    self.latencies.append(time.monotonic() - begun)
                    places = self.places.setdefault(user, [])
                    if not places or places[-1] != cluster:
                        places.append(cluster)
            except Exception as failure:  # noqa: every failure is evidence, whatever its type
                with self._lock:
                    self.failures.append(f"{user}: {type(failure).__name__}: {failure}")
                if connection:
                    connection.close()
                connection = None
            if self.pause:
                time.sleep(self.pause)

    def stop(self):
        self._stopping.set()
        for thread in self._threads:
            thread.join(40)
        return self

    def moved_back(self):
        """Users that were on a cluster, left it, and came back."""
        return sorted(user for user, places in self.places.items() if len(places) != len(set(places)))

    def expect_no_failure(self):
        assert self.done > 0, "the load did nothing"
        assert not self.failures, f"{len(self.failures)} of {self.done} failed, e.g. {self.failures[:5]}"


def _answer(connection, method, path, body, headers, encode_chunked=False):
    connection.request(method, path, body, headers, encode_chunked=encode_chunked)
    response = connection.getresponse()
    content = response.read()
    assert response.status == 200, f"status {response.status}: {content[:200]}"
    return response.getheader("x-cluster"), content


def plain(connection, user, _):
    cluster, _ = _answer(connection, "GET", f"/{user}", None, {"x-user-id": user})
    return cluster


def random_bodies(connection, user, chance):
    """Downloads and uploads of random sizes, by length and in chunks; every byte is checked."""
    size = int(2 ** chance.uniform(0, 19))
    seed = chance.randrange(1 << 30)
    expected = random.Random(seed).randbytes(size)
    if chance.random() < 0.5:
        framing = "?chunked" if chance.random() < 0.5 else ""
        cluster, body = _answer(connection, "GET", f"/bytes/{size}/{seed}{framing}", None, {"x-user-id": user})
        assert body == expected, f"{size} bytes of seed {seed}{framing} came back different ({len(body)} bytes)"
        return cluster
    headers = {"x-user-id": user}
    body = expected
    if chance.random() < 0.5:
        headers["transfer-encoding"] = "chunked"
        body = (expected[at:at + 7000] for at in range(0, size, 7000))
    cluster, digest = _answer(connection, "POST", "/digest", body, headers, "transfer-encoding" in headers)
    assert digest.decode() == hashlib.sha256(expected).hexdigest(), f"an upload of {size} bytes arrived different"
    return cluster
