"""What the measuring scripts share: the program under test, exact token counts, the machine, result files."""
import datetime
import json
import os
import platform
import re
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
# As in any program: a reader that leaves ends it, and what it starts.
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CTXCUT = os.environ.get("CTXCUT", os.path.join(ROOT, "ctxcut"))
LOGS = os.path.join(ROOT, "tests", "readme", "logs")


def ctxcut(*args, stdin=None):
    """Runs ctxcut; (output, exit status). Nothing is stored."""
    run = subprocess.run([CTXCUT, *args], stdin=stdin or subprocess.DEVNULL, capture_output=True)
    return run.stdout, run.returncode


def read(path):
    with open(path, "rb") as file:
        return file.read()


def decoded(path):
    """The bytes of a file that may be compressed."""
    text, status = ctxcut("show", path)
    if status:
        sys.exit(f"{path}: exit status {status}")
    return text


def machine():
    model = platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    model = " ".join(line.split(":", 1)[1].split())
                    break
    except OSError:
        pass
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release().split('-')[0]}"


def about():
    """What a result has to say about where it comes from."""
    version = ctxcut("--version")[0].decode().split()
    revision = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True)
    return {"machine": machine(), "date": datetime.date.today().isoformat(), "version": version[-1] if version else "?",
            "revision": revision.stdout.strip()}


def write_parts(folder, parts):
    """Adds parts to the results of today on this kind of CPU; returns the path."""
    cpu = re.sub(r"[^a-z0-9]+", "-", machine().split(",")[0].lower()).strip("-")
    path = os.path.join(folder, f"{datetime.date.today().isoformat()}-{cpu}.json")
    known = read_json(path) or {}
    os.makedirs(folder, exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        json.dump({**known, **parts}, file, indent="\t", ensure_ascii=False)
        file.write("\n")
    return path


def read_json(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return None


def percent(share):
    """Two digits of what is small."""
    return f"{share * 100:.0f} %" if share == 0 or share >= 0.0995 else f"{share * 100:.2g} %"


def rate(bytes_per_second):
    """In GB."""
    value = bytes_per_second / 1e9
    return f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def table(head, rows):
    """Columns as wide as need be; the first is text, the others are figures."""
    rows = [head] + [[str(cell) for cell in row] for row in rows]
    wide = [max(len(row[i]) for row in rows) for i in range(len(head))]
    for row in rows:
        print("  ".join([row[0].ljust(wide[0])] + [cell.rjust(w) for cell, w in zip(row[1:], wide[1:])]).rstrip())
