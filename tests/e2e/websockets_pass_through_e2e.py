#!/usr/bin/env python3
"""An upgraded connection carries bytes both ways, and survives a weight change and a reload."""
import hashlib
import os
import signal
import socket
import threading
from harness import Crossfade, Nginx, free_port, two_clusters

SANITIZED = True


class EchoAfterUpgrade:
    cluster = "old"

    def __init__(self):
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        connection, _ = self.listener.accept()
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(4096)
        assert b"upgrade: websocket" in head.lower(), head
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        while chunk := connection.recv(65536):
            connection.sendall(chunk)
        connection.close()


echo, new = EchoAfterUpgrade(), Nginx("new")
crossfade = Crossfade({"chat": two_clusters([echo], [new])})
client = socket.create_connection(("127.0.0.1", crossfade.port), 10)
client.sendall(b"GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
               b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
head = b""
while b"\r\n\r\n" not in head:
    head += client.recv(4096)
assert head.startswith(b"HTTP/1.1 101"), head


def echoes(size):
    sent = os.urandom(size)
    threading.Thread(target=client.sendall, args=(sent,), daemon=True).start()
    got = b""
    while len(got) < size:
        got += client.recv(65536)
    assert hashlib.sha256(got).digest() == hashlib.sha256(sent).digest()


echoes(300_000)
crossfade.set_weights("chat", old=0, new=100)
crossfade.process.send(signal.SIGHUP)
echoes(300_000)
client.close()
crossfade.stop()
