"""What ctxcut promises of its output, worked out a second time: cleaning of lines, lines by number, markers by tiling.

Written from the headers (src/text/clean.h, src/render/FORMAT.md), not from the code; shares nothing with it."""
import re

CSI_MOST, STRING_MOST = 128, 2048
REPLACEMENT = "\ufffd"


def is_hidden(cp):
    return (cp in (0x61C, 0x180E, 0x200B, 0x200E, 0x200F, 0xFEFF) or 0x2028 <= cp <= 0x202E or 0x2060 <= cp <= 0x206F
            or 0xFFF9 <= cp <= 0xFFFB or 0xE0000 <= cp <= 0xE007F)


def is_selector(cp):
    return 0xFE00 <= cp <= 0xFE0F or 0xE0100 <= cp <= 0xE01EF


def is_joiner(cp):
    return cp in (0x200C, 0x200D)


def is_shown(before, cp):
    if cp < 0x20 or 0x7F <= cp < 0xA0:
        return cp == 9
    if is_joiner(cp):
        return not is_joiner(before) and (cp == 0x200D or not is_selector(before))
    if is_selector(cp):
        return not is_joiner(before) and not is_selector(before)
    return not is_hidden(cp)


def csi_len(data, start):
    i, stop = start, min(len(data), start + CSI_MOST)
    while i < stop and 0x30 <= data[i] <= 0x3F:
        i += 1
    while i < stop and 0x20 <= data[i] <= 0x2F:
        i += 1
    return i + 1 if i < stop and 0x40 <= data[i] <= 0x7E else start


def string_len(data, start):
    for i in range(start, min(len(data), start + STRING_MOST)):
        c, after = data[i], data[i + 1] if i + 1 < len(data) else 0
        if c == 7:
            return i + 1
        if (c == 0x1B and after == 0x5C) or (c == 0xC2 and after == 0x9C):
            return i + 2
        if (c < 0x20 and c != 9) or c == 0x7F or (c == 0xC2 and 0x80 <= after < 0xA0):
            break
    return start


def escape_end(data, i):
    """Where the escape sequence at i ends; i when there is none."""
    c, after = data[i], data[i + 1] if i + 1 < len(data) else 0
    if c == 0xC2:
        if after == 0x9B:
            return csi_len(data, i + 2)
        return string_len(data, i + 2) if after in (0x90, 0x98, 0x9D, 0x9E, 0x9F) else i
    if c != 0x1B:
        return i
    if after == 0x5B:
        return csi_len(data, i + 2)
    if after in b"]PX^_k" and after:
        return string_len(data, i + 2)
    j = i + 1
    while j < len(data) and j < i + 3 and 0x20 <= data[j] <= 0x2F:
        j += 1
    return j + 1 if j < len(data) and 0x30 <= data[j] <= 0x7E else i + 1


def char_at(data, i):
    """(length, code point or None when invalid): None stands for a maximal invalid part."""
    part = data[i:i + 4]
    try:
        return len(part.decode()[0].encode()), ord(part.decode()[0])
    except UnicodeDecodeError as error:
        if error.start == 0:
            return error.end, None
        first = part[:error.start].decode()[0]
        return len(first.encode()), ord(first)


def clean(data):
    """The printed form of one line, uncut."""
    left, over = [], []  # what stands left of the cursor; what a backspace went back over, last first
    floor, before, cr, went_back = 0, 0, False, False

    def settle():
        nonlocal cr, floor, before
        if not cr:
            return
        cr = False
        while over:
            left.append(over.pop())
        if left:
            left.append(" ")
            before = 0x20
        floor = len(left)

    i = 0
    while i < len(data):
        end = escape_end(data, i)
        if end > i:
            i = end
            continue
        if data[i] == 13:
            cr = True
            i += 1
            continue
        if data[i] == 8:
            went_back = True
            if not cr and len(left) > floor:
                over.append(left.pop())
            i += 1
            continue
        n, cp = char_at(data, i)
        i += n
        settle()
        shown = chr(cp) if cp is not None and is_shown(before, cp) else REPLACEMENT
        before = REPLACEMENT_CP if cp is None else cp
        if over:
            if shown == "_" and over[-1] != " ":
                left.append(over.pop())
                continue
            over.pop()
        left.append(shown)
    while over:
        left.append(over.pop())
    text = "".join(left)
    if went_back:
        again = clean(text.encode())
        text = again
    return text


REPLACEMENT_CP = 0xFFFD
CUT = re.compile(r" …\[(\d+) (chars|bytes) cut\]… ")


def lines_of(data):
    lines = data.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    return lines


def same_line(printed, raw):
    """Whether `printed` is what may be printed of this line: whole, or head and tail around a mark with the right count."""
    whole = clean(raw)
    if printed == whole:
        return True
    for mark in CUT.finditer(printed):
        head, tail = printed[:mark.start()], printed[mark.end():]
        if not (whole.startswith(head) and whole.endswith(tail)):
            continue
        if mark.group(2) == "chars" and len(head) + len(tail) + int(mark.group(1)) == len(whole):
            return True
        if mark.group(2) == "bytes" and len(head.encode()) + len(tail.encode()) + int(mark.group(1)) == len(raw):
            return True
    return False


RANGE = re.compile(r"(\d+)(?:-(\d+))?$")


def number(field, noun):
    match = re.fullmatch(r"(\d+) %ss?" % noun, field)
    return int(match.group(1)) if match else None


class TextOutput:
    """The text form of one input, taken apart: header fields, (number, line) pairs, gaps."""

    def __init__(self, text):
        rows = text.split("\n")
        assert rows.pop() == "", "the output does not end in a newline"
        self.level = len(rows[0]) - len(rows[0].lstrip("["))
        assert self.level, "no header"
        self.header = self.fields(rows[0])
        self.lines, self.gaps, next_no = [], [], 1
        for row in rows[1:]:
            if not self.is_marker(row):
                self.lines.append((next_no, row))
                next_no += 1
                continue
            fields = self.fields(row)
            first, last = RANGE.match(fields[0]).groups()
            first, last = int(first), int(last or first)
            assert first == next_no, "a gap at %d, but line %d is next" % (first, next_no)
            gap = {"first": first, "last": last, "errors": 0, "warnings": 0}
            for field in fields[1:]:
                for noun in "error", "warning":
                    if number(field, noun) is not None:
                        gap[noun + "s"] = number(field, noun)
                count = number(field, "line")
                assert count is None or count == last - first + 1, "a gap miscounts its lines"
            self.gaps.append(gap)
            next_no = last + 1
        self.lines_total = next_no - 1

    def is_marker(self, row):
        return row.startswith("[" * self.level) and row[self.level:self.level + 1] != "["

    def fields(self, row):
        return row[self.level:-self.level].split("|")
