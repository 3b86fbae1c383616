#!/usr/bin/env python3
"""The promises, seen from outside: run.py [-r RESULT] BUILD [TEST...]

Processes, files and pipes, the store, and faults. PROPERTY_ROUNDS (default 2) says how many inputs of each sort are made.
Prints what failed; RESULT receives "PASSED FAILED". See oracle.py for what is checked against."""
import argparse, contextlib, fcntl, glob, gzip, json, os, random, re, resource, shutil, signal, stat, subprocess, sys, tempfile
import threading, time, traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import oracle

ROUNDS = int(os.environ.get("PROPERTY_ROUNDS", "2"))
CTXCUT = None
WORDS = "compile module worker request cache queue index retry socket config widget parser session upload buffer".split()

# ---- inputs ----------------------------------------------------------------------------------------------------------


def build_line(r, no):
    n = r.randrange(100000)
    return r.choice([
        lambda: "src/%s.c:%d:%d: error: '%s' undeclared" % (r.choice(WORDS), n % 900, n % 70, r.choice(WORDS)),
        lambda: "src/%s.c:%d:1: warning: unused" % (r.choice(WORDS), n % 900),
        lambda: "FAIL tests/%s_test.js" % r.choice(WORDS),
        lambda: "Traceback (most recent call last):\n  File \"app/%s.py\", line %d, in run\n    go()\nValueError: bad" % (r.choice(WORDS), n),
        lambda: "$ make %s" % r.choice(WORDS),
        lambda: "make: *** [all] Error %d" % (n % 3),
        lambda: "  ✓ %s %s (%d ms)" % (r.choice(WORDS), r.choice(WORDS), n % 80),
    ] + [lambda: "CC src/%s/%s_%d.o" % (r.choice(WORDS), r.choice(WORDS), n)] * 30)().encode()


def service_line(r, no):
    return ("2024-03-01 %02d:%02d:%02d,%03d %s [w-%d] %s took %dms" % (
        no // 3600 % 24, no // 60 % 60, no % 60, r.randrange(1000), r.choice(["INFO"] * 30 + ["WARN", "ERROR"]), r.randrange(9),
        " ".join(r.choices(WORDS, k=3)), r.randrange(9000))).encode()


def hostile_line(r, no):
    part = [b"\x1b[31merror\x1b[0m", b"\x1b]0;title\x07", b"\x1b[2K\r", b"\x1b", b"\x1b[", b"ab\b\bcd", b"_\bu", b"\r\r", b"\x00", b"\x7f",
            b"\xc2\x9b1m", "\u202eevil".encode(), "日本語".encode(), "👩‍👩‍👧".encode(), b"\xff\xfe", b"\xe2\x82", b"[1-2|2 lines]", b"[[", b"```", b" ",
            b"\t", "e\u0301".encode(), "\u200d\u200d".encode(), b"error: x", b"word " * 30, "[ctxcut|9→9 tokens]".encode()]
    return b"".join(r.choice(part) for _ in range(r.randrange(12)))


def long_line(r, no):
    if r.randrange(20):
        return build_line(r, no)
    return build_line(r, no) + b" " + r.choice([b"abc ", b"x", "日本".encode(), b"\x1b[1m."]) * r.choice([100, 3000, 9000, 80000])


SORTS = {
    "build": lambda r, no: build_line(r, no),
    "service": service_line,
    "crlf": lambda r, no: build_line(r, no) + b"\r",
    "hostile": hostile_line,
    "bytes": lambda r, no: bytes(r.randrange(256) for _ in range(r.randrange(90))),
    "long": long_line,
    "nul": lambda r, no: build_line(r, no) + b"\0" * r.randrange(3),
    "blank": lambda r, no: b" " * r.randrange(3),
    "one_kind": lambda r, no: b"worker %d finished in %d ms" % (no % 10, r.randrange(9999)),
    "distinct": lambda r, no: bytes(r.choice(b"abcdefghijklmnop ") for _ in range(40)),
    "errors": lambda r, no: b"ERROR %d: %s failed" % (no, r.choice(WORDS).encode()),
    "no_newline": lambda r, no: build_line(r, no),
}


def generate(sort, seed, lines):
    r = random.Random("%s %d" % (sort, seed))
    data = b"".join(SORTS[sort](r, no) + b"\n" for no in range(lines))
    if data[:3] == b"\xef\xbb\xbf" or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = b"x" + data
    if sort == "no_newline" or (data and r.randrange(3) == 0):
        data = data[:-1]
    return data


