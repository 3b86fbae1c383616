#include "text/tokens.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "text/merge.h"
#include "text/split.h"
#include "text/utf8.h"

#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* A longer piece is cut here, at the start of a character: it bounds the memory of a stream and of a merge (28 bytes
 * a byte), and makes one huge piece linear. The patterns break at every change between letters, digits, blanks and
 * symbols, and at line ends, so text that people or programs write to be read stays three orders of magnitude below.
 * Only fills meet it (a hole of NULs in a log, a genome on one line). There the count came out over by at most one
 * token a cut, in a million random letters or bases, and exact in runs of one character. */
enum { PIECE_MAX_BYTES = 64 * 1024 };

/* Anthropic does not publish the vocabulary of Claude 3 and later. Reports of counts against o200k_base, on English
 * text and code: 1.05 to 1.35 times as many for models to 4.6, 1.3 to 1.7 for later ones; more for CJK and emoji, on
 * which o200k_base is unusually good. A budget that must hold needs the upper end: 1.7 for pieces of ASCII, and 2.5
 * for pieces with anything else. In tenths, so that the sum is an integer until the end and the same however the text
 * is cut. */
enum { CLAUDE_ASCII_TENTHS = 17, CLAUDE_OTHER_TENTHS = 25 };

/* What one encoding is made of: sums are kept in units, `divisor` of which are a token. */
struct scheme {
	const char *name, *brief_name;
	const struct vocab *vocab;
	unsigned ascii_units, other_units, divisor;
};

static const struct scheme schemes[] = {
	[ENCODING_O200K] = {"o200k_base", "o200k", &vocab_o200k, 1, 1, 1},
	[ENCODING_CL100K] = {"cl100k_base", "cl100k", &vocab_cl100k, 1, 1, 1},
	[ENCODING_CLAUDE] = {"claude", "claude", &vocab_o200k,
			     CLAUDE_ASCII_TENTHS, CLAUDE_OTHER_TENTHS, 10},
};

bool encoding_from_name(const char *name, enum encoding *out)
{
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
		if (strcmp(name, schemes[i].name) != 0 && strcmp(name, schemes[i].brief_name) != 0)
			continue;
		*out = (enum encoding)i;
		return true;
	}
	return false;
}

const char *encoding_name(enum encoding e) { return schemes[e].name; }

bool encoding_is_estimate(enum encoding e) { return e == ENCODING_CLAUDE; }

/* Text repeats itself, and its words most of all: what a short piece became is remembered per thread in direct-mapped
 * tables, one for each vocabulary. A piece that is found there takes one load from a near cache, and no branch on
 * whether it was a token or had to be merged (on CI logs every sixth has to be). Measured in MB/s on CI logs, service
 * logs and C headers: without 135, 240, 165; with it 250, 500, 220; half and twice the slots change that by a
 * twentieth. An empty entry is no piece: the last byte of what is looked up is not NUL. */
enum { MEMO_BRIEF = 8192, MEMO_MIDDLE = 2048 };

struct memo {
	struct {
		uint64_t word, tokens;
	} brief[MEMO_BRIEF]; /* pieces of up to 8 bytes; 128 KB */
	struct {
		uint64_t first, second, tokens;
	} middle[MEMO_MIDDLE]; /* of 9 to 16; 48 KB */
};

static _Thread_local struct memo memo_o200k, memo_cl100k;

/* Tokens of a piece of valid UTF-8. */
static size_t count_anew(const struct vocab *v, const unsigned char *p, size_t len, const unsigned char *end)
{
	return vocab_rank(v, p, len, end) != VOCAB_NO_RANK ? 1 : merge_count(v, p, len, end);
}

/* The same of 2 to 16 bytes, with the memory. */
SPLIT_INLINE size_t count_short(const struct vocab *v, struct memo *memo, const unsigned char *p, size_t len,
				const unsigned char *end)
{
	if (len <= 8 && p[len - 1] != 0) {
		uint64_t word = vocab_word_of(p, len, end), i = (vocab_hash1(word) >> 32) % MEMO_BRIEF;
		if (UNLIKELY(memo->brief[i].word != word)) {
			memo->brief[i].word = word;
			memo->brief[i].tokens = count_anew(v, p, len, end);
		}
		return memo->brief[i].tokens;
	}
	if (p[len - 1] == 0)
		return count_anew(v, p, len, end);
	uint64_t first = vocab_word(p), second = vocab_second_word(p, len);
	uint64_t i = (vocab_hash2(first, second) >> 32) % MEMO_MIDDLE;
	if (UNLIKELY(memo->middle[i].first != first || memo->middle[i].second != second)) {
		memo->middle[i].first = first;
		memo->middle[i].second = second;
		memo->middle[i].tokens = count_anew(v, p, len, end);
	}
	return memo->middle[i].tokens;
}

/* Tokens of a piece with invalid UTF-8 in it, which counts as U+FFFD. */
static size_t count_repaired(const struct vocab *v, const unsigned char *p, size_t len)
{
	struct buf b = {0};
	const char *at = (const char *)p, *end = at + len;

	buf_reserve(&b, len + len / 2);
	while (at < end) {
		uint32_t cp;
		bool valid;
		size_t n = utf8_decode(at, end, &cp, &valid);
		if (valid)
			buf_add(&b, at, n);
		else
			utf8_encode(&b, cp);
		at += n;
	}
	const unsigned char *repaired = (const unsigned char *)b.ptr;
	size_t count = count_anew(v, repaired, b.len, repaired + b.len);
	buf_release(&b);
	return count;
}

struct long_piece {
	const unsigned char *end;
	size_t len, tokens;
};

