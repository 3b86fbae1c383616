#!/usr/bin/python3
"""Definitions as protoc sees them (protobuf-compiler, python3-protobuf), in the form of README.md. Paths on stdin.

Each file is compiled by itself; imports that are not found make it an error."""
import os
import subprocess
import sys
import tempfile

from google.protobuf import descriptor_pb2

# Field numbers in descriptor.proto.
FILE_MESSAGE, FILE_ENUM, FILE_SERVICE = 4, 5, 6
MESSAGE_NESTED, MESSAGE_ENUM, SERVICE_METHOD = 3, 4, 2


def named(fd, path):
    """(kind, name) of what a location's path leads to, or None."""
    node, kind, i = fd, None, 0
    while i + 1 < len(path):
        field, index = path[i], path[i + 1]
        if kind is None:
            step = {FILE_MESSAGE: ("message", "message_type"), FILE_ENUM: ("enum", "enum_type"), FILE_SERVICE: ("service", "service")}.get(field)
        elif kind == "message":
            step = {MESSAGE_NESTED: ("message", "nested_type"), MESSAGE_ENUM: ("enum", "enum_type")}.get(field)
        elif kind == "service":
            step = {SERVICE_METHOD: ("rpc", "method")}.get(field)
        else:
            step = None
        if step is None:
            return None
        kind, node = step[0], getattr(node, step[1])[index]
        i += 2
    return (kind, node.name) if kind and i == len(path) else None


for path in sys.stdin.read().split("\n"):
    if not path:
        continue
    with tempfile.NamedTemporaryFile(suffix=".pb") as out:
        run = subprocess.run(["protoc", "--include_source_info", "-I" + (os.path.dirname(path) or "."), "-I.", "-I" + os.environ.get("PROTO_PATH", "."),
                              "-o", out.name, path], capture_output=True)
        data = out.read()
    if run.returncode or not data:
        print(f"F\t{path}\terror")
        continue
    print(f"F\t{path}\tok")
    fd = descriptor_pb2.FileDescriptorSet.FromString(data).file[-1]
    for loc in fd.source_code_info.location:
        what = named(fd, list(loc.path))
        if what is None:
            continue
        first = loc.span[0] + 1
        last = loc.span[2] + 1 if len(loc.span) == 4 else first
        print(f"D\t{path}\t{what[0]}\t{what[1]}\t{first}\t-\t{last}\t-")
