#!/usr/bin/env python3
"""Definitions as CPython's own parser sees them, in the form of README.md. Paths on stdin."""
import ast
import sys
import warnings

warnings.simplefilter("ignore")


def visit(path, node, local, out):
    for child in ast.iter_child_nodes(node):
        inside = local
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            kind = "class" if isinstance(child, ast.ClassDef) else "function"
            flags = "local" if local else "-"
            out.append(f"D\t{path}\t{kind}\t{child.name}\t{child.lineno}\t{child.lineno}\t{child.end_lineno}\t{flags}")
            inside = local or kind == "function"
        visit(path, child, inside, out)


for path in sys.stdin.read().split("\n"):
    if not path:
        continue
    try:
        with open(path, "rb") as f:
            data = f.read()
        # ast counts a form feed or vertical tab as no line end, as we do; a lone CR it counts, we don't.
        tree = ast.parse(data)
    except (OSError, SyntaxError, ValueError, RecursionError):
        sys.stdout.write(f"F\t{path}\terror\n")
        continue
    out = [f"F\t{path}\tok"]
    visit(path, tree, False, out)
    sys.stdout.write("\n".join(out) + "\n")
