#!/usr/bin/python3
"""Top keys of data files, in the form of README.md. usage: data.py yaml|json|toml < LIST-OF-PATHS   (python3-yaml)

YAML and JSON by PyYAML's node marks, TOML's tables by tomllib (that it parses) and its header lines."""
import re
import sys
import tomllib
import json

import yaml

try:
    Loader = yaml.CSafeLoader
except AttributeError:
    Loader = yaml.SafeLoader


def yaml_keys(text):
    out = []
    for doc in yaml.compose_all(text, Loader):
        if not isinstance(doc, yaml.MappingNode):
            continue
        for key, value in doc.value:
            out.append((str(key.value), key.start_mark.line + 1, value))
    return out


def deepest_end(node):
    """Line of the last scalar's end below a node: block ends lie behind comments and blank lines."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style:
        end = node.end_mark
        line = end.line + 1
        if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
            line = None  # until the block's last line that is not blank
        return line, end
    children = [x for pair in node.value for x in pair] if isinstance(node, yaml.MappingNode) else list(node.value)
    best = (node.start_mark.line + 1, node.start_mark)
    for c in children:
        x = deepest_end(c)
        if x[0] is None or x[0] >= best[0]:
            best = x
    return best


def main():
    language = sys.argv[1]
    for path in sys.stdin.read().split("\n"):
        if not path:
            continue
        try:
            text = open(path, encoding="utf-8", newline="").read()
        except (OSError, UnicodeDecodeError):
            continue
        out = []
        try:
            if language == "json":
                json.loads(text)
            if language == "toml":
                tomllib.loads(text.replace("\r\n", "\n"))
            if language in ("json", "yaml"):
                lines = text.split("\n")
                for name, first, value in yaml_keys(text):
                    last, end = deepest_end(value)
                    if last is None:
                        last = end.line + 1 if end.column else end.line
                        while last > first and not lines[last - 1].strip():
                            last -= 1
                    out.append((name, first, max(first, last)))
            else:
                tables = [(m.group(1).strip(), text.count("\n", 0, m.start()) + 1)
                          for m in re.finditer(r"^[ \t]*\[\[?([^\[\]\n]+)\]\]?[ \t]*(?:#.*)?$", text, re.M)]
                out = [(n, at, None) for n, at in tables]
        except Exception:  # whatever the parser dislikes: the file is left out
            print(f"F\t{path}\terror")
            continue
        print(f"F\t{path}\tok")
        for name, first, last in out:
            name = re.sub(r"\s+", " ", name)
            print(f"D\t{path}\tkey\t{name}\t{first}\t{first}\t{last or '-'}\t-")


main()
