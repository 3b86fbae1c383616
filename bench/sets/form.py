"""The form that `ctxcut bench` reads: cases/ID/log, cases/ID/labels.json and, where there is one, cases/ID/good.log."""
import json
import os
import re
import shutil
import sys


def name_of(*parts):
    """A folder's name made of any text."""
    return re.sub(r"[^0-9A-Za-z._-]+", "-", "-".join(parts)).strip("-.") or "case"


def write_case(out, name, log, labels, good=None):
    """log, good: paths. labels: {"lines": [...]} or {"texts": [...]}. A case without labels is left out."""
    if not any(labels.values()):
        print(f"{name}: nothing is labelled, left out", file=sys.stderr)
        return 0
    folder = os.path.join(out, "cases", name)
    os.makedirs(folder, exist_ok=True)
    shutil.copyfile(log, os.path.join(folder, "log"))
    if good:
        shutil.copyfile(good, os.path.join(folder, "good.log"))
    with open(os.path.join(folder, "labels.json"), "w", encoding="utf-8") as file:
        json.dump(labels, file, ensure_ascii=False, indent=1)
        file.write("\n")
    return 1


def read_json(path):
    try:
        with open(path, encoding="utf-8-sig") as file:
            return json.load(file)
    except ValueError as error:
        raise SystemExit(f"{path}: no JSON: {error}") from None


def arguments(doc):
    """Where from and where to; --help prints the module's text."""
    if len(sys.argv) != 3 or sys.argv[1].startswith("-"):
        print(doc.strip())
        sys.exit(0 if sys.argv[1:] in (["-h"], ["--help"]) else 2)
    return sys.argv[1:]


def finish(count, out):
    if not count:
        sys.exit("no case found: is this the folder as it was unpacked? See --help")
    print(f"{count} cases written; measure them: ctxcut bench {os.path.join(out, 'cases')}")
