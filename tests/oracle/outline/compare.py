#!/usr/bin/env python3
"""Compares outlines with oracles (form of both: README.md of this folder).

usage: compare.py [--language NAME] [--all-files] [--examples N] [--json] OURS ORACLE [ORACLE2]

With two oracles a definition counts as required when both give it, and as allowed when one does (their agreement is the
measure). Groups: function, type, module; other kinds are left out. A definition matches when name, group and all of first
line, name's line and last line that the oracle knows are equal. Definitions that an oracle flags `local` or `decl` are
allowed, not required: found or not, they change nothing. Files that an oracle could not parse are left out unless --all-files.
"""
import argparse
import collections
import json
import re

GROUP = {}
for names, group in (
    ("function method constructor macro-function", "function"),
    ("class struct union enum interface trait protocol record object type", "type"),
    ("module namespace package", "module"),
    ("extension implementation", "extension"),
    ("message service", "type"),
    ("rpc", "function"),
    ("heading", "heading"), ("target", "target"), ("key", "key"), ("resource", "resource"),
    ("table view index trigger", "table"),
):
    for n in names.split():
        GROUP[n] = group
# Where a module is what a class is elsewhere.
MODULES_ARE_TYPES = {"ruby", "elixir"}
MACROS_ARE_FUNCTIONS = {"elixir"}


def plain(name):
    """The last part of a qualified name, white space out."""
    name = re.sub(r"\s+", "", name)
    m = re.search(r"operator\W.*$|operator\w*$", name)
    if m:
        return m.group(0)
    name = re.sub(r"<.*>$", "", name) if not name.startswith("<") else name
    m = re.match(r".*(?:::|[.:#\\])(?=[^.:#\\])(.+)$", name)
    return m.group(1) if m else name


def read(path, language, groups):
    files, defs = {}, collections.defaultdict(list)
    for line in open(path, encoding="utf-8", errors="surrogateescape", newline="\n"):
        f = line.rstrip("\n").split("\t")
        if f[0] == "F":
            files[f[1]] = f[2]
        elif f[0] == "D" and len(f) >= 8:
            group = GROUP.get(f[2])
            if group == "module" and language in MODULES_ARE_TYPES:
                group = "type"
            if f[2] == "macro" and language in MACROS_ARE_FUNCTIONS:
                group = "function"
            if f[2] in ("module", "variable") and language == "terraform":
                group = "resource"
            if group not in groups:
                continue
            num = [None if x == "-" else int(x) for x in f[4:7]]
            flags = set(f[7].split(",")) - {"-"}
            defs[f[1]].append((group, plain(f[3]), num[0], num[1], num[2], flags))
    return files, defs


def fits(ours, theirs):
    return ours[:2] == theirs[:2] and all(t is None or o is None or o == t for o, t in zip(ours[2:5], theirs[2:5]))


def pair(ours, theirs):
    """Index of our definition for each of theirs, or None."""
    index = collections.defaultdict(list)
    for i, o in enumerate(ours):
        index[o[:2]].append(i)
    used, result = set(), []
    for t in theirs:
        hit = next((i for i in index[t[:2]] if i not in used and fits(ours[i], t)), None)
        if hit is not None:
            used.add(hit)
        result.append(hit)
    return result


