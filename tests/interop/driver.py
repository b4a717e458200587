"""Runs the reference implementation in one process: starting Python takes half a second, a command some milliseconds.

A request is the number of its words, the folder to run in, and the words, each ended by a NUL; the answer is an exit status and all that was
said, each ended by a NUL. The first word says what to do:

  cli WORD...                              the command model_signing
  sign HASH SHARD KEY MODEL SIGNATURE      through the API: HASH is sha256, blake2 or blake3; SHARD a size in bytes, 0 for whole files
  verify HASH SHARD KEY MODEL SIGNATURE    the same
  root MODEL                               sha256: and the root digest of the model
  options                                  every option of every command of the command line: "COMMAND... | OPTION | flag or value"
"""

import contextlib
import hashlib
import io
import os
import sys
import traceback

import click

from model_signing import _cli
from model_signing import hashing
from model_signing import signing
from model_signing import verifying


def run_cli(words):
    _cli.main(args=words, prog_name="model_signing")


def hashing_config(algorithm, shard):
    config = hashing.Config()
    if int(shard):
        return config.use_shard_serialization(hashing_algorithm=algorithm, shard_size=int(shard))
    return config.use_file_serialization(hashing_algorithm=algorithm)


def run_sign(algorithm, shard, key, model, signature):
    config = signing.Config().use_elliptic_key_signer(private_key=key)
    config.set_hashing_config(hashing_config(algorithm, shard)).sign(model, signature)


def run_verify(algorithm, shard, key, model, signature):
    config = verifying.Config().use_elliptic_key_verifier(public_key=key)
    config.set_hashing_config(hashing_config(algorithm, shard)).verify(model, signature)


def run_root(model):
    digest = hashlib.sha256()
    for resource in hashing.hash(model).resource_descriptors():
        digest.update(resource.digest.digest_value)
    print("sha256:" + digest.hexdigest())


def list_options(command, path):
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            kind = "flag" if parameter.is_flag else "value"
            for name in parameter.opts + parameter.secondary_opts:
                print(" ".join(path), name, kind, sep="|")
    for name, child in getattr(command, "commands", {}).items():
        list_options(child, [*path, name])


def dispatch(words):
    if words[0] == "cli":
        run_cli(words[1:])
    elif words[0] == "sign":
        run_sign(*words[1:])
    elif words[0] == "verify":
        run_verify(*words[1:])
    elif words[0] == "root":
        run_root(*words[1:])
    elif words[0] == "options":
        list_options(_cli.main, [])
    else:
        raise ValueError("no such request: " + words[0])


def serve_one(words):
    """Runs one request. Returns its exit status; what it says goes to standard output and error."""
    try:
        dispatch(words)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception:  # whatever it is, it is what the reference says to this request
        traceback.print_exc()
        return 1
    return 0


def read_word(stream):
    word = bytearray()
    while (byte := stream.read(1)) != b"\0":
        if not byte:
            return None
        word += byte
    return os.fsdecode(bytes(word))


def main():
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while (count := read_word(requests)) is not None:
        os.chdir(read_word(requests))
        words = [read_word(requests) for _ in range(int(count))]
        said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="surrogateescape", write_through=True)
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            status = serve_one(words)
        text = said.buffer.getvalue().replace(b"\0", b"")
        answers.write(str(status).encode() + b"\0" + text + b"\0")
        answers.flush()


main()
