#!/usr/bin/python3
"""One pod with one container over the Container Runtime Interface, as a kubelet would start it.

    cri.py SOCKET REQUEST

REQUEST is a JSON file: handler, sandbox_image, image, command, env, mounts ([host_path, container_path, read-only]), devices
(of CDI, by name) and logs, a folder. Prints what the container printed, and "REASON: MESSAGE" where the runtime has something to say about its end. The exit
status is the container's. Removes container and pod in any case.

Needs grpc alone: messages are written and read here by the field numbers of the runtime.v1 API.
"""

import json
import pathlib
import sys
import time

import grpc

DEADLINE_S = 100
EXITED = 2
NODE = 2  # of the namespace modes: the host's network needs no CNI
VARINT, BYTES = 0, 2


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def message(fields):
    """fields: {number: value}; a value is an int, a str, a dict (a message), or a list of these."""
    out = b""
    for number, values in fields.items():
        for value in values if isinstance(values, list) else [values]:
            if isinstance(value, int):
                out += varint(number << 3 | VARINT) + varint(value)
                continue
            data = message(value) if isinstance(value, dict) else value.encode()
            out += varint(number << 3 | BYTES) + varint(len(data)) + data
    return out


def read_varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return value, at


def fields_of(data):
    """The last value of each field: an int or bytes."""
    found, at = {}, 0
    while at < len(data):
        tag, at = read_varint(data, at)
        value, at = read_varint(data, at)
        if tag & 7 == BYTES:
            value, at = data[at : at + value], at + value
        found[tag >> 3] = value
    return found


class Refused(Exception):
    """What the runtime says to a call that it does not carry out."""


class Runtime:
    def __init__(self, socket):
        self.channel = grpc.insecure_channel("unix:" + socket)

    def call(self, method, fields):
        service = "ImageService" if method == "ImageStatus" else "RuntimeService"
        rpc = self.channel.unary_unary(f"/runtime.v1.{service}/{method}")
        try:
            return fields_of(rpc(message(fields), timeout=DEADLINE_S))
        except grpc.RpcError as error:
            raise Refused(f"{method}: {error.details()}") from None

    def wait_for(self, ready):
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            value = ready()
            if value is not None:
                return value
            time.sleep(0.05)
        raise TimeoutError(f"not so after {DEADLINE_S} s")

    def has_image(self, name):
        # The images that ctr imports reach this interface a little later.
        return self.call("ImageStatus", {1: {1: name}}).get(1)

    def exited(self, container):
        status = fields_of(self.call("ContainerStatus", {1: container})[1])
        return status if status.get(3) == EXITED else None


def sandbox_of(request):
    return {
        1: {1: "pod", 2: "1", 3: "default"},
        3: request["logs"],
        8: {2: {1: {1: NODE}}},
    }


def container_of(request):
    return {
        1: {1: "nim"},
        2: {1: request["image"]},
        3: request["command"],
        6: [dict(enumerate(pair.split("=", 1), 1)) for pair in request["env"]],
        7: [{1: inside, 2: host, 3: int(readonly)} for host, inside, readonly in request["mounts"]],
        11: "nim.log",
        17: [{1: name} for name in request["devices"]],
    }


def run_container(runtime, pod, request):
    created = runtime.call("CreateContainer", {1: pod, 2: container_of(request), 3: sandbox_of(request)})
    container = created[1].decode()
    try:
        runtime.call("StartContainer", {1: container})
    except Refused as error:
        print(error)
    status = runtime.wait_for(lambda: runtime.exited(container))
    log = pathlib.Path(request["logs"], "nim.log")
    for line in log.read_text().splitlines() if log.exists() else []:
        print(line.split(" ", 3)[3])  # time, stream, tag, text
    if 11 in status:
        print(status[10].decode() + ": " + status[11].decode())
    return status.get(7, 0)


def main():
    runtime = Runtime(sys.argv[1])
    request = json.loads(pathlib.Path(sys.argv[2]).read_text())
    for name in request["image"], request["sandbox_image"]:
        runtime.wait_for(lambda: runtime.has_image(name))
    started = runtime.call("RunPodSandbox", {1: sandbox_of(request), 2: request["handler"]})
    pod = started[1].decode()
    try:
        return run_container(runtime, pod, request)
    finally:
        runtime.call("StopPodSandbox", {1: pod})
        runtime.call("RemovePodSandbox", {1: pod})


try:
    sys.exit(main())
except Refused as error:
    sys.exit(str(error))
