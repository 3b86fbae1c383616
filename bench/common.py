"""What the measuring scripts share: the program under test, exact token counts, the machine, result files."""
import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CTXCUT = os.environ.get("CTXCUT", os.path.join(ROOT, "ctxcut"))
LOGS = os.path.join(ROOT, "tests", "readme", "logs")


def ctxcut(*args, stdin=None):
    """Runs ctxcut; (output, exit status). Nothing is stored."""
    run = subprocess.run([CTXCUT, *args], stdin=stdin or subprocess.DEVNULL, capture_output=True)
    return run.stdout, run.returncode


class Counter:
    """Exact token counts of byte strings. With a command, that one counts: it reads a file name a line and writes a
    count a line; without, `ctxcut tokens` does."""

    def __init__(self, command=None):
        self.command = command

    def __call__(self, texts):
        if not texts:
            return []
        with tempfile.TemporaryDirectory() as folder:
            names = []
            for i, text in enumerate(texts):
                names.append(os.path.join(folder, f"{i}.txt"))
                with open(names[-1], "wb") as file:
                    file.write(text)
            if self.command:
                run = subprocess.run(self.command, shell=True, input="\n".join(names) + "\n", stdout=subprocess.PIPE,
                                     text=True, check=True)
                return [int(line) for line in run.stdout.split()]
            counts = []
            for first in range(0, len(names), 500):
                part = names[first:first + 500]
                run = subprocess.run([CTXCUT, "tokens", *part], stdout=subprocess.PIPE, text=True, check=True)
                counts += [int(line.split("\t")[0]) for line in run.stdout.splitlines()[:len(part)]]
            return counts


def zstd(path):
    """The bytes of a file that may be compressed."""
    if path.endswith(".zst"):
        return subprocess.run(["zstd", "-dc", "--", path], stdout=subprocess.PIPE, check=True).stdout
    with open(path, "rb") as file:
        return file.read()


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
    return {"machine": machine(), "date": datetime.date.today().isoformat(), "version": version[-1] if version else "?"}


def write_result(path, result):
    if path:
        with open(path, "w", encoding="utf-8") as file:
            json.dump({**about(), **result}, file, indent="\t", ensure_ascii=False)
            file.write("\n")


def table(head, rows):
    """Columns as wide as need be; the first is text, the others are figures."""
    rows = [head] + [[str(cell) for cell in row] for row in rows]
    wide = [max(len(row[i]) for row in rows) for i in range(len(head))]
    for row in rows:
        print("  ".join([row[0].ljust(wide[0])] + [cell.rjust(w) for cell, w in zip(row[1:], wide[1:])]).rstrip())
