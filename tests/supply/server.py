#!/usr/bin/env python3
"""Plays NGC for the tests of nimgate fetch, on 127.0.0.1 alone, with Python's standard library.

    server.py FOLDER CERTIFICATE KEY

Three doors: "api" (NGC's interface and its log-in), "store" (what presigned URLs lead to), both HTTPS, and "plain", HTTP, which is
a proxy (CONNECT), and to which nobody should ever come for a document. FOLDER gets "ports" when all listen (api, store, plain, a line
each) and "log": a line a request, of which door, method, path without query, and what came along (auth=SCHEME:FIRST_DIGITS_OF_ITS_SHA-256,
cookie, agent). No line holds a key.

What a version does is the name of its model; the list is BEHAVIOURS below. The signature is FOLDER/bundle.MODEL.VERSION,
FOLDER/bundle.MODEL or FOLDER/bundle, the first that is there, read anew each time. FOLDER/key, if there, is the key that the
organisation's form of a URL wants; FOLDER/pem is the public certificate.
"""

import base64
import hashlib
import http.server
import json
import os
import secrets
import socket
import socketserver
import ssl
import sys
import threading
import time
import urllib.parse

FOLDER = sys.argv[1]
HUGE = 40 << 30
lock = threading.Lock()
counts = {}
tokens = {}
ports = {}


def read(name):
    with open(os.path.join(FOLDER, name), "rb") as file:
        return file.read()


def is_there(name):
    return os.path.exists(os.path.join(FOLDER, name))


def bundle(model, version):
    for name in ("bundle.%s.%s" % (model, version), "bundle." + model):
        if is_there(name):
            return read(name)
    return read("bundle")


def count(what):
    """How often it was asked for, this time included."""
    with lock:
        counts[what] = counts.get(what, 0) + 1
        return counts[what]


def origin(door, host="127.0.0.1"):
    return "%s://%s:%d" % ("http" if door == "plain" else "https", host, ports[door])


