#!/usr/bin/env python3
"""The large inputs, always the same for a size: made from the logs in tests/readme/logs and the samples of filters/logs, or of
lines of one form.

Copies of a log would all be one: so in each copy the digits 1 to 9 of numbers that differ from run to run are swapped in
another way, and of `varied` names too. Random is what SHAKE-128 makes of a name.

    bench/inputs.py KIND SIZE FOLDER      makes one, and says what it is; KIND: mixed varied json ids one distinct c
"""
import glob
import hashlib
import itertools
import os
import re
import sys

import common

MIXED = ["build", "postgres", "nginx", "tests", "orders", "go"]
VARIED = [*MIXED, "configure"]
# What differs from one run of a tool to the next: units of minutes and seconds, fractions, numbers of four digits and more,
# ids in hexadecimal, numbers at the end of names, lines and columns. States such as 404 and dates stay.
VARIES = re.compile(rb"""
      (?P<kept>[0-2][0-9]:[0-5]) (?P<minute>[0-9]) (?P<colon>:[0-5]) (?P<second>[0-9]) (?P<fraction>(?:[.,][0-9]{1,6})?) (?![0-9])
    | (?<![0-9A-Za-z.:/_-]) [0-9]{4,8} (?![0-9A-Za-z.:/_-])
    | (?<![0-9A-Za-z]) (?=[0-9]*[a-f]) (?=[a-f]*[0-9]) [0-9a-f]{8,} (?![0-9A-Za-z])
    | (?<=[a-z_]) (?<!\\u) [0-9]{1,4} (?![0-9A-Za-z])
    | (?<=[a-z]:) [0-9]{1,4} (?: :[0-9]{1,3} )? (?=[:\]])
    | (?<=[0-9]\.) [0-9]{3} (?![0-9.])
""", re.X)
# Bytes that are in no UTF-8 text mark the digits that change.
MARKED = bytes(range(0xf5, 0xff))
MARK = bytes.maketrans(b"0123456789", MARKED)


def random_bytes(name):
    """Without end."""
    for block in itertools.count():
        yield hashlib.shake_128(f"{name} {block}".encode()).digest(1 << 20)


def digit_swaps():
    """Tables that make digits of the marks, each in another way. 0 stays, so that no number gains a leading one."""
    numbers = random_bytes("digits")
    block, at = next(numbers), 0
    while True:
        digits = list(b"123456789")
        for i in range(8, 0, -1):
            if at == len(block):
                block, at = next(numbers), 0
            j = block[at] % (i + 1)
            at += 1
            digits[i], digits[j] = digits[j], digits[i]
        yield bytes.maketrans(MARKED, b"0" + bytes(digits))


def marked(match):
    if match["kept"] is None:
        return match[0].translate(MARK)
    return b"".join((match["kept"], match["minute"].translate(MARK), match["colon"], match["second"].translate(MARK),
                     match["fraction"].translate(MARK)))


def copies(texts):
    texts = [VARIES.sub(marked, text) for text in texts]
    for text, table in zip(itertools.cycle(texts), digit_swaps()):
        yield text.translate(table)


def log(name):
    return common.decoded(os.path.join(common.LOGS, name + ".log.zst"))


def mixed():
    return copies([log(name) for name in MIXED])


def samples():
    """What the samples of the log filters read: a few lines of each of many tools."""
    found = []
    for path in sorted(glob.glob(os.path.join(common.ROOT, "filters", "logs", "*.yaml"))):
        lines = common.read(path).split(b"\n")
        for i, line in enumerate(lines):
            head = re.match(rb"( *)input: (.*)", line)
            if not head:
                continue
            if head[2] not in (b"|", b"|2"):
                raise SystemExit(f"{path}:{i + 1}: a sample's input is read here when it stands in lines below 'input: |'")
            indent = b" " * (len(head[1]) + 2)
            text = list(itertools.takewhile(lambda line: not line or line.startswith(indent), lines[i + 1:]))
            while text and not text[-1]:
                text.pop()
            found.append(b"".join(line[len(indent):] + b"\n" for line in text))
    return found


