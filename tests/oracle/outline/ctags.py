#!/usr/bin/env python3
"""Definitions as universal-ctags sees them, in the form of README.md. usage: ctags.py LANGUAGE < LIST-OF-PATHS

ctags gives the line of the name and the last line; the first line is unknown to it ("-")."""
import json
import subprocess
import sys

KINDS = {
    "c": ("C", {"function": "function", "struct": "struct", "union": "union", "enum": "enum", "typedef": "type"}),
    "c++": ("C++", {"function": "function", "struct": "struct", "union": "union", "enum": "enum", "typedef": "type",
                    "class": "class", "namespace": "namespace"}),
    "go": ("Go", {"func": "function", "struct": "struct", "interface": "interface", "type": "type", "talias": "type"}),
    "java": ("Java", {"class": "class", "interface": "interface", "enum": "enum", "method": "method", "annotation": "interface"}),
    "ruby": ("Ruby", {"class": "class", "module": "module", "method": "method", "singletonMethod": "method"}),
    "perl": ("Perl", {"subroutine": "function", "package": "package"}),
    "shell": ("Sh", {"function": "function"}),
    "lua": ("Lua", {"function": "function"}),
    "sql": ("SQL", {"table": "table", "view": "view", "index": "index", "trigger": "trigger", "function": "function", "procedure": "function"}),
    "make": ("Make", {"target": "target"}),
    "protobuf": ("Protobuf", {"message": "message", "enum": "enum", "service": "service", "rpc": "rpc"}),
    "c#": ("C#", {"class": "class", "struct": "struct", "interface": "interface", "enum": "enum", "method": "method"}),
    "php": ("PHP", {"class": "class", "interface": "interface", "trait": "trait", "function": "function"}),
}
language, kinds = KINDS[sys.argv[1]]
paths = [p for p in sys.stdin.read().split("\n") if p]
run = subprocess.run(["ctags", "--options=NONE", "--output-format=json", "--fields=*", "--extras=-{anonymous}", "--sort=no",
                      f"--language-force={language}", "-L", "-", "-f", "-"],
                     input="\n".join(paths) + "\n", capture_output=True, encoding="utf-8", errors="surrogateescape")
for path in paths:
    print(f"F\t{path}\tok")
for line in run.stdout.split("\n"):
    if not line.startswith("{"):
        continue
    tag = json.loads(line, strict=False)
    kind = kinds.get(tag.get("kind"))
    if kind is None or "nth" in tag and False:
        continue
    end = tag.get("end", "-")
    at = tag["line"]
    local = "local" if tag.get("scopeKind") in ("function", "method", "subroutine") else "-"
    print(f"D\t{tag['path']}\t{kind}\t{tag['name']}\t-\t{at}\t{end}\t{local}")
