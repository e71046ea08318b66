#!/usr/bin/env python3
"""dnsmasq serves A and SRV records; new records are followed, and its death costs no endpoint."""
import os
import tempfile
import time
from harness import Crossfade, Nginx, Process, fetch, free_port, wait_until

folder = tempfile.mkdtemp()
dns_port = free_port()
origins = [Nginx("old") for _ in range(2)]


def serve(records):
    config = os.path.join(folder, "dnsmasq.conf")
    with open(config, "w", encoding="utf-8") as file:
        file.write(f"port={dns_port}\nlisten-address=127.0.0.1\nbind-interfaces\nno-resolv\nno-hosts\nlocal-ttl=1\n"
                   "pid-file=\nuser=\ngroup=\n" + records)
    return Process("dnsmasq", ["dnsmasq", "--keep-in-foreground", "-C", config])


def srv(*ports):
    return "address=/a.test/127.0.0.1\n" + "".join(f"srv-host=_http._tcp.a.test,a.test,{port},0,1\n" for port in ports)


server = serve(srv(origins[0].port))
time.sleep(0.5)
crossfade = Crossfade({
    "by-srv": {"clusters": {"old": {"weight": 1, "source": {"dns": {
        "name": "_http._tcp.a.test", "record": "srv", "servers": [f"127.0.0.1:{dns_port}"], "refresh_max": "1s"}}}}},
    "by-address": {"clusters": {"old": {"weight": 1, "source": {"dns": {
        "name": "a.test", "port": origins[0].port, "servers": [f"127.0.0.1:{dns_port}"], "refresh_max": "1s"}}}}},
}, routes=[{"match": {"path_prefix": "/srv"}, "service": "by-srv"},
           {"match": {"path_prefix": "/a"}, "service": "by-address"}])


def endpoint(path):
    return fetch(crossfade.port, path).headers.get("x-endpoint")


wait_until(lambda: endpoint("/srv") == str(origins[0].port), "SRV is followed")
wait_until(lambda: endpoint("/a") == str(origins[0].port), "A is followed")

server.stop()
server = serve(srv(origins[0].port, origins[1].port))
wait_until(lambda: endpoint("/srv") == str(origins[1].port), "the second SRV record is found")

server.stop()
time.sleep(3)
for _ in range(10):
    assert fetch(crossfade.port, "/srv").status == 200, "the last good answer is kept when the server is dead"
crossfade.stop()
