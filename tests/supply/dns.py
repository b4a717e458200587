#!/usr/bin/env python3
"""A name server for the tests: one name, whose addresses are 127.0.0.1 and ::1, by UDP or by TCP alone.

    dns.py NAME FILE [tcp]

Brings the loopback device of its network namespace up, listens at 127.0.0.1:53, and makes FILE.
"""
import fcntl
import socket
import struct
import sys
import threading

NAME, TCP = sys.argv[1].lower(), sys.argv[3:] == ["tcp"]


def loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, 0x8914, struct.pack("16sh14x", b"lo", 0x49))  # SIOCSIFFLAGS: up, loopback, running


def answer(query, cut):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode())
        at += query[at] + 1
    question, kind = query[12 : at + 5], struct.unpack(">H", query[at + 1 : at + 3])[0]
    known = ".".join(labels).lower() == NAME
    address = {1: b"\x7f\0\0\1", 28: bytes(15) + b"\1"}.get(kind) if known and not cut else None
    flags = 0x8180 | (0x0200 if cut else 0) | (0 if known else 3)
    record = b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(address)) + address if address else b""
    return query[:2] + struct.pack(">HHHHH", flags, 1, int(address is not None), 0, 0) + question + record


def serve_udp(s):
    while True:
        query, who = s.recvfrom(4096)
        s.sendto(answer(query, TCP), who)


def serve_tcp(s):
    while True:
        connection, _ = s.accept()
        with connection:
            while True:
                head = connection.recv(2)
                if len(head) < 2:
                    break
                reply = answer(connection.recv(struct.unpack(">H", head)[0]), False)
                connection.sendall(struct.pack(">H", len(reply)) + reply)


loopback_up()
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.create_server(("127.0.0.1", 53)) as tcp:
    udp.bind(("127.0.0.1", 53))
    threading.Thread(target=serve_udp, args=(udp,), daemon=True).start()
    with open(sys.argv[2], "x"):
        pass
    serve_tcp(tcp)
