"""Uses libctxcut from Python through ctypes: counts tokens, reduces bytes, walks the picks.

    python3 reduce.py /usr/local/lib/libctxcut.so
"""
import ctypes
import sys

WRITE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(ctypes.c_char), ctypes.c_size_t)
LINES, GAP, FOLD = 0, 1, 2


class Pick(ctypes.Structure):
    _fields_ = [
        ("kind", ctypes.c_int),
        ("input", ctypes.c_size_t),
        ("first_line", ctypes.c_uint64),
        ("last_line", ctypes.c_uint64),
        ("errors", ctypes.c_uint64),
        ("warnings", ctypes.c_uint64),
        ("kinds", ctypes.c_uint64),
    ]


def load(path):
    lib = ctypes.CDLL(path)
    lib.ctxcut_new.restype = ctypes.c_void_p
    lib.ctxcut_free.argtypes = [ctypes.c_void_p]
    lib.ctxcut_error.argtypes = [ctypes.c_void_p]
    lib.ctxcut_error.restype = ctypes.c_char_p
    lib.ctxcut_set.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p]
    lib.ctxcut_begin.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    lib.ctxcut_feed.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
    lib.ctxcut_end.argtypes = [ctypes.c_void_p]
    lib.ctxcut_finish.argtypes = [ctypes.c_void_p]
    lib.ctxcut_render.argtypes = [ctypes.c_void_p, WRITE, ctypes.c_void_p]
    lib.ctxcut_next_pick.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_size_t), ctypes.POINTER(Pick)]
    lib.ctxcut_tokens.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t]
    lib.ctxcut_tokens.restype = ctypes.c_size_t
    return lib


class Reduction:
    def __init__(self, lib, **settings):
        self.lib = lib
        self.handle = lib.ctxcut_new()
        for name, value in settings.items():
            self.check(lib.ctxcut_set(self.handle, name.replace("_", "-").encode(), str(value).encode()))

    def check(self, status):
        if status:
            raise RuntimeError(self.lib.ctxcut_error(self.handle).decode())

    def feed(self, name, data, piece=4096):
        self.check(self.lib.ctxcut_begin(self.handle, name.encode()))
        for at in range(0, len(data), piece):
            part = data[at:at + piece]
            self.check(self.lib.ctxcut_feed(self.handle, part, len(part)))
        self.check(self.lib.ctxcut_end(self.handle))
        self.check(self.lib.ctxcut_finish(self.handle))

    def picks(self):
        cursor, pick = ctypes.c_size_t(0), Pick()
        while self.lib.ctxcut_next_pick(self.handle, ctypes.byref(cursor), ctypes.byref(pick)):
            yield pick

    def render(self):
        parts = []

        def write(_user, data, size):
            parts.append(ctypes.string_at(data, size))
            return 0

        self.check(self.lib.ctxcut_render(self.handle, WRITE(write), None))
        return b"".join(parts).decode()

    def close(self):
        self.lib.ctxcut_free(self.handle)


def main():
    lib = load(sys.argv[1])
    log = [f"[{i:4}/2000] compiling module_{i}.c" for i in range(1, 2001)]
    log.insert(1200, "module_1200.c:17:9: error: use of undeclared identifier 'total'")
    data = "\n".join(log).encode() + b"\n"
    before = lib.ctxcut_tokens(b"o200k_base", data, len(data))
    reduction = Reduction(lib, budget=200, store="no")
    reduction.feed("nightly build", data)
    text = reduction.render()
    covered = sum(pick.last_line - pick.first_line + 1 for pick in reduction.picks())
    reduction.close()
    after = lib.ctxcut_tokens(b"o200k_base", text.encode(), len(text.encode()))
    print(text, end="")
    print(f"{before} tokens before, {after} after; the picks cover {covered} of {len(log)} lines")


if __name__ == "__main__":
    main()
