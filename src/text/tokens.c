#include "text/tokens.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "text/split.h"
#include "text/utf8.h"
#include "text/window.h"

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

static _Thread_local struct memo memo_o200k, memo_cl100k;

/* Tokens of a piece with invalid UTF-8 in it, which counts as U+FFFD. */
static size_t count_repaired(const struct vocab *v, struct memo *memo, const unsigned char *p, size_t len)
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
	size_t count = memo_count(memo, v, repaired, b.len, repaired + b.len);
	buf_release(&b);
	return count;
}

struct long_piece {
	const unsigned char *end;
	size_t len, tokens;
};

/* Tokens of a piece that no window told. A fill goes on as it was: the same bytes as the long piece right before need no
 * merging again. */
static size_t count_piece(const struct vocab *v, struct memo *memo, struct long_piece *last, const unsigned char *p,
			  const unsigned char *to, const unsigned char *end, bool invalid)
{
	size_t len = (size_t)(to - p);

	if (len <= MEMO_LENGTHY_MOST)
		return invalid ? count_repaired(v, memo, p, len) : memo_count(memo, v, p, len, end);
	if (len != last->len || p != last->end || memcmp(p - len, p, len) != 0) {
		last->tokens = invalid ? count_repaired(v, memo, p, len) : memo_count(memo, v, p, len, end);
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
		/* Text in another script stays out of ASCII for long. */
		if (stop - at >= WINDOW_READS_BYTES && !(vocab_word(at) & UINT64_C(0x8080808080808080))) {
			uint64_t most = (limit - units) / s->ascii_units;
			units += window_count(v, memo, o200k, &at, stop, most) * s->ascii_units;
		}
		const unsigned char *bound = piece_bound(at, end), *to = split_ascii(at, bound, o200k);
		bool invalid = false, ascii = to;
		if (!to) {
			struct piece piece = o200k ? split_any_o200k(at, bound) : split_any_cl100k(at, bound);
			to = piece.end;
			invalid = piece.invalid;
			ascii = is_ascii(at, (size_t)(to - at));
		}
		size_t tokens = to - at == 1 && !invalid ? 1 : count_piece(v, memo, &last_long, at, to, end, invalid);
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