# Names that are others in another project or run: of files of source, and what a number ends. Words that say how a line is
# meant stay, and so do short ones, amd64 and sha256.
NAME = re.compile(rb"""
      (?<![A-Za-z0-9_\\%%$]) (?P<name>[A-Za-z_]{4,})
      (?= [%b]{1,4} (?![0-9A-Za-z])
        | \.(?:c|h|cc|cpp|o|py|js|ts|tsx|jsx|go|rs|java|kt|rb|php|ex|hs|scala|cs|swift|class)\b )
    | (?<![0-9A-Za-z]) (?=[0-9%b]*[a-f]) (?=[a-f]*[%b]) [0-9a-f%b]{8,} (?![0-9A-Za-z])
""" % (MARKED, MARKED, MARKED, MARKED), re.X)
CUE = re.compile(rb"(?i)err|warn|fail|fatal|panic|exception|traceback|abort|crit|denied|timeout|assert|crash")
PIECE = 100  # lines


class Seed:
    """A text cut at what differs from copy to copy: names, ids in hexadecimal."""

    def __init__(self, text):
        text = VARIES.sub(marked, text)
        self.parts, self.names, at = [], set(), 0  # parts: in turn what stays and what does not
        for match in NAME.finditer(text):
            if CUE.search(match[0]):
                continue
            self.parts += [text[at:match.start()], match[0]]
            at = match.end()
            if match["name"]:
                self.names.add(match[0])
        self.parts.append(text[at:])

    def copy(self, instead):
        parts = list(self.parts)
        parts[1::2] = [instead[name] for name in parts[1::2]]
        return b"".join(parts)


class Names(dict):
    """What stands for each name in one copy: the same throughout the copy, another in the next."""

    def __init__(self, words, number):
        super().__init__()
        self.words, self.number = words, number

    def __missing__(self, name):
        random = hashlib.shake_128(b"%d %b" % (self.number, name)).digest(8 + len(name))
        if name.translate(None, MARKED) != name:
            said = bytes(b"0123456789abcdef"[byte % 16] for byte in random[8:])
        else:
            first, second = (self.words[int.from_bytes(random[i:i + 3], "big") % len(self.words)] for i in (0, 3))
            # Words come again in later copies, pairs hardly ever.
            said = first + b"_" + second if random[6] < 64 else first
        self[name] = said
        return said


def varied():
    """Some ninety tools in turn, and between them the next lines of the logs in tests/readme/logs."""
    logs = [log(name).splitlines(True) for name in VARIED]
    pieces = [Seed(b"".join(lines[i:i + PIECE])) for lines in logs for i in range(0, len(lines), PIECE)]
    tools = [Seed(text) for text in samples()]
    words = sorted({name.lower() for seed in tools + pieces for name in seed.names})
    piece = itertools.cycle(pieces)
    for number, digits in enumerate(digit_swaps()):
        names, texts = Names(words, number), []
        for i, tool in enumerate(tools):
            texts.append(tool.copy(names))
            if i % 10 == 9:
                texts.append(next(piece).copy(names))
        yield b"".join(texts).translate(digits)


def json_lines():
    """A service's log as it is, and lines with arrays of many lengths."""
    raw = next(random_bytes("arrays"))
    lines = []
    for i in range(2000):
        items = ",".join(f'{{"sku":{100 + raw[i] * 7 + k},"qty":{k + 100}}}' for k in range(raw[i + 4000] % 24))
        lines.append(f'{{"ts":"2024-05-01T10:{i // 60 % 60:02d}:{i % 60:02d}Z","level":"info","svc":"cart","msg":"cart saved",'
                     f'"user": {100000 + raw[i + 8000] * 311} ,"items":[{items}],"tags":{list(raw[i:i + raw[i] % 9])}}}\n')
    return copies([log("orders"), "".join(lines).encode()])


LETTERS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
TO_LETTERS = bytes(LETTERS[i % 62] for i in range(256))


