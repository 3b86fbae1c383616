/* The shape of a line: the line with its variable parts replaced by '0'. Worked out for every line of a log, so it
 * makes one pass over the bytes into the caller's buffer, allocates nothing and looks at no word twice except at the
 * rare ones below.
 *
 * A word is a run of ASCII letters and digits. What becomes '0':
 *   - a word of hex digits that contains a digit                                    (1f3a, 10, deadbeef0)
 *   - a word whose digits stand in two or more runs: an identifier, not a word      (x7f9k, 5kYp3q)
 *   - of any other word, everything from its first digit on                         (node17 -> node0, 0x1f -> 0) except
 *     letters that follow leading digits, four or more, all lower case       (5failed -> 0failed)
 *   - a long word (SHAPE_LONG_WORD) whose upper and lower case alternate as in no name: a random identifier
 * A path from its leading slash on, as far as letters, digits and "/._-~%+@$" go, is "/~": its words name files, not
 * kinds of line. The slash stands where no such character stands before it (not in "and/or", not in "src/main.c").
 * One of "+,-./:" between two masks is absorbed with them, and a comma and space too, so that times, addresses,
 * UUIDs and arrays of numbers are one mask. White space and control bytes become one space each run, none at the
 * end. All other bytes stay, those of UTF-8 too. '0' stands in a shape only as a mask. */
#ifndef CTXCUT_LOG_SHAPE_H
#define CTXCUT_LOG_SHAPE_H

#include <stdint.h>

#include "base/span.h"
#include "text/classes.h"

/* Writes the shape of `line` to `out`, which has room for line.len bytes; returns its length, at most line.len.
 * `out` must not overlap the line. */
size_t shape_line(struct span line, char *out);

/* The same of what stands from `from` on in a line whose classes are known; those before are forgotten. */
size_t shape_of_classes(struct span line, size_t from, struct classes *classes, char *out);

/* The same byte by byte: what the others must give. */
size_t shape_line_plain(struct span line, char *out);

/* Hash of the shape of a line's first LINE_JUDGED_BYTES, for which `scratch` has room. */
uint64_t shape_hash(struct span line, char *scratch);

/* How many of the first bytes of a word with digits, or of SHAPE_LONG_WORD and more, stay before its mask; len when nothing is
 * masked. */
size_t shape_kept_prefix(const char *word, size_t len);

#endif
