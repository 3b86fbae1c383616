"""What the manifest of a source tree holds, beside repomix --compress: exact tokens, and definitions that are there."""
import json
import os
import re
import shutil
import subprocess
import tempfile

import common

# Of files that are sources: functions, methods, classes and the like. Constants, macros, headings and keys are not counted.
DEFINITIONS = {"function", "method", "constructor", "class", "struct", "union", "enum", "interface", "trait", "protocol", "object",
               "record", "type", "module", "namespace", "extension", "implementation"}
# repomix keeps all that it packs in memory.
REPOMIX_MOST_FILES = 20000


def manifest(tree, *options):
    """What is printed; a file that cannot be read is told in it, and by the status."""
    return subprocess.run([common.CTXCUT, "manifest", "--no-cache", *options], cwd=tree, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, check=False).stdout


def tokens_of(path):
    return int(common.ctxcut("tokens", path)[0].split(b"\t")[0])


def printed(tree, budget, folder):
    """At a budget: exact tokens, and the parts of files, each with its lines, that are named."""
    path = os.path.join(folder, "manifest")
    text = manifest(tree, "--budget", budget)
    with open(path, "wb") as file:
        file.write(text)
    return {"tokens": tokens_of(path), "parts": len(re.findall(rb"^:[0-9]", text, re.M))}


def packed(tree, names, folder):
    """repomix --compress: exact tokens, and how many of the names are a word of it."""
    path = os.path.join(folder, "packed")
    run = subprocess.run(["repomix", "--compress", "--quiet", "-o", path, "."], cwd=tree, stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    if run.returncode or not os.path.exists(path):
        print(f"{tree}: repomix ended with {run.returncode}: left out")
        return None
    with open(path, encoding="utf-8", errors="replace") as file:
        words = set(re.findall(r"\w+", file.read()))
    version = subprocess.run(["repomix", "--version"], stdout=subprocess.PIPE, text=True, check=False).stdout.strip()
    return {"version": version, "tokens": tokens_of(path), "definitions": sum(name in words for name in names)}


def peak_mib(tree, folder):
    """Of resident memory, while all of it becomes JSON. The tool that asks the kernel is built when it is not there."""
    tool, path = os.path.join(common.ROOT, "build", "tools", "peak"), os.path.join(folder, "peak")
    if not os.path.exists(tool) and subprocess.run(["make", "-s", "-C", common.ROOT, "build/tools/peak"], check=False).returncode:
        print("build/tools/peak cannot be built: memory is left out")
        return None
    subprocess.run([tool, path, common.CTXCUT, "manifest", "--no-cache", "--json"],
                   cwd=tree, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
    return int(common.read(path)) / 1024


def figures(tree, memory):
    names, summary = [], {}
    for line in manifest(tree, "--json").splitlines():
        entry = json.loads(line)
        summary = entry.get("summary", summary)
        if entry.get("nature") == "source":
            names += [symbol["name"] for symbol in entry.get("symbols", []) if symbol["kind"] in DEFINITIONS]
    # Of Cart.add and ns::add, add.
    last = [(re.findall(r"\w+", name) or [""])[-1] for name in names]
    found = {key: summary[key] for key in ("files", "lines", "bytes", "tokens", "symbols")}
    found["definitions"] = len(names)
    with tempfile.TemporaryDirectory() as folder:
        found["budgets"] = {budget: printed(tree, budget, folder) for budget in ("4000", "none")}
        found["peak_mib"] = peak_mib(tree, folder) if memory else None
        if shutil.which("repomix") and summary["files"] <= REPOMIX_MOST_FILES:
            found["repomix"] = packed(tree, last, folder)
    return found