def random_ids():
    """Two ids of 22 characters in each line."""
    for block in random_bytes("ids"):
        text = block.translate(TO_LETTERS)
        yield b"".join(b"2026-01-31T09:30:%02d.%03dZ INFO gateway request %b accepted, trace %b, queue %d\n" %
                       (i // 44000 % 60, i // 44 % 1000, text[i:i + 22], text[i + 22:i + 44], block[i] % 8)
                       for i in range(0, len(text) - 43, 44))


def one_template():
    for first in itertools.count(0, 10000):
        yield b"".join(b"2026-01-31T09:%02d:%02d.%03d INFO worker-%d handled request id=%08x in %d ms status=200\n" %
                       (i // 60000 % 60, i // 1000 % 60, i % 1000, i % 17, i * 40503 % 2**32, i * 7 % 900)
                       for i in range(first, first + 10000))


def all_distinct():
    """Words in any order: hardly two lines are of one kind."""
    words = sorted(set(re.findall(rb"[a-z]{3,9}", b" ".join(log(name) for name in MIXED))))
    for block in random_bytes("words"):
        at = 0
        lines = []
        while at + 32 <= len(block):
            n = 6 + block[at] % 9
            lines.append(b" ".join(words[(block[at + 2 * i + 1] << 8 | block[at + 2 * i + 2]) % len(words)] for i in range(n)))
            at += 2 * n + 1
        yield b"\n".join(lines) + b"\n"


def c_source():
    return copies([common.read(path) for path in sorted(glob.glob(os.path.join(common.ROOT, "src", "*", "*.c")))])


# What people grep a log for, and what the tables stand beside.
WORDS = "error|warn|fatal|panic|exception|traceback|failed|timeout"
LOOKED_AT = 20 * 10**6


def about(path):
    """Of the begin of a file: bytes in a line, and the shares of lines that hold one of the words, and whose form, digits
    aside, was not there before. The latter of the second half of what is looked at."""
    with open(path, "rb") as file:
        text = file.read(LOOKED_AT)
    lines = text.translate(bytes.maketrans(b"123456789", b"000000000")).splitlines()
    half = len(lines) // 2
    known = set(lines[:half])
    new, words = len(set(lines[half:]) - known), re.compile(WORDS.encode(), re.I)
    return {"line_bytes": len(text) / max(len(lines), 1), "words": sum(map(bool, map(words.search, lines))) / max(len(lines), 1),
            "new": new / max(len(lines) - half, 1)}


KINDS = {"mixed": mixed, "varied": varied, "json": json_lines, "ids": random_ids, "one": one_template, "distinct": all_distinct, "c": c_source}


def seeds(kind):
    """What a kind is made of, in one number: this file, and the files that it reads."""
    digest, read = hashlib.sha256(common.read(os.path.abspath(__file__))), []
    if kind == "c":
        read = glob.glob(os.path.join(common.ROOT, "src", "*", "*.c"))
    elif kind not in ("ids", "one"):
        read = glob.glob(os.path.join(common.LOGS, "*.zst"))
    if kind == "varied":
        read += glob.glob(os.path.join(common.ROOT, "filters", "logs", "*.yaml"))
    for path in sorted(read):
        digest.update(common.read(path))
    return digest.hexdigest()


def make(kind, size, folder):
    """The path of the input; it is made when it is not there, or was made of other seeds."""
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, f"{kind}-{size}.txt")
    mark, made_of = path + ".seeds", seeds(kind)
    if not os.path.exists(path) or os.path.getsize(path) != size or not os.path.exists(mark) or common.read(mark).decode() != made_of:
        left = size
        with open(path + ".part", "wb") as file:
            for piece in KINDS[kind]():
                file.write(piece[:left])
                left -= len(piece[:left])
                if not left:
                    break
        os.rename(path + ".part", path)
        with open(mark, "w", encoding="ascii") as file:
            file.write(made_of)
    return path


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in KINDS:
        print(__doc__.strip())
        return 0 if sys.argv[1:] in (["-h"], ["--help"]) else 2
    path = make(sys.argv[1], int(float(sys.argv[2])), sys.argv[3])
    what = about(path)
    print(f"{path}: {what['line_bytes']:.0f} bytes in a line, {common.percent(what['new'])} of new form, "
          f"{common.percent(what['words'])} with one of the eight words")
    return 0


if __name__ == "__main__":
    sys.exit(main())