# ---- running ---------------------------------------------------------------------------------------------------------


class Place:
    """A folder of its own for one test, with HOME and store in it."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="ctxcut-property-")
        os.makedirs(self.path + "/home")
        self.env = {"HOME": self.path + "/home", "XDG_STATE_HOME": self.path + "/state", "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8",
                    "TMPDIR": self.path}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LD_LIBRARY_PATH"):
            if name in os.environ:
                self.env[name] = os.environ[name]
        self.store = self.path + "/state/ctxcut"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)

    def write(self, name, data):
        with open(os.path.join(self.path, name), "wb") as f:
            f.write(data)
        return name

    def run(self, *args, data=None, stdin=None, env=None, limit=None, stdout=subprocess.PIPE):
        """data: through a pipe. The result has .out, .err (bytes) and .code."""
        p = subprocess.run([CTXCUT, *args], input=data, stdin=stdin if data is None else None, stdout=stdout, stderr=subprocess.PIPE,
                           cwd=self.path, env=self.env if env is None else env, timeout=120, preexec_fn=limit)
        return Result(p.stdout, p.stderr, p.returncode)

    def start(self, *args, **more):
        return subprocess.Popen([CTXCUT, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.path, env=self.env, **more)

    def fed(self, chunks, *args):
        """Through a pipe, in these pieces."""
        p = self.start(*args, stdin=subprocess.PIPE, bufsize=0)
        got = {}
        reader = threading.Thread(target=lambda: got.update(out=p.stdout.read()))
        reader.start()
        for chunk in chunks:
            p.stdin.write(chunk)
        p.stdin.close()
        reader.join()
        err = p.stderr.read()
        return Result(got["out"], err, p.wait())


class Result:
    def __init__(self, out, err, code):
        self.out, self.err, self.code = out, err, code

    def text(self):
        return self.out.decode()  # strict: promise P9

    def __repr__(self):
        return "exit %d, stderr %r, output %r" % (self.code, self.err[:400], (self.out or b"")[:400])


def check(condition, *about):
    if not condition:
        raise AssertionError(*about)


def check_safe(data):
    """P9"""
    text = data.decode()
    for c in text:
        check(c in "\n\t" or (ord(c) >= 0x20 and not 0x7F <= ord(c) < 0xA0 and not oracle.is_hidden(ord(c))), "unsafe", hex(ord(c)))
    return text


# ---- P1, P2, P3, P5: one input, in both forms ------------------------------------------------------------------------


def reference_of(header):
    match = re.match(r"ctxcut show (\S+):A-B for more$", header[0])
    return match.group(1) if match else None


def check_gaps(place, reference, gaps, data, r):
    """P3: byte for byte."""
    ends = [0]
    for line in data.split(b"\n"):
        ends.append(ends[-1] + len(line) + 1)
    for gap in r.sample(gaps, min(4, len(gaps))):
        got = place.run("show", "%s:%d-%d" % (reference, gap["first"], gap["last"]))
        want = data[ends[gap["first"] - 1]:min(ends[gap["last"]], len(data))]
        check(got.code == 0 and got.out == want, "gap", gap, reference, got)
    whole = place.run("show", reference)
    check(whole.code == 0 and whole.out == data, "whole", reference, whole)


def check_text(place, data, budget, args, r):
    result = place.run("--budget", str(budget), *args)
    check(result.code == 0, result)
    text, lines = check_safe(result.out), oracle.lines_of(data)
    whole = "".join(oracle.clean(line) + "\n" for line in lines)
    if data and not data.endswith(b"\n"):
        whole = whole[:-1]
    if text == whole:
        return
    out = oracle.TextOutput(text)
    check(out.lines_total == len(lines), "lines", out.lines_total, len(lines))
    for no, line in out.lines:
        check(oracle.same_line(line, lines[no - 1]), "line", no, line, lines[no - 1][:300])
    check(number_in(out.header, r"(\d+) lines?$") == len(lines), out.header)
    errors = number_in(out.header, r"(\d+) errors?( of \d+ kinds?)?$")
    left_out = 0 if "all shown" in out.header or "shown" in out.header else number_in(out.header, r"(\d+) left out$")
    check(sum(g["errors"] for g in out.gaps) == left_out, "errors left out", left_out, out.gaps)
    check(errors == 0 or left_out < errors or budget < 200, "no failure shown", out.header)
    reference = reference_of(out.header)
    if reference:
        check_gaps(place, reference, out.gaps, data, r)


def number_in(fields, pattern):
    for field in fields:
        match = re.match(pattern, field)
        if match:
            return int(match.group(1))
    return 0


def check_json(place, data, budget, args, r):
    result = place.run("--budget", str(budget), "--format", "json", *args)
    check(result.code == 0, result)
    check_safe(result.out)
    out, lines = json.loads(result.out), oracle.lines_of(data)
    if "picks" not in out:
        check(out["rest"]["lines"] == len(lines), out)
        return
    info = out["inputs"][0]
    next_no, errors, warnings, gaps = 1, 0, 0, []
    for pick in out["picks"]:
        check(pick["first"] == next_no, "tiling", pick, next_no)
        next_no = pick["last"] + 1
        errors += pick.get("errors", 0)
        warnings += pick.get("warnings", 0)
        if pick["kind"] == "lines":
            check(len(pick["text"]) == pick["last"] - pick["first"] + 1, pick)
            for no, line in enumerate(pick["text"], pick["first"]):
                check(oracle.same_line(line, lines[no - 1]), "line", no, line, lines[no - 1][:300])
        else:
            check(pick["lines"] == pick["last"] - pick["first"] + 1, pick)
            gaps.append(pick)
    check(next_no == len(lines) + 1 and info["lines"] == len(lines) == out["totals"]["lines"], next_no, info)
    check(errors == info["errors"] and warnings == info["warnings"], errors, warnings, info)
    if gaps:
        check("reference" in info, info)
        check_gaps(place, info["reference"], gaps, data, r)


def inputs():
    for sort in SORTS:
        for seed in range(ROUNDS):
            yield sort, seed, generate(sort, seed, [1200, 60, 300, 5][seed % 4] if sort != "long" else 200)


def test_a_file_is_shown_line_by_line_and_given_back_byte_by_byte():
    for sort, seed, data in inputs():
        r = random.Random(seed)
        with Place() as place:
            place.write("in.log", data)
            for budget in (r.choice([100, 150, 250]), r.choice([400, 1000, 4000])):
                with said("%s %d, budget %d" % (sort, seed, budget)):
                    check_text(place, data, budget, ["in.log"], r)
                    check_json(place, data, budget + 300, ["in.log"], r)


def test_a_pipe_is_shown_and_given_back_from_the_store():
    for sort, seed, data in inputs():
        r = random.Random(seed)
        with Place() as place:
            place.write("in.log", data)
            run = place.run
            place.run = lambda *args, **more: run(*args, **more) if args[0] == "show" else run(*args, data=data, **more)
            with said("%s %d" % (sort, seed)):
                check_text(place, data, 300, [], r)
                check_json(place, data, 900, [], r)


def test_names_of_files_come_back_as_they_are():
    data = generate("build", 1, 400)
    names = [b"plain.log", b"with blank.log", b"'quote'.log", b"a:1-2", b"a@12345678", b"a@12345678:3-4", b"-dash", b"tab\there", b"\xff\xfe.log", "日本.log".encode(),
             b"new\nline", b"12345", b"[x]", b"$(x)", b"a" * 200, b"12345678", b"x\\y", b"#c", b"~", b"*"]
    for name in names:
        with Place() as place, said(repr(name)):
            with open(os.path.join(os.fsencode(place.path), name), "wb") as f:
                f.write(data)
            result = place.run("--budget", "700", "--", os.fsdecode(name))
            check(result.code == 0, result)
            header = oracle.TextOutput(check_safe(result.out)).header
            words = re.match(r"ctxcut show (.*):A-B for more$", "|".join(header).split(" for more")[0] + " for more")
            check(words, header)
            # The reference is one shell word: paste it.
            shown = subprocess.run(["bash", "-c", "cd \"$1\" && \"$2\" show " + words.group(1) + ":2-5", "-", place.path, CTXCUT],
                                   capture_output=True, env=place.env)
            check(shown.stdout == b"\n".join(data.split(b"\n")[1:5]) + b"\n", shown, words.group(1))


# ---- P7 --------------------------------------------------------------------------------------------------------------


def comparable(result):
    """The output without what names the input: reference, packing, the figure of its own tokens."""
    check(result.code == 0, result)
    if result.out.startswith(b"{"):
        out = json.loads(result.out)
        out["totals"].pop("tokens_after")
        for info in out.get("inputs", []):
            for key in "name", "reference", "decoded_from":
                info.pop(key, None)
        return out
    head, _, body = result.text().partition("\n")
    if not re.search("→.* tokens", head):
        return result.text()
    fields = [re.sub("→.*", "", f) for f in head.strip("[]").split("|")[1:]]
    return [f for f in fields if f not in ("exit unknown", "in.log") and not f.startswith("from ")], body


def pieces(data, r, most):
    at = 0
    while at < len(data):
        n = r.randrange(1, most + 1)
        yield data[at:at + n]
        at += n


def test_how_the_bytes_come_makes_no_difference():
    for sort, seed, data in inputs():
        r = random.Random(seed)
        with Place() as place:
            place.write("in.log", data)
            ways = {"stdin": lambda a: place.run(*a, stdin=open(place.path + "/in.log", "rb")),
                    "pipe": lambda a: place.run(*a, data=data),
                    "pieces": lambda a: place.fed(pieces(data, r, 5000), *a)}
            if len(data) < 20000:
                ways["bytes"] = lambda a: place.fed((data[i:i + 1] for i in range(len(data))), *a)
            if shutil.which("zstd"):
                subprocess.run(["zstd", "-q", "in.log", "-o", "in.log.zst"], cwd=place.path, check=True)
                packed = open(place.path + "/in.log.zst", "rb").read()
                half = len(data) // 2
                frames = b"".join(subprocess.run(["zstd", "-qc"], input=part, capture_output=True, check=True).stdout for part in (data[:half], data[half:]))
                ways["zstd file"] = lambda a: place.run(*a, "in.log.zst")
                ways["zstd pipe"] = lambda a: place.fed(pieces(packed, r, 700), *a)
                ways["zstd frames"] = lambda a: place.run(*a, data=frames)
            if shutil.which("gzip"):
                place.write("in.log.gz", gzip.compress(data))
                ways["gzip file"] = lambda a: place.run(*a, "in.log.gz")
            for options in (["--budget", "250"], ["--budget", "1000", "--format", "json"], ["--budget", "none"], ["--no-store", "-b", "500"]):
                want = comparable(place.run(*options, "in.log"))
                for way, run in ways.items():
                    with said("%s %d, %s, %s" % (sort, seed, " ".join(options), way)):
                        got = comparable(run(options))
                        check(got == want, "differs", got, want)


def test_without_a_budget_all_is_printed_cleaned():
    for sort, seed, data in inputs():
        with Place() as place, said("%s %d" % (sort, seed)):
            place.write("in.log", data)
            whole = "\n".join(oracle.clean(line) for line in data.split(b"\n"))
            got = place.run("--budget", "none", "in.log", "in.log")
            check(got.code == 0 and check_safe(got.out) == whole + whole, got)


def test_a_huge_line_is_passed_through_whole():
    for part in (b"word ", "日本語".encode(), b"\x1b[31mred\x1b[0m ", b"\xff"):
        data = b"first\n" + part * (900000 // len(part)) + b"end\nlast"
        with Place() as place, said(repr(part)):
            got = place.run("--budget", "none", data=data)
            want = "first\n" + oracle.clean(part * (900000 // len(part)) + b"end") + "\nlast"
            check(got.code == 0 and got.text() == want, len(got.out), len(want.encode()))


# ---- many inputs -----------------------------------------------------------------------------------------------------


def test_two_thousand_files_need_few_descriptors_and_little_memory():
    with Place() as place:
        for n in range(2000):
            place.write("%d.log" % n, generate("build", n % 7, 40))
        r = place.run("--budget", "1000", *("%d.log" % n for n in range(2000)), limit=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)))
        check(r.code == 0 and "2000 inputs" in r.text(), r)


def test_fifos_are_stored_like_pipes():
    data = generate("build", 3, 900)
    with Place() as place:
        os.mkfifo(place.path + "/fifo")

        def write():
            with open(place.path + "/fifo", "wb") as f:
                f.write(data)
        writer = threading.Thread(target=write)
        writer.start()
        r = place.run("--budget", "400", "fifo")
        writer.join()
        check(r.code == 0, r)
        reference = reference_of(oracle.TextOutput(r.text()).header)
        check(re.fullmatch("[0-9a-f]{8,}", reference), reference)
        check(place.run("show", reference).out == data, "not given back")


# ---- faults ----------------------------------------------------------------------------------------------------------


def noise(lines, seed=1):
    """Lines that hardly compress, with an error in the middle and at the end."""
    r = random.Random(seed)
    rows = [("%032x %032x %032x" % (r.getrandbits(128), r.getrandbits(128), r.getrandbits(128))).encode() for _ in range(lines)]
    rows[lines // 2] = rows[-1] = b"error: the disk is on fire"
    return b"\n".join(rows) + b"\n"


def check_without_reference(r, data, code=3):
    check(r.code == code, r)
    header = oracle.TextOutput(check_safe(r.out)).header
    check(not reference_of(header), "a reference that cannot be honoured", header)
    lines = oracle.lines_of(data)
    out = oracle.TextOutput(r.text())
    check(out.lines_total == len(lines), out.lines_total, len(lines))
    for no, line in out.lines:
        check(oracle.same_line(line, lines[no - 1]), no, line)
    check(b"store" in r.err or code == 0, r.err)
    return out


def test_a_full_output_is_an_error():
    if not os.path.exists("/dev/full"):
        return
    data = generate("build", 1, 2000)
    for options in (["--budget", "none"], ["--budget", "500"], ["--budget", "900", "--format", "json"]):
        with Place() as place, open("/dev/full", "wb") as full, said(" ".join(options)):
            r = place.run(*options, data=data, stdout=full)
            check(r.code == 3 and b"No space left" in r.err, r)


def test_a_reader_that_goes_away_is_no_error():
    data = noise(100000)
    for options in (["--budget", "none"], ["--budget", "16000"]):
        with Place() as place, said(" ".join(options)):
            place.write("in.log", data)
            p = place.start(*options, "in.log")
            p.stdout.read(10)
            p.stdout.close()
            err = p.stderr.read()
            check(p.wait() == 0 and err == b"", p.returncode, err)


def test_a_store_that_fills_up_costs_the_reference_only():
    for lines in (60, 9000, 40000, 200000):
        data = noise(lines)

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (256 * 1024, 256 * 1024))
        with Place() as place, said("%d lines" % lines):
            r = place.run("--budget", "600", data=data, limit=limit)
            if lines == 60:
                check(r.code == 0, r)
                continue
            out = check_without_reference(r, data, 3)
            check(not glob.glob(place.store + "/tmp/*"), "left behind")
            if lines <= 40000:
                check(any("on fire" in line for _, line in out.lines), out.lines)


@contextlib.contextmanager
def small_disk(path, size):
    os.makedirs(path, exist_ok=True)
    done = os.geteuid() == 0 and subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%d,mode=700" % size, "tmpfs", path], capture_output=True).returncode == 0
    try:
        yield done
    finally:
        if done:
            subprocess.run(["umount", "-l", path], check=True)


def test_a_disk_that_fills_up_under_the_store_changes_no_line():
    data = noise(150000)
    with Place() as place, small_disk(place.path + "/disk", 3 * 1024 * 1024) as mounted:
        if not mounted:
            print("# skipped: tmpfs cannot be mounted")
            return
        want = place.run("--budget", "900", "--no-store", data=data)
        got = place.run("--budget", "900", "--store-dir", place.path + "/disk/store", data=data)
        check_without_reference(got, data, 3)
        check(comparable(Result(got.out, b"", 0)) == comparable(want), "other lines", got, want)


def test_stores_that_cannot_be_written_cost_the_reference_only():
    data = generate("build", 5, 1500)
    with Place() as place:
        place.write("file", b"")
        os.makedirs(place.path + "/foreign", 0o700)
        cases = {"below a file": {"args": ["--store-dir", "file/store"]}, "no such place": {"args": ["--store-dir", "/proc/no/such/place"]}}
        if os.geteuid() == 0:
            os.chown(place.path + "/foreign", 12345, 12345)
            cases["owned by another"] = {"args": ["--store-dir", place.path + "/foreign"]}
        else:
            os.chmod(place.path + "/foreign", 0o500)
            cases["read-only"] = {"args": ["--store-dir", place.path + "/foreign"]}
        cases["no HOME"] = {"args": [], "env": {"PATH": os.environ["PATH"]}}
        for about, case in cases.items():
            with said(about):
                r = place.run("--budget", "500", *case["args"], data=data, env=case.get("env"))
                out = check_without_reference(r, data)
                check(r.err.count(b"\n") == 1, "one message", r.err)
                want = place.run("--budget", "500", "--no-store", data=data)
                check(comparable(Result(r.out, b"", 0)) == comparable(want), "other lines")
                # Where nothing is left out, the store is not needed.
                r = place.run(*case["args"], data=b"one line\n", env=case.get("env"))
                check(r.code == 0 and r.err == b"" and r.out == b"one line\n", r)
        with small_disk(place.path + "/disk", 1 << 20) as mounted, said("read-only file system"):
            if mounted:
                subprocess.run(["mount", "-o", "remount,ro", place.path + "/disk"], check=True)
                r = place.run("--budget", "500", "--store-dir", place.path + "/disk/store", data=data)
                check_without_reference(r, data)


def test_no_store_for_a_pipe_means_no_reference():
    data = generate("build", 6, 1500)
    with Place() as place:
        check_without_reference(place.run("--budget", "500", "--no-store", data=data), data, 0)
        check(not os.path.exists(place.store), "a store was made")


def test_after_a_kill_the_store_has_whole_originals_only():
    data = noise(120000)
    r = random.Random(8)
    with Place() as place:
        whole = 0
        for _ in range(6 * ROUNDS):
            p = place.start("--budget", "500", stdin=subprocess.PIPE)
            feeder = threading.Thread(target=feed_quietly, args=(p, data))
            feeder.start()
            time.sleep(r.random() * 0.35)
            p.kill()
            feeder.join()
            p.wait()
            p.stdout.close()
            p.stderr.close()
            for path in glob.glob(place.store + "/*.zst"):
                reference = os.path.basename(path)[:-4]
                check(place.run("check", reference).code == 0, "damaged", reference)
                check(place.run("show", reference).out == data, "not whole")
                whole += 1
        got = place.run("--budget", "500", data=data)
        check(got.code == 0, got)
        check(not glob.glob(place.store + "/tmp/*"), "what the dead left was not cleared")
        gone = place.run("show", "00112233")
        check(gone.code == 1 and gone.out == b"" and gone.err, gone)


def feed_quietly(p, data):
    try:
        p.stdin.write(data)
        p.stdin.close()
    except BrokenPipeError:
        pass


def test_thirty_two_processes_share_a_store():
    with Place() as place:
        datas = [generate("build", n % 5, 1500) for n in range(32)]
        running = [place.start("--budget", "400", stdin=subprocess.PIPE) for _ in datas]
        feeders = [threading.Thread(target=feed_quietly, args=x) for x in zip(running, datas)]
        for f in feeders:
            f.start()
        for p, f, data in zip(running, feeders, datas):
            out, err = p.stdout.read(), p.stderr.read()
            f.join()
            check(p.wait() == 0 and err == b"", p.returncode, err)
            reference = reference_of(oracle.TextOutput(out.decode()).header)
            got = place.run("show", reference)
            check(got.code == 0 and got.out == data, "not given back", got)


def test_a_file_that_changed_since_says_so():
    data = generate("build", 2, 900)
    for change in (lambda d: d + b"more\n", lambda d: d[:-5], lambda d: b"X" + d[1:], lambda d: b""):
        with Place() as place:
            place.write("in.log", data)
            reference = reference_of(oracle.TextOutput(place.run("--budget", "400", "in.log").text()).header)
            place.write("in.log", change(data))
            shown, checked = place.run("show", reference + ":1-3"), place.run("check", reference)
            check(shown.code == 1 and b"changed" in shown.err, shown)
            check(checked.code == 1 and b"changed" in checked.err, checked)
            os.unlink(place.path + "/in.log")
            check(place.run("show", reference).code == 1, "it is not there")


def changed_while_used(change, budget="500", fmt="text"):
    """Changes a file after it was read, before its lines are read again: ctxcut waits for a second input meanwhile."""
    data, second = generate("build", 2, 900), generate("build", 9, 300)
    with Place() as place:
        place.write("in.log", data)
        os.mkfifo(place.path + "/fifo")
        p = place.start("--budget", budget, "--format", fmt, "in.log", "fifo")
        with open(place.path + "/fifo", "wb") as f:  # opened by both: in.log was read
            change(place.path + "/in.log", data)
            f.write(second)
        out, err = p.stdout.read(), p.stderr.read()
        return data, second, Result(out, err, p.wait())


def test_a_file_that_changes_while_it_is_used_gives_no_wrong_line():
    def rewrite(path, data):
        with open(path, "wb") as f:
            f.write(b"quite other content\n" * 9000)

    def touch(path, data):
        rewrite(path, data)
        os.truncate(path, len(data))

    def truncate(path, data):
        os.truncate(path, 100)

    def remove(path, data):
        os.truncate(path, 0)
        os.unlink(path)
    for change in rewrite, touch, truncate, remove:
        for budget in "500", "none", "60000":
            with said(change.__name__ + " " + budget):
                data, second, r = changed_while_used(change, budget)
                check(r.code == 1 and re.search(b"in.log: (changed|became shorter)", r.err), r)
                check(b"quite other" not in r.out, r)
                if budget != "none":
                    check_safe(r.out)
                    allowed = {oracle.clean(line) for line in oracle.lines_of(second)}
                    known = [row for row in r.text().split("\n") if row in allowed]
                    check(known, "nothing of the other input", r)
                    check("in.log@" not in r.text(), "a reference that does not hold", r)
    # Replaced by another file under the same name: what was opened is still there.
    data, second, r = changed_while_used(lambda path, data: os.replace(shutil.copy(path, path + "2"), path))
    check(r.code == 0 and r.err == b"", r)


def test_an_interrupt_ends_the_pipe_and_what_was_read_is_reduced_and_kept():
    for lines in (500, 60000):
        data = noise(lines)
        with Place() as place, said("%d lines" % lines):
            p = place.start("--budget", "600", stdin=subprocess.PIPE, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
            p.stdin.write(data)
            p.stdin.flush()
            waiting = 1
            while waiting:
                waiting = int.from_bytes(fcntl.ioctl(p.stdin, 0x541B, b"\0" * 4), sys.byteorder)  # FIONREAD
                time.sleep(0.005)
            p.send_signal(signal.SIGINT)
            out, err = p.stdout.read(), p.stderr.read()
            check(p.wait() == 130, p.returncode, err)
            text = oracle.TextOutput(out.decode())
            check("incomplete" in text.header and text.lines_total == lines, text.header)
            check(place.run("show", reference_of(text.header)).out == data, "not given back")
            p.stdin.close()


def test_inputs_that_cannot_be_read_do_not_stop_the_others():
    data = generate("build", 4, 900)
    with Place() as place:
        place.write("in.log", data)
        os.mkdir(place.path + "/folder")
        place.write("cut.zst", subprocess.run(["zstd", "-qc"], input=noise(3000), capture_output=True).stdout[:50000] if shutil.which("zstd") else b"")
        r = place.run("--budget", "600", "folder", "nothing.log", "in.log", "cut.zst")
        check(r.code == 1, r)
        check(b"folder" in r.err and b"nothing.log" in r.err, r.err)
        check("in.log@" in check_safe(r.out), r)


# ---- main ------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def said(about):
    try:
        yield
    except Exception as error:
        error.args = (about,) + error.args
        raise


def main():
    global CTXCUT
    parser = argparse.ArgumentParser()
    parser.add_argument("-r", dest="result")
    parser.add_argument("build")
    parser.add_argument("tests", nargs="*")
    args = parser.parse_args()
    CTXCUT = os.path.join(os.path.abspath(args.build), "ctxcut")
    names = args.tests or [name for name in globals() if name.startswith("test_")]
    passed = failed = 0
    for name in names:
        begun = time.monotonic()
        try:
            globals()[name]()
            passed += 1
            if "-v" in os.environ.get("PROPERTY_FLAGS", ""):
                print("ok %s (%.1f s)" % (name, time.monotonic() - begun))
        except Exception as error:
            failed += 1
            print("not ok %s: %s" % (name, " ".join(str(a)[:2000] for a in error.args) or type(error).__name__))
            if not isinstance(error, AssertionError):
                traceback.print_exc(limit=-4, file=sys.stdout)
        sys.stdout.flush()
    print("property: %d passed, %d failed" % (passed, failed))
    if args.result:
        os.makedirs(os.path.dirname(args.result) or ".", exist_ok=True)
        with open(args.result, "w") as f:
            f.write("%d %d\n" % (passed, failed))
    return failed != 0


sys.exit(main())
