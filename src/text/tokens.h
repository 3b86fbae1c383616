/* Exact token counts in the public vocabularies, and a labelled estimate for the one that is not public.
 *
 * Splitting is hand-coded after the published patterns of o200k_base and cl100k_base (no regex engine), pieces are
 * looked up whole in the vocabulary and merged by byte-pair ranks only when they are not in it. Invalid UTF-8: each
 * maximal invalid part counts as U+FFFD. Counts are those of encode_ordinary (special tokens are plain text). */
#ifndef CTXCUT_TEXT_TOKENS_H
#define CTXCUT_TEXT_TOKENS_H

#include "base/span.h"

enum encoding {
	ENCODING_O200K,
	ENCODING_CL100K,
	ENCODING_CLAUDE, /* not public: a stated factor on exact o200k, rounded up */
};

bool encoding_from_name(const char *name, enum encoding *out); /* o200k_base, cl100k_base, claude, and short forms */
const char *encoding_name(enum encoding e);
bool encoding_is_estimate(enum encoding e);

/* Tokens of these bytes. Thread-safe; no work at start-up: tables are constant data in the program. Each thread
 * remembers pieces, in at most 448 KiB a vocabulary. */
size_t tokens_count(enum encoding e, struct span text);

/* As tokens_count, but may stop once the count exceeds `limit`; then returns some number > limit. */
size_t tokens_count_upto(enum encoding e, struct span text, size_t limit);

/* True when tokens(a) + tokens(b) = tokens(a b) is certain for a cut before this byte sequence that follows a newline:
 * its first byte is ASCII, not white space and (o200k) not '/', or there is none because the text ends. */
bool tokens_cut_is_exact(struct span after_newline);

/* Exact count of a concatenation fed piece by piece, however it is cut: the same as tokens_count of the whole. Bounded
 * memory: 256 KiB, and while a piece (what the patterns split off: a word, a run of blanks) of 64 KiB is merged 1.8 MiB
 * more, 5.5 MiB if all of it is invalid UTF-8. A longer piece counts as several in both functions. */
struct token_stream;
struct token_stream *token_stream_new(enum encoding e);
void token_stream_feed(struct token_stream *s, struct span bytes);
size_t token_stream_so_far(const struct token_stream *s); /* at least; what was fed last is not counted yet */
size_t token_stream_finish(struct token_stream *s); /* the total; the stream can then only be freed */
void token_stream_free(struct token_stream *s);

#endif