/* Tokens of a long or invalid piece. A fill goes on as it was: the same bytes as the long piece right before need no
 * merging again. (Apart from the loop over pieces, because in it this costs a tenth of the speed.) */
static __attribute__((noinline)) size_t count_long(const struct vocab *v, struct long_piece *last,
						   const unsigned char *p, const unsigned char *to,
						   const unsigned char *end, bool invalid)
{
	size_t len = (size_t)(to - p);

	if (len != last->len || p != last->end || memcmp(p - len, p, len) != 0) {
		last->tokens = invalid ? count_repaired(v, p, len) : count_anew(v, p, len, end);
		last->len = len;
	}
	last->end = to;
	return last->tokens;
}

static bool is_ascii(const unsigned char *p, size_t len)
{
	return utf8_ascii_prefix(span_of((const char *)p, len)) == len;
}

/* Where the piece at p may end at most. */
static const unsigned char *piece_bound(const unsigned char *p, const unsigned char *end)
{
	if (end - p <= PIECE_MAX_BYTES)
		return end;
	end = p + PIECE_MAX_BYTES;
	for (int i = 0; i < 3 && (*end & 0xC0) == 0x80; i++)
		end--;
	return end;
}

/* Units of the pieces that start before `stop`; `*p` moves behind the last of them. Ends early above `limit` units. */
static inline uint64_t count_pieces(const struct scheme *s, bool o200k, const unsigned char **p,
				    const unsigned char *stop, const unsigned char *end, uint64_t limit)
{
	const struct vocab *v = s->vocab;
	struct memo *memo = o200k ? &memo_o200k : &memo_cl100k;
	struct long_piece last_long = {0};
	const unsigned char *at = *p;
	uint64_t units = 0;

	while (at < stop && units <= limit) {
		const unsigned char *bound = piece_bound(at, end), *to = split_ascii(at, bound, o200k);
		bool invalid = false, ascii = to;
		if (!to) {
			struct piece piece = o200k ? split_any_o200k(at, bound) : split_any_cl100k(at, bound);
			to = piece.end;
			invalid = piece.invalid;
			ascii = is_ascii(at, (size_t)(to - at));
		}
		size_t len = (size_t)(to - at), tokens = 1;
		if (len <= 16 && !invalid) {
			if (len > 1)
				tokens = count_short(v, memo, at, len, end);
		} else {
			tokens = count_long(v, &last_long, at, to, end, invalid);
		}
		units += tokens * (ascii ? s->ascii_units : s->other_units);
		at = to;
	}
	*p = at;
	return units;
}

static uint64_t count_units(const struct scheme *s, const unsigned char **p, const unsigned char *stop,
			    const unsigned char *end, uint64_t limit)
{
	if (s->vocab == &vocab_cl100k)
		return count_pieces(s, false, p, stop, end, limit);
	return count_pieces(s, true, p, stop, end, limit);
}

static size_t units_to_tokens(const struct scheme *s, uint64_t units)
{
	return (size_t)((units + s->divisor - 1) / s->divisor);
}

size_t tokens_count_upto(enum encoding e, struct span text, size_t limit)
{
	if (!text.len)
		return 0; /* the pointer may be NULL, to which nothing may be added */
	const struct scheme *s = &schemes[e];
	const unsigned char *p = (const unsigned char *)text.ptr, *end = p + text.len;
	uint64_t limit_units = limit > UINT64_MAX / s->divisor ? UINT64_MAX : (uint64_t)limit * s->divisor;

	return units_to_tokens(s, count_units(s, &p, end, end, limit_units));
}

size_t tokens_count(enum encoding e, struct span text) { return tokens_count_upto(e, text, SIZE_MAX); }

bool tokens_cut_is_exact(struct span after_newline)
{
	if (after_newline.len == 0)
		return true;
	unsigned char c = (unsigned char)after_newline.ptr[0];
	return c < 0x80 && c != ' ' && !(c >= '\t' && c <= '\r') && c != '/';
}

/* The next piece is only looked for when all that it may reach to is there. */
struct token_stream {
	const struct scheme *scheme;
	uint64_t units;
	size_t from, to; /* what is not counted yet, in bytes[] */
	unsigned char bytes[4 * PIECE_MAX_BYTES];
};

struct token_stream *token_stream_new(enum encoding e)
{
	struct token_stream *s = mem_alloc(sizeof *s);
	s->scheme = &schemes[e];
	s->units = 0;
	s->from = s->to = 0;
	return s;
}

void token_stream_feed(struct token_stream *s, struct span bytes)
{
	while (bytes.len > 0) {
		size_t room = sizeof s->bytes - s->to, n = bytes.len < room ? bytes.len : room;
		memcpy(s->bytes + s->to, bytes.ptr, n);
		s->to += n;
		bytes = span_from(bytes, n);
		if (s->to < sizeof s->bytes)
			return;
		const unsigned char *p = s->bytes + s->from, *end = s->bytes + s->to;
		s->units += count_units(s->scheme, &p, end - PIECE_MAX_BYTES, end, UINT64_MAX);
		s->to = (size_t)(end - p);
		s->from = 0;
		memmove(s->bytes, p, s->to);
	}
}

size_t token_stream_so_far(const struct token_stream *s) { return units_to_tokens(s->scheme, s->units); }

size_t token_stream_finish(struct token_stream *s)
{
	const unsigned char *p = s->bytes + s->from, *end = s->bytes + s->to;
	s->units += count_units(s->scheme, &p, end, end, UINT64_MAX);
	s->from = s->to = 0;
	return units_to_tokens(s->scheme, s->units);
}

void token_stream_free(struct token_stream *s) { free(s); }