def move(source, sink):
    """Bytes from one socket to another, until the end."""
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    door = None
    timeout = 60

    def log_message(self, *arguments):
        pass

    def note(self):
        scheme, _, value = self.headers.get("Authorization", "").partition(" ")
        line = "%s %s %s auth=%s" % (self.door, self.command, self.path.partition("?")[0],
                                     scheme + ":" + hashlib.sha256(value.encode()).hexdigest()[:12] if scheme else "none")
        for name in ("Cookie", "Proxy-Authorization", "Referer"):
            if self.headers.get(name):
                line += " " + name.lower()
        line += " agent=" + self.headers.get("User-Agent", "none")
        with lock, open(os.path.join(FOLDER, "log"), "a", encoding="ascii") as file:
            file.write(line + "\n")

    def answer(self, status, body=b"", headers=(), length=None):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)
        if length is not None:
            self.close_connection = True

    def say(self, value, status=200):
        self.answer(status, json.dumps(value).encode(), [("Content-Type", "application/json"), ("Set-Cookie", "a=b; Path=/")])

    def lead(self, url):
        self.answer(302, b"elsewhere", [("Location", url)] if url else [])

    def drop(self):
        """Ends the connection without another word."""
        self.close_connection = True

    def do_GET(self):
        self.note()
        if self.door == "plain":
            return self.answer(200, b"you came without TLS")
        path = urllib.parse.unquote(self.path.partition("?")[0])
        if self.door == "store":
            return self.store(path.strip("/").split("/"))
        if path == "/token":
            return self.token()
        if path == "/v2/catalog/models/public-key":
            return self.answer(200, read("pem"))
        return self.api(path)

    def do_CONNECT(self):
        self.note()
        host, _, port = self.path.rpartition(":")
        if host != "127.0.0.1" or int(port) not in ports.values():
            return self.answer(403, b"not there")
        self.send_response(200)
        self.end_headers()
        with socket.create_connection((host, int(port))) as other:
            pump = threading.Thread(target=move, args=(other, self.connection), daemon=True)
            pump.start()
            move(self.connection, other)
            pump.join()
        self.drop()

    def token(self):
        scheme, _, value = self.headers.get("Authorization", "").partition(" ")
        wanted = "$oauthtoken:" + read("key").decode().strip()
        query = urllib.parse.parse_qs(self.path.partition("?")[2])
        if scheme != "Basic" or base64.b64decode(value).decode() != wanted or query.get("service") != ["ngc"]:
            return self.say({"error": "no"}, 401)
        count("token")
        token = secrets.token_hex(16)
        with lock:
            tokens[token] = (query["scope"][0], 0)
        return self.say({"token": token, "expires_in": 900})

    def may(self, org, team, model):
        """Whether the Authorization is the one that this organisation's form wants."""
        scheme, _, value = self.headers.get("Authorization", "").partition(" ")
        key = read("key").decode().strip() if is_there("key") else None
        if scheme != "Bearer" or not key:
            return False
        if key.startswith("nvapi-"):
            return value == key
        with lock:
            scope, uses = tokens.get(value, ("", 0))
            tokens[value] = (scope, uses + 1)
        if scope != "group/ngc:" + "/".join(filter(None, (org, team))):
            return False
        return model != "tired" or uses < 2

    def api(self, path):
        parts = path.strip("/").split("/")
        guest = parts[:2] == ["v2", "models"]
        if guest:
            org, team = parts[2], parts[3] if parts.index("versions") == 5 else ""
        elif parts[:2] == ["v2", "org"]:
            org, team = parts[2], parts[4] if parts[3] == "team" else ""
        else:
            return self.say({"error": "no such place"}, 404)
        at = parts.index("versions")
        model, version, below = parts[at - 1], parts[at + 1], parts[at + 2:]
        if guest and (org == "private" or model == "private"):
            return self.say({"error": "who are you?"}, 401)
        if not guest and org == "public":
            return self.say({"error": "not yours"}, 404)
        if not guest and not self.may(org, team, model):
            return self.say({"error": "who are you?"}, 401)
        return BEHAVIOURS.get(model, Handler.good)(self, model, version, below)

    def good(self, model, version, below):
        if not below:
            return self.say({"modelVersion": {"isSigned": True, "versionId": version}, "requestStatus": {"statusCode": "SUCCESS"}})
        return self.say({"url": "%s/%s/%s?signature=SECRET" % (origin("store"), model, version)})

    def unsigned(self, model, version, below):
        return self.say({"modelVersion": {"isSigned": False}})

    def silent(self, model, version, below):
        return self.good(model, version, below) if below else self.say({"modelVersion": {"versionId": version}})

    def nosig(self, model, version, below):
        return self.say({"error": "none"}, 404) if below else self.good(model, version, below)

    def missing(self, model, version, below):
        return self.say({"error": "no such version"}, 404)

    def limited(self, model, version, below):
        if count(self.path) <= 2:
            return self.answer(429, b"slowly", [("Retry-After", "1")])
        return self.good(model, version, below)

    def limited_long(self, model, version, below):
        return self.answer(429, b"slowly", [("Retry-After", "3600")])

    def limited_always(self, model, version, below):
        return self.answer(429, b"slowly")

    def flaky(self, model, version, below):
        return self.answer(503, b"not now") if count(self.path) <= 2 else self.good(model, version, below)

    def broken(self, model, version, below):
        return self.answer(500, b"oh")

    def teapot(self, model, version, below):
        return self.answer(418, b"tea")

    def hang(self, model, version, below):
        time.sleep(30)
        self.drop()

    def hang_up(self, model, version, below):
        self.drop()

    def no_http(self, model, version, below):
        self.wfile.write(b"220 ftp.example.org ready\r\n")
        self.drop()

    def text(self, body):
        return lambda handler, model, version, below: handler.answer(200, body)

    def huge_json(self, model, version, below):
        return self.answer(200, b'{"modelVersion": "' + b"x" * (2 << 20) + b'"}')

    def url(self, url):
        return lambda handler, model, version, below: (
            handler.say({"url": url()}) if below else handler.good(model, version, below))

    def redirect_other(self, model, version, below):
        return self.lead(origin("store", "localhost") + "/v/" + "/".join([model, version] + below))

    def redirect_port(self, model, version, below):
        return self.lead(origin("store") + "/v/" + "/".join([model, version] + below))

    def redirect_same(self, model, version, below):
        return self.lead(self.path.replace("/redirect-same/", "/good/"))

    def redirect_back(self, model, version, below):
        return self.lead(origin("store") + "/back/" + version)

    def redirect_loop(self, model, version, below):
        return self.lead(self.path)

    def redirect_http(self, model, version, below):
        return self.lead(origin("plain") + "/x")

    def redirect_file(self, model, version, below):
        return self.lead("file:///etc/passwd")

    def redirect_none(self, model, version, below):
        return self.lead(None)

    def store(self, parts):
        """What lies in the store, and misbehaves there."""
        if parts[0] == "v":
            return self.good(parts[1], parts[2], parts[3:])
        if parts[0] == "back":
            return self.lead(origin("api") + "/v2/org/test/team/t/models/good/versions/" + parts[1])
        model = parts[0]
        whole = bundle(model, parts[1])
        if model == "cut" or (model == "cut-once" and count("cut" + self.path) == 1):
            return self.answer(200, whole[:len(whole) // 2], length=len(whole))
        if model == "cut-chunk":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"%x\r\n%s\r\n" % (100, whole[:100]))
            return self.drop()
        if model == "cut-close":
            self.send_response(200)
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(whole[:len(whole) // 2])
            return self.drop()
        if model == "wrong":
            return self.answer(200, b"<html><body>Sign in to the hotel's network</body></html>")
        if model == "empty":
            return self.answer(200, b"")
        if model == "huge":
            return self.answer(200, b"x" * 1000, length=HUGE)
        if model == "huge-chunk":
            return self.endless()
        if model == "slow":
            return self.crawl(whole)
        if model == "gzip":
            return self.answer(200, b"\x1f\x8b" + whole, [("Content-Encoding", "gzip")])
        if model == "stale" and count("stale" + self.path) == 1:
            return self.answer(403, b"expired")
        if model == "forbidden":
            return self.answer(403, b"expired")
        return self.answer(200, whole)

    def endless(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        piece = b"%x\r\n%s\r\n" % (1 << 20, b"x" * (1 << 20))
        try:
            for _ in range(64):
                self.wfile.write(piece)
        except OSError:
            pass
        self.drop()

    def crawl(self, whole):
        self.send_response(200)
        self.send_header("Content-Length", str(len(whole)))
        self.end_headers()
        try:
            for byte in whole:
                self.wfile.write(bytes([byte]))
                time.sleep(0.5)
        except OSError:
            pass
        self.drop()


def text(body):
    return Handler.text(None, body)


def url(value):
    return Handler.url(None, value if callable(value) else lambda: value)


BEHAVIOURS = {
    "unsigned": Handler.unsigned, "silent": Handler.silent, "nosig": Handler.nosig, "missing": Handler.missing,
    "limited": Handler.limited, "limited-long": Handler.limited_long, "limited-always": Handler.limited_always,
    "flaky": Handler.flaky, "broken": Handler.broken, "teapot": Handler.teapot,
    "hang": Handler.hang, "hang-up": Handler.hang_up, "no-http": Handler.no_http,
    "bad-json": text(b'{"modelVersion": '), "two-json": text(b'{"modelVersion": {"isSigned": true, "isSigned": false}}'),
    "list-json": text(b"[1]"), "no-json": text(b"hello"), "deep-json": text(b"[" * 100000),
    "word-json": text(b'{"modelVersion": {"isSigned": "yes"}}'), "huge-json": Handler.huge_json,
    "url-number": url(5), "url-http": url(lambda: origin("plain") + "/x"), "url-file": url("file:///etc/passwd"),
    "url-user": url(lambda: "https://user:word@127.0.0.1:%d/x" % ports["store"]),
    "url-line": url(lambda: origin("store") + "/x\r\nHost: other"), "url-long": url("https://127.0.0.1/" + "x" * 20000),
    "url-none": url("https://"),
    "redirect-other": Handler.redirect_other, "redirect-port": Handler.redirect_port, "redirect-same": Handler.redirect_same,
    "redirect-back": Handler.redirect_back, "redirect-loop": Handler.redirect_loop, "redirect-http": Handler.redirect_http,
    "redirect-file": Handler.redirect_file, "redirect-none": Handler.redirect_none,
}


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass


def listen(door, context):
    handler = type("Handler" + door, (Handler,), {"door": door})
    server = Server(("127.0.0.1", 0), handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    ports[door] = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()


def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    listen("api", context)
    listen("store", context)
    listen("plain", None)
    with open(os.path.join(FOLDER, "ports.new"), "w", encoding="ascii") as file:
        file.write("%d\n%d\n%d\n" % (ports["api"], ports["store"], ports["plain"]))
    os.rename(os.path.join(FOLDER, "ports.new"), os.path.join(FOLDER, "ports"))
    threading.Event().wait()


main()
