"""The large inputs, always the same for a size: made from the logs in tests/readme/logs, or of lines of one form.

Copies of a log would all be one: so in each copy the digits 1 to 9 of numbers that differ from run to run are swapped in
another way.
Random is what SHAKE-128 makes of a name."""
import glob
import hashlib
import itertools
import os
import re

import common

MIXED = ["build", "postgres", "nginx", "tests", "orders", "go"]
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


KINDS = {"mixed": mixed, "json": json_lines, "ids": random_ids, "one": one_template, "distinct": all_distinct, "c": c_source}


def make(kind, size, folder):
    """The path of the input; it is made when it is not there."""
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, f"{kind}-{size}.txt")
    if not os.path.exists(path) or os.path.getsize(path) != size:
        left = size
        with open(path + ".part", "wb") as file:
            for piece in KINDS[kind]():
                file.write(piece[:left])
                left -= len(piece[:left])
                if not left:
                    break
        os.rename(path + ".part", path)
    return path
