/* Bounds on memory, in one place. Together they keep a run within 64 MiB whatever the input (promise P8).
 * Tests shrink some of them through `struct limits` to prove that a bounded run chooses as an unbounded one. */
#ifndef CTXCUT_BASE_LIMITS_H
#define CTXCUT_BASE_LIMITS_H

#include <stddef.h>

enum {
	READ_WINDOW_BYTES = 256 * 1024,   /* one read of a file or pipe */
	LINE_JUDGED_BYTES = 16 * 1024,    /* of a longer line, this much from its start is judged */
	LINE_TAIL_BYTES = 4 * 1024,       /* and this much of its end is kept for printing */
	LINE_PRINT_HEAD_CHARS = 220,      /* an over-long line prints as its first … */
	LINE_PRINT_TAIL_CHARS = 80,       /* … and last characters with a mark between */
};

struct limits {
	size_t records;        /* line records of the input that is read */
	size_t candidates;     /* lines of all inputs read so far that may be chosen */
	size_t shapes;         /* distinct shapes in the miner */
	size_t shape_bytes;    /* text of shapes in the miner */
	size_t memory_bytes;   /* of an original held in memory before it is spooled */
};
#define LIMITS_DEFAULT \
	((struct limits){ \
		.records = 256 * 1024, .candidates = 128 * 1024, .shapes = 48 * 1024, \
		.shape_bytes = 10 * 1024 * 1024, .memory_bytes = 4 * 1024 * 1024 \
	})

#endif
