#!/bin/sh
# Peak resident memory on inputs that are large in one way each (promise P8): memory.sh [BUILD]
#   PIPE_GB (10), LINE_GB (2), TEMPLATES (5000000), RANDOM_GB (1), FILES (1000) set the sizes; CASES picks some.
# Prints a table; fails when a peak passes 64 MiB. The peak is what the kernel counted for ctxcut alone (ru_maxrss), the mapped
# pages of the program and its tables (5 MiB) included. Needs `make` and `make build/tools/peak`.
build=$(realpath "${1:-build}")
[ -x "$build/ctxcut" ] && [ -x "$build/tools/peak" ] || { sed -n '2,5p' "$0" | cut -c3- >&2; exit 2; }
scratch=$(mktemp -d "${TMPDIR:-/var/tmp}/ctxcut-memory.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' INT TERM
export HOME="$scratch" CTXCUT_STORE="$scratch/store" CTXCUT_STORE_CAP="${CTXCUT_STORE_CAP:-64G}"
python3 - "$build" "$scratch" <<'PYTHON'
import os, random, subprocess, sys, threading, time

build, scratch = sys.argv[1:]
size = lambda name, default: float(os.environ.get(name, default))
GB = 1 << 30
WORDS = "compile module worker request cache queue index retry socket config widget parser session upload buffer shard".split()
r = random.Random(1)


def mixed_block():
    """32 MiB of lines as build and service logs have them."""
    out, total, no = [], 0, 0
    while total < 32 << 20:
        n, no = r.randrange(1000000), no + 1
        w = r.choices(WORDS, k=4)
        kind = n % 100
        if kind == 0:
            line = "src/%s/%s.c:%d:%d: error: '%s' undeclared" % (w[0], w[1], n % 900, n % 70, w[2])
        elif kind < 4:
            line = "src/%s.c:%d: warning: unused '%s'" % (w[0], n % 900, w[1])
        elif kind < 50:
            line = "2024-03-01 %02d:%02d:%02d,%03d INFO [%s-%d] %s %s took %dms from 10.0.%d.%d" % (
                no // 3600 % 24, no // 60 % 60, no % 60, n % 1000, w[0], n % 16, w[1], w[2], n % 9000, n % 256, n // 256 % 256)
        elif kind == 50:
            line = "The command \"make %s\" exited with %d." % (w[0], n % 3)
        else:
            line = "  CC  src/%s/%s_%s_%d.o -O2 -g -Wall" % tuple(w[:3] + [n % 5000])
        out.append(line)
        total += len(line) + 1
    return ("\n".join(out) + "\n").encode()


def repeat(block, total):
    while total > 0:
        yield block[:total]
        total -= len(block)


def command(line):
    p = subprocess.Popen(["sh", "-c", line], stdout=subprocess.PIPE)
    while True:
        part = p.stdout.read(1 << 20)
        if not part:
            break
        yield part
    p.stdout.close()
    p.wait()


def letters(lines):
    """Lines of random letters and blanks: hardly two of a kind."""
    return command("base64 -w 71 /dev/urandom | tr 'A-Z0-9+/' 'a-z            ' | head -n %d" % lines)


def run(args, chunks=None):
    begun = time.monotonic()
    p = subprocess.Popen([build + "/tools/peak", scratch + "/peak", build + "/ctxcut", *args], stdin=subprocess.PIPE if chunks is not None else subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd=scratch)

    def feed():
        try:
            for chunk in chunks:
                p.stdin.write(chunk)
            p.stdin.close()
        except BrokenPipeError:
            pass
    if chunks is not None:
        feeder = threading.Thread(target=feed)
        feeder.start()
    code = p.wait()
    if chunks is not None:
        feeder.join()
    with open(scratch + "/peak") as f:
        return int(f.read()) / 1024, time.monotonic() - begun, code


def to_file(name, chunks):
    path = os.path.join(scratch, name)
    with open(path, "wb") as f:
        for chunk in chunks:
            f.write(chunk)
    return path


def many_files():
    block, count = mixed_block(), int(size("FILES", 1000))
    os.makedirs(os.path.join(scratch, "many"), exist_ok=True)
    names = ["many/%d.log" % n for n in range(count)]
    for n, name in enumerate(names):
        at = block.index(b"\n", r.randrange(len(block) - (1 << 20))) + 1
        to_file(name, [block[at:at + (200 << 10)]])
    return names


line_bytes, random_bytes = int(size("LINE_GB", 2) * GB), int(size("RANDOM_GB", 1) * GB)
templates = int(size("TEMPLATES", 5000000))
CASES = {
    "pipe": ("%g GB of mixed logs through a pipe" % size("PIPE_GB", 10), lambda: run([], repeat(mixed_block(), int(size("PIPE_GB", 10) * GB)))),
    "pipe-no-store": ("the same without a store", lambda: run(["--no-store"], repeat(mixed_block(), int(size("PIPE_GB", 10) * GB)))),
    "pipe-whole": ("1 GB through a pipe, --budget none", lambda: run(["-b", "none"], repeat(mixed_block(), GB))),
    "pipe-16000": ("1 GB through a pipe, --budget 16000", lambda: run(["-b", "16000"], repeat(mixed_block(), GB))),
    "file": ("1 GB of mixed logs, a file", lambda: run([to_file("file.log", repeat(mixed_block(), GB))])),
    "line": ("one line of %g GB through a pipe" % size("LINE_GB", 2), lambda: run([], repeat(b"abcdefgh 1234567 " * 65536, line_bytes))),
    "line-whole": ("the same, --budget none", lambda: run(["-b", "none"], repeat(b"abcdefgh 1234567 " * 65536, line_bytes))),
    "templates": ("%d lines, no two of a kind, through a pipe" % templates, lambda: run([], letters(templates))),
    "templates-file": ("the same as a file", lambda: run([to_file("letters.log", letters(templates))])),
    "errors": ("as many lines, each an error of its own kind", lambda: run([], command(
        "base64 -w 71 /dev/urandom | tr 'A-Z0-9+/' 'a-z            ' | sed 's/^/error: /' | head -n %d" % templates))),
    "random": ("%g GB of random bytes through a pipe" % size("RANDOM_GB", 1), lambda: run([], command("head -c %d /dev/urandom" % random_bytes))),
    "newlines": ("256 MiB of newlines", lambda: run([], repeat(b"\n" * (1 << 20), 256 << 20))),
    "files": ("%d files of 200 KiB" % int(size("FILES", 1000)), lambda: run(many_files())),
}
wanted = os.environ.get("CASES", " ".join(CASES)).split()
print("| input | peak MiB | seconds | exit |\n|---|---:|---:|---:|", flush=True)
worst = 0
for name in wanted:
    what, case = CASES[name]
    peak, seconds, code = case()
    worst = max(worst, peak)
    print("| %s | %.1f | %.1f | %d |" % (what, peak, seconds, code), flush=True)
sys.exit(worst > 64)
PYTHON