def cause(ours, used, t):
    """Why a required definition was not found."""
    same = [(i, o) for i, o in enumerate(ours) if i not in used and o[1] == t[1]]
    near = [(i, o) for i, o in same if (t[3] or t[2]) in (o[2], o[3]) or (t[4] is not None and o[4] == t[4])]
    for i, o in near:
        what = []
        if o[0] != t[0]:
            what.append(f"is a {o[0]}, not a {t[0]}")
        for k, n in ((2, "first"), (3, "name"), (4, "last")):
            if t[k] is not None and o[k] is not None and o[k] != t[k]:
                what.append(n + (" too early" if o[k] < t[k] else " too late"))
        if what:
            return i, ", ".join(what)
    return None, "missing"


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--language", default="")
    ap.add_argument("--groups", default="function,type")
    ap.add_argument("--all-files", action="store_true")
    ap.add_argument("--strict", action="store_true", help="local definitions are required as well")
    ap.add_argument("--examples", type=int, default=5)
    ap.add_argument("--json", action="store_true")
    ap.add_argument("ours")
    ap.add_argument("oracle", nargs="+")
    a = ap.parse_args()
    groups = set(a.groups.split(","))
    _, ours_all = read(a.ours, a.language, groups)
    oracles = [read(p, a.language, groups) for p in a.oracle]
    files = set(oracles[0][0])
    for f, _ in oracles[1:]:
        files &= set(f)
    skipped = 0
    if not a.all_files:
        bad = {p for p in files if any(f[p] != "ok" for f, _ in oracles)}
        skipped = len(bad)
        files -= bad
    found = required = extra = 0
    per = collections.Counter()
    causes, examples = collections.Counter(), collections.defaultdict(list)

    def note(why, where):
        causes[why] += 1
        if len(examples[why]) < a.examples:
            examples[why].append(where)

    for path in sorted(files):
        ours = ours_all.get(path, [])
        theirs = oracles[0][1].get(path, [])
        optional = []
        if len(oracles) == 2:
            second = oracles[1][1].get(path, [])
            both = pair(theirs, second)
            agreed, taken = [], set()
            for s, i in zip(second, both):
                if i is None:
                    optional.append(s)
                else:
                    t = theirs[i]
                    taken.add(i)
                    merged = t[:2] + tuple(t[k] if t[k] is not None else s[k] for k in (2, 3, 4)) + (t[5] | s[5],)
                    agreed.append(merged)
            optional += [t for i, t in enumerate(theirs) if i not in taken]
            theirs = agreed
        free = {"decl"} if a.strict else {"decl", "local"}
        must = [t for t in theirs if not (t[5] & free)]
        may = [t for t in theirs if t[5] & free] + optional
        got = pair(ours, must)
        used = {i for i in got if i is not None}
        required += len(must)
        found += len(used)
        for t, i in zip(must, got):
            if i is not None:
                per[t[0], "found"] += 1
        missed = [t for t, i in zip(must, got) if i is None]
        for t in missed:
            per[t[0], "missed"] += 1
            i, why = cause(ours, used, t)
            if i is not None:
                used.add(i)
                extra += 1
                per[ours[i][0], "extra"] += 1
            note(why, f"{path}:{t[3] or t[2]} {t[0]} {t[1]} first {t[2]} last {t[4]}" + (f"; ours {ours[i][2]}-{ours[i][4]}" if i is not None else ""))
        rest = [o for i, o in enumerate(ours) if i not in used]
        # Allowed ones by name and any line: how far a signature reaches is a matter of taste.
        names = collections.defaultdict(list)
        for t in may:
            names[t[1]].append(t)
        for o in rest:
            hit = next((t for t in names[o[1]] if o[2] in t[2:5] or o[3] in t[2:5] or o[4] in t[2:5]), None)
            if hit is not None:
                names[o[1]].remove(hit)
                continue
            if "decl" in o[5]:
                continue
            extra += 1
            per[o[0], "extra"] += 1
            note("extra", f"{path}:{o[3]} {o[0]} {o[1]} {o[2]}-{o[4]}")

    def measures(tp, fn, fp):
        p = tp / (tp + fp) if tp + fp else 1.0
        r = tp / (tp + fn) if tp + fn else 1.0
        return p, r, 2 * p * r / (p + r) if p + r else 0.0

    p, r, f1 = measures(found, required - found, extra)
    if a.json:
        print(json.dumps({"language": a.language, "files": len(files), "skipped": skipped, "definitions": required,
                          "precision": round(p, 5), "recall": round(r, 5), "f1": round(f1, 5), "causes": causes}))
        return
    print(f"{a.language or a.ours}: {len(files)} files ({skipped} that an oracle could not parse left out), {required} definitions: "
          f"precision {p:.4f} recall {r:.4f} F1 {f1:.4f}")
    for g in sorted(groups):
        q = measures(per[g, "found"], per[g, "missed"], per[g, "extra"])
        print(f"  {g:9} {per[g, 'found'] + per[g, 'missed']:7} precision {q[0]:.4f} recall {q[1]:.4f} F1 {q[2]:.4f}")
    for why, n in causes.most_common():
        print(f"  {n:6} {why}")
        for e in examples[why]:
            print("         " + e.encode("utf-8", "backslashreplace").decode())


main()
