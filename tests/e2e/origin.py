#!/usr/bin/env python3
"""A scripted origin server: origin.py CLUSTER PORT [MANNER].

GET  /bytes/N/SEED      N pseudo-random bytes; `?chunked` sends them in chunks
POST /digest            answers the SHA-256 of the body it received
anything else           200 and the cluster's name
POST /-/manner/WORD     from now on: good | errors | hanging | resets | slow
"""
import asyncio
import hashlib
import random
import socket
import struct
import sys


class Origin:
    def __init__(self, cluster, manner):
        self.cluster, self.manner = cluster, manner

    async def serve(self, reader, writer):
        try:
            while await self.one_request(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, OSError):
            pass
        finally:
            writer.close()

    async def one_request(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ", 2)
        headers = {k.strip().lower(): v.strip() for k, v in (line.split(":", 1) for line in head[1:] if line)}
        body = await self.read_body(reader, headers)

        if target.startswith("/-/manner/"):
            self.manner = target.rsplit("/", 1)[1]
            return await self.answer(writer, method, 204, b"")
        if self.manner == "hanging":
            await asyncio.sleep(3600)
        if self.manner == "resets":
            self.reset(writer)
            return False
        if self.manner == "slow":
            await asyncio.sleep(1.5)
        if self.manner == "errors":
            return await self.answer(writer, method, 500, b"broken\n")
        path, _, query = target.partition("?")
        if path.startswith("/bytes/"):
            _, _, size, seed = path.split("/")
            return await self.answer(writer, method, 200, random.Random(int(seed)).randbytes(int(size)), query == "chunked")
        if path == "/digest":
            return await self.answer(writer, method, 200, hashlib.sha256(body).hexdigest().encode())
        return await self.answer(writer, method, 200, self.cluster.encode())

    @staticmethod
    async def read_body(reader, headers):
        if headers.get("transfer-encoding") == "chunked":
            parts = []
            while True:
                size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
                if size == 0:
                    while await reader.readuntil(b"\r\n") != b"\r\n":
                        pass
                    return b"".join(parts)
                parts.append(await reader.readexactly(size))
                await reader.readexactly(2)
        return await reader.readexactly(int(headers.get("content-length", 0)))

    async def answer(self, writer, method, status, body, chunked=False):
        framing = "transfer-encoding: chunked" if chunked else f"content-length: {len(body)}"
        head = f"HTTP/1.1 {status} x\r\nx-cluster: {self.cluster}\r\n{framing}\r\n\r\n"
        writer.write((head if status != 204 else f"HTTP/1.1 204 x\r\nx-cluster: {self.cluster}\r\n\r\n").encode())
        if method != "HEAD" and status != 204:
            if chunked:
                at = 0
                sizes = random.Random(len(body))
                while at < len(body):
                    piece = body[at:at + sizes.randint(1, 40000)]
                    writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                    at += len(piece)
                    await writer.drain()
                writer.write(b"0\r\n\r\n")
            else:
                writer.write(body)
        await writer.drain()
        return True

    @staticmethod
    def reset(writer):
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()


async def main():
    origin = Origin(sys.argv[1], sys.argv[3] if len(sys.argv) > 3 else "good")
    server = await asyncio.start_server(origin.serve, "127.0.0.1", int(sys.argv[2]), limit=1 << 20, backlog=1024)
    async with server:
        await server.serve_forever()


asyncio.run(main())
