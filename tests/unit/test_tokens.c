/* Also the counter of tests/oracle/tokens.mjs: with --count ENCODING it reads byte strings (length in 4 bytes, then the
 * bytes) from standard input and prints the count of each. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "base/mem.h"
#include "text/merge.h"
#include "text/split.h"
#include "text/tokens.h"
#include "text/utf8.h"
#include "text/window.h"

static uint32_t state_random = 1;
static uint32_t random_below(uint32_t n)
{
	state_random ^= state_random << 13;
	state_random ^= state_random >> 17;
	state_random ^= state_random << 5;
	return state_random % n;
}

static const struct fixture {
	struct span text;
	size_t o200k, cl100k;
} fixtures[] = {
#define CASE(text, o200k, cl100k) {{text, sizeof text - 1}, o200k, cl100k},
#include "tokens_cases.def"
#undef CASE
};

/* ---- a plain twin of the splitter: the two patterns, interpreted by backtracking over decoded characters ---- */

struct chars {
	uint32_t *cp;
	unsigned *class_bit;
	size_t *at; /* byte offset; one more than there are characters */
	size_t count;
};

static void decode_all(struct chars *c, struct span text)
{
	c->cp = mem_zalloc(text.len + 1, sizeof *c->cp);
	c->class_bit = mem_zalloc(text.len + 1, sizeof *c->class_bit);
	c->at = mem_zalloc(text.len + 1, sizeof *c->at);
	c->count = 0;
	for (size_t i = 0; i < text.len; c->count++) {
		bool valid;
		c->at[c->count] = i;
		i += utf8_decode(text.ptr + i, text.ptr + text.len, &c->cp[c->count], &valid);
		c->class_bit[c->count] = 1u << unicode_class(c->cp[c->count]);
	}
	c->at[c->count] = text.len;
}

static void chars_release(struct chars *c)
{
	free(c->cp);
	free(c->class_bit);
	free(c->at);
}

enum {
	O = 1 << CHAR_OTHER,
	U = 1 << CHAR_UPPER,
	L = 1 << CHAR_LOWER,
	B = 1 << CHAR_LETTER,
	M = 1 << CHAR_MARK,
	N = 1 << CHAR_NUMBER,
	S = 1 << CHAR_SPACE,
	R = 1 << CHAR_NEWLINE,
	BLANK = 1 << 8,  /* the one character ' ' */
	SLASH = 1 << 9,  /* '/' */
	/* Not characters: */
	CONTRACTION = 1 << 10,
	NOT_BEFORE_VISIBLE = 1 << 11, /* (?!\S) */
	DONE = 0,
};

struct element {
	unsigned set;
	size_t min, max;
};

#define ANY SIZE_MAX
static const struct element o200k_pattern[][5] = {
	{{O | M | S, 0, 1}, {U | B | M, 0, ANY}, {L | B | M, 1, ANY}, {CONTRACTION, 0, 1}},
	{{O | M | S, 0, 1}, {U | B | M, 1, ANY}, {L | B | M, 0, ANY}, {CONTRACTION, 0, 1}},
	{{N, 1, 3}},
	{{BLANK, 0, 1}, {O | M, 1, ANY}, {R | SLASH, 0, ANY}},
	{{S | R, 0, ANY}, {R, 1, ANY}},
	{{S | R, 1, ANY}, {NOT_BEFORE_VISIBLE, 1, 1}},
	{{S | R, 1, ANY}},
};
static const struct element cl100k_pattern[][5] = {
	{{CONTRACTION, 1, 1}},
	{{O | M | S, 0, 1}, {U | L | B, 1, ANY}},
	{{N, 1, 3}},
	{{BLANK, 0, 1}, {O | M, 1, ANY}, {R, 0, ANY}},
	{{S | R, 0, ANY}, {R, 1, ANY}},
	{{S | R, 1, ANY}, {NOT_BEFORE_VISIBLE, 1, 1}},
	{{S | R, 1, ANY}},
};
enum { ALTERNATIVES = 7 };

static uint32_t folded(uint32_t cp)
{
	if (cp == 0x17F)
		return 's';
	return cp >= 'A' && cp <= 'Z' ? cp + 32 : cp;
}

/* How many characters one repetition of an element takes at i; SIZE_MAX when it does not fit. */
static size_t fits(const struct chars *c, size_t i, unsigned set)
{
	if (set == NOT_BEFORE_VISIBLE)
		return i == c->count || c->class_bit[i] & (S | R) ? 0 : SIZE_MAX;
	if (set == CONTRACTION) {
		static const char *const tails[] = {"s", "t", "re", "ve", "m", "ll", "d"};
		for (size_t k = 0; k < 7; k++) {
			size_t n = strlen(tails[k]);
			if (c->count - i < n + 1 || c->cp[i] != '\'')
				continue;
			size_t same = 0;
			while (same < n && folded(c->cp[i + 1 + same]) == (unsigned char)tails[k][same])
				same++;
			if (same == n)
				return n + 1;
		}
		return SIZE_MAX;
	}
	if (i == c->count)
		return SIZE_MAX;
	bool in = c->class_bit[i] & set || (set & BLANK && c->cp[i] == ' ') || (set & SLASH && c->cp[i] == '/');
	return in ? 1 : SIZE_MAX;
}

/* Where the match of the elements from e on ends, or SIZE_MAX: greedy, giving back one repetition at a time. */
static size_t match(const struct chars *c, size_t i, const struct element *e)
{
	if (e->set == DONE)
		return i;
	size_t *ends = mem_zalloc(c->count - i + 2, sizeof *ends), times = 0, result = SIZE_MAX;
	ends[0] = i;
	while (times < e->max) {
		size_t n = fits(c, ends[times], e->set);
		if (n == SIZE_MAX)
			break;
		ends[times + 1] = ends[times] + n;
		times++;
		if (n == 0)
			break;
	}
	for (size_t t = times + 1; t-- > e->min && result == SIZE_MAX;)
		result = match(c, ends[t], e + 1);
	free(ends);
	return result;
}

static size_t plain_piece_end(const struct chars *c, size_t i, bool o200k)
{
	for (size_t k = 0; k < ALTERNATIVES; k++) {
		size_t end = match(c, i, o200k ? o200k_pattern[k] : cl100k_pattern[k]);
		if (end != SIZE_MAX)
			return end;
	}
	fail_msg("no alternative fits");
	return SIZE_MAX;
}

/* ---- and of the merging: join the pair of lowest rank, look at everything again ---- */

static size_t plain_merge(const struct vocab *v, const unsigned char *p, size_t len)
{
	size_t *start = mem_zalloc(len + 1, sizeof *start), parts = len;
	for (size_t i = 0; i <= len; i++)
		start[i] = i;
	for (;;) {
		uint32_t lowest = VOCAB_NO_RANK;
		size_t at = 0;
		for (size_t i = 0; i + 2 <= parts; i++) {
			uint32_t rank = vocab_rank(v, p + start[i], start[i + 2] - start[i], p + len);
			if (rank < lowest) {
				lowest = rank;
				at = i;
			}
		}
		if (lowest == VOCAB_NO_RANK)
			break;
		memmove(start + at + 1, start + at + 2, (parts - at - 1) * sizeof *start);
		parts--;
	}
	free(start);
	return parts;
}

static size_t plain_count(enum encoding e, struct span text)
{
	bool o200k = e != ENCODING_CL100K;
	const struct vocab *v = o200k ? &vocab_o200k : &vocab_cl100k;
	struct chars c;
	size_t tokens = 0;
	decode_all(&c, text);
	for (size_t i = 0, end; i < c.count; i = end) {
		struct buf b = {0};
		end = plain_piece_end(&c, i, o200k);
		for (size_t k = i; k < end; k++)
			utf8_encode(&b, c.cp[k]);
		/* A piece that is a token is one, even where merging would not find it. */
		const unsigned char *p = (const unsigned char *)b.ptr;
		tokens += vocab_rank(v, p, b.len, p + b.len) != VOCAB_NO_RANK ? 1 : plain_merge(v, p, b.len);
		buf_release(&b);
	}
	chars_release(&c);
	return tokens;
}

/* ---- random text that visits every class and the edges between them ---- */

static void add_random(struct buf *b)
{
	static const uint32_t of_class[][4] = {
		{'!', '/', '\'', 0x20AC},	  {'A', 'Z', 0x414, 0x1C5},
		{'a', 's', 0x17F, 0x434},	  {0x6771, 0x2B0, 0xAA, 0x5D0},
		{0x301, 0x93E, 0xFE0F, 0x20E3}, {'0', '7', 0x663, 0x2167},
		{' ', '\t', 0xA0, 0x3000},	  {'\n', '\r', '\n', '\n'},
	};
	static const char *const fixed[] = {
		"'s", "'LL", "'Re", "'vE", "error", "Error", "  ", "\r\n", "://", "don't", "12345", "====", "qzx",
		"\xFF", "\xE2\x82", "\xF0\x9F\x98", "\xC3", "\xF0\x9F\x98\x80",
	};
	switch (random_below(8)) {
	case 0:
		utf8_encode(b, random_below(0x110000));
		break;
	case 1:
		buf_add_str(b, fixed[random_below(sizeof fixed / sizeof *fixed)]);
		break;
	case 2:
		buf_add_char(b, (char)random_below(256));
		break;
	case 3:
		buf_add_char(b, (char)('a' + random_below(26)));
		break;
	default:
		utf8_encode(b, of_class[random_below(8)][random_below(4)]);
	}
}

static const enum encoding exact[] = {ENCODING_O200K, ENCODING_CL100K};

static void counts_are_those_of_the_reference(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof fixtures / sizeof *fixtures; i++) {
		/* A heap copy of the exact size, so that a sanitizer sees a read past the end. */
		char *copy = mem_alloc(fixtures[i].text.len + 1);
		copy = mem_realloc(copy, fixtures[i].text.len ? fixtures[i].text.len : 1, 1);
		memcpy(copy, fixtures[i].text.ptr, fixtures[i].text.len);
		struct span text = span_of(copy, fixtures[i].text.len);
		if (tokens_count(ENCODING_O200K, text) != fixtures[i].o200k ||
		    tokens_count(ENCODING_CL100K, text) != fixtures[i].cl100k)
			fail_msg("case %zu: %zu and %zu, not %zu and %zu", i, tokens_count(ENCODING_O200K, text),
				 tokens_count(ENCODING_CL100K, text), fixtures[i].o200k, fixtures[i].cl100k);
		free(copy);
	}
}

static void pieces_are_those_of_the_patterns(void **state)
{
	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct buf b = {0};
		for (uint32_t n = 1 + random_below(14); n > 0; n--)
			add_random(&b);
		struct chars c;
		decode_all(&c, buf_span(&b));
		const unsigned char *p = (const unsigned char *)b.ptr;
		for (int o200k = 0; o200k < 2; o200k++) {
			for (size_t i = 0, end; i < c.count; i = end) {
				end = plain_piece_end(&c, i, o200k);
				struct piece got = o200k ? split_any_o200k(p + c.at[i], p + b.len)
							 : split_any_cl100k(p + c.at[i], p + b.len);
				assert_int_equal(got.end - p, c.at[end]);
				const unsigned char *quick = split_ascii(p + c.at[i], p + b.len, o200k);
				if (quick)
					assert_int_equal(quick - p, c.at[end]);
				if (!utf8_valid(span_of(b.ptr + c.at[i], c.at[end] - c.at[i])))
					assert_true(got.invalid);
			}
		}
		chars_release(&c);
		buf_release(&b);
	}
}

static void counts_are_those_of_a_plain_splitter_and_merger(void **state)
{
	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct buf b = {0};
		for (uint32_t n = random_below(40); n > 0; n--)
			add_random(&b);
		for (size_t k = 0; k < 2; k++)
			assert_int_equal(tokens_count(exact[k], buf_span(&b)), plain_count(exact[k], buf_span(&b)));
		buf_release(&b);
	}
}

/* Text as programs write it: ASCII for the most part, and every way in which spaces, newlines, symbols, words and digits
 * meet; now and then something else. */
static void add_written(struct buf *b)
{
	static const char *const parts[] = {
		" ", " ", "  ", "\t", "\n", "\n", "\r\n", "\n\n", " \n", "\n \n", "\n\t\n", "/", "//", "\n/", ";", "{", "(", "_",
		"'", "'s", "'x", "don't", "a", "Z", "err", "Err", "ERR", "camelCase", "HTTPServer", "1", "12", "123", "1234",
		"12345678901234567890", "=====", "-", "\v", "\f", "\x1B[0m", "\x7F", "               ", "averylongidentifier",
		"averyverylongidentifierindeed",
	};
	static const char *const others[] = {"\xC3\xA9", "\xE2\x80\xA6", "\xC2\xA0", "\xCC\x81", "\xFF", "'\xC5\xBF"};
	if (random_below(120) == 0)
		buf_add_str(b, others[random_below(sizeof others / sizeof *others)]);
	else if (random_below(200) == 0)
		buf_add_char(b, 0);
	else if (random_below(10) == 0)
		for (uint32_t n = 1 + random_below(17); n > 0; n--)
			buf_add_char(b, (char)('a' + random_below(26)));
	else
		buf_add_str(b, parts[random_below(sizeof parts / sizeof *parts)]);
}

static uint64_t bit_if(bool is, size_t i) { return (uint64_t)is << i; }

static void a_window_tells_where_the_pieces_of_the_patterns_begin(void **state)
{
	(void)state;
	size_t told = 0;
	for (int round = 0; round < 30000; round++) {
		struct buf b = {0};
		struct chars c;
		struct window w = {0};
		while (b.len < 2 * WINDOW_BYTES)
			add_written(&b);
		decode_all(&c, buf_span(&b));
		for (size_t i = 0; i < WINDOW_BYTES; i++) {
			unsigned char x = (unsigned char)b.ptr[i], class = x && x < 0x80 ? split_class[x] : SPLIT_HIGH;
			w.letter |= bit_if(split_is_letter(class), i);
			w.raised |= bit_if(x & 0x20, i);
			w.number |= bit_if(class == CHAR_NUMBER, i);
			w.blank |= bit_if(x == ' ', i);
			w.space |= bit_if(class == CHAR_SPACE, i);
			w.newline |= bit_if(class == CHAR_NEWLINE, i);
			w.slash |= bit_if(x == '/', i);
			w.quote |= bit_if(x == '\'', i);
			w.odd |= bit_if(class == SPLIT_HIGH, i);
		}
		for (int o200k = 0; o200k < 2; o200k++) {
			uint64_t starts = window_starts(&w, o200k), want = 0;
			size_t last = 63 - (size_t)__builtin_clzll(starts);
			for (size_t i = 0; c.at[i] <= last; i = plain_piece_end(&c, i, o200k))
				want |= UINT64_C(1) << c.at[i];
			if (starts != want)
				fail_msg("%016llx, not %016llx, in %.64s", (unsigned long long)starts,
					 (unsigned long long)want, b.ptr);
			told += last;
		}
		chars_release(&c);
		buf_release(&b);
	}
	assert_true(told > 30000 * 2 * 24); /* of 64, in spite of all that ends a window */
}

static void counts_are_the_same_with_every_instruction_set(void **state)
{
	(void)state;
	const char *name = NULL;
	for (int round = 0; round < 2000; round++) {
		struct buf b = {0};
		for (size_t len = random_below(600); b.len < len;)
			add_written(&b);
		for (size_t k = 0; k < 2; k++) {
			size_t want = plain_count(exact[k], buf_span(&b));
			/* A heap copy of the exact size, so that a sanitizer sees a read past the end. */
			char *copy = mem_alloc(b.len ? b.len : 1);
			memcpy(copy, b.len ? b.ptr : "", b.len);
			for (size_t i = 0; (name = window_name(i)); i++)
				if (window_use(name) && tokens_count(exact[k], span_of(copy, b.len)) != want)
					fail_msg("%s: %zu, not %zu, in %.*s", name,
						 tokens_count(exact[k], span_of(copy, b.len)), want, (int)b.len, copy);
			free(copy);
		}
		buf_release(&b);
	}
	assert_false(window_use("abacus"));
}

static void one_byte_and_up_to_three_digits_are_one_token(void **state)
{
	(void)state;
	static const struct vocab *const vocabs[] = {&vocab_o200k, &vocab_cl100k};
	for (size_t k = 0; k < 2; k++) {
		for (unsigned c = 0; c < 256; c++) {
			unsigned char byte = (unsigned char)c;
			assert_int_not_equal(vocab_rank(vocabs[k], &byte, 1, &byte + 1), VOCAB_NO_RANK);
		}
		for (unsigned n = 0; n < 1000; n++)
			for (int digits = n < 10 ? 1 : n < 100 ? 2 : 3; digits <= 3; digits++) {
				char text[8];
				snprintf(text, sizeof text, "%0*u", digits, n);
				const unsigned char *p = (const unsigned char *)text;
				assert_int_not_equal(vocab_rank(vocabs[k], p, (size_t)digits, p + digits), VOCAB_NO_RANK);
			}
	}
}

static void long_pieces_merge_as_short_ones(void **state)
{
	(void)state;
	/* Lengths around those at which the way of merging changes, in alphabets that merge much and little. */
	static const uint32_t lengths[] = {2, 90, 95, 96, 97, 98, 130, 511, 512, 513, 700};
	static const char *const alphabets[] = {"a", "ab", "abcdefghijklmnopqrstuvwxyz", "etaoin", "=-"};
	static const struct vocab *const vocabs[] = {&vocab_o200k, &vocab_cl100k};
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		for (size_t k = 0; k < sizeof alphabets / sizeof *alphabets; k++) {
			size_t len = lengths[i];
			unsigned char *p = mem_alloc(len);
			for (size_t j = 0; j < len; j++)
				p[j] = (unsigned char)alphabets[k][random_below((uint32_t)strlen(alphabets[k]))];
			for (size_t j = 0; j < 2; j++)
				assert_int_equal(merge_count(vocabs[j], p, len, p + len),
						 plain_merge(vocabs[j], p, len));
			free(p);
		}
	}
}

static uint32_t rank_at(const struct vocab *v, const struct vocab_table *t, size_t slot)
{
	const unsigned char *r = (const unsigned char *)v + t->ranks_at + 3 * slot;
	return (uint32_t)r[0] | (uint32_t)r[1] << 8 | (uint32_t)r[2] << 16;
}

static size_t check_found(const struct vocab *v, const unsigned char *p, size_t len, uint32_t rank, unsigned char *seen)
{
	if (len == 0)
		return 0; /* a free slot */
	assert_int_equal(vocab_rank(v, p, len, p + len), rank);
	assert_true(rank < v->tokens);
	assert_false(seen[rank]);
	seen[rank] = 1;
	return 1;
}

static void every_token_of_a_table_is_found_with_its_rank(void **state)
{
	(void)state;
	const struct vocab *const vocabs[] = {&vocab_o200k, &vocab_cl100k};
	for (size_t i = 0; i < 2; i++) {
		const struct vocab *v = vocabs[i];
		const unsigned char *base = (const unsigned char *)v;
		unsigned char *seen = mem_zalloc(v->tokens, 1);
		size_t found = 0;
		assert_int_equal(v->magic, VOCAB_MAGIC);
		for (size_t slot = 0; slot < v->brief.slots; slot++) {
			const unsigned char *p = base + v->brief.keys_at + 8 * slot;
			found += check_found(v, p, strnlen((const char *)p, 8), rank_at(v, &v->brief, slot), seen);
		}
		for (size_t slot = 0; slot < v->middle.slots; slot++) {
			const unsigned char *p = base + v->middle.keys_at + 16 * slot;
			found += check_found(v, p, strnlen((const char *)p, 16), rank_at(v, &v->middle, slot),
					     seen);
		}
		for (size_t slot = 0; slot < v->lengthy.slots; slot++) {
			struct vocab_long entry;
			memcpy(&entry, base + v->lengthy.keys_at + sizeof entry * slot, sizeof entry);
			const unsigned char *p = base + v->bytes_at + entry.at;
			found += check_found(v, p, entry.len, rank_at(v, &v->lengthy, slot), seen);
		}
		/* A NUL inside a short token would be missed above; none is. */
		assert_int_equal(found, v->tokens);
		free(seen);
	}
	assert_int_equal(vocab_o200k.tokens, 199998);
	assert_int_equal(vocab_cl100k.tokens, 100256);
}

/* A text of some hundred kilobytes, with pieces beyond the longest that is counted as one. */
static void make_long_text(struct buf *b)
{
	while (b->len < 100000)
		add_random(b);
	for (size_t i = 0; i < 150000; i++)
		buf_add_char(b, 'x');
	buf_add_str(b, "\n");
	for (size_t i = 0; i < 70000; i++)
		utf8_encode(b, 0x1F600 + random_below(64));
	for (size_t i = 0; i < 100000; i++)
		buf_add_char(b, ' ');
	while (b->len < 700000)
		add_random(b);
}

static void a_stream_counts_as_the_whole_however_it_is_cut(void **state)
{
	(void)state;
	static const uint32_t steps[] = {1, 4096, 65537, 5000000};
	static const enum encoding all[] = {ENCODING_O200K, ENCODING_CL100K, ENCODING_CLAUDE};
	struct buf b = {0};
	make_long_text(&b);
	for (size_t k = 0; k < 3; k++) {
		size_t want = tokens_count(all[k], buf_span(&b));
		for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
			struct token_stream *s = token_stream_new(all[k]);
			struct span rest = buf_span(&b);
			while (rest.len > 0) {
				struct span head = span_head(rest, 1 + random_below(steps[i]));
				token_stream_feed(s, head);
				rest = span_from(rest, head.len);
			}
			assert_int_equal(token_stream_finish(s), want);
			token_stream_free(s);
		}
	}
	struct token_stream *s = token_stream_new(ENCODING_O200K);
	token_stream_feed(s, SPAN(""));
	assert_int_equal(token_stream_finish(s), 0);
	token_stream_free(s);
	token_stream_free(NULL);
	buf_release(&b);
}

static void what_is_remembered_is_not_taken_for_another_piece(void **state)
{
	(void)state;
	/* Far more words than the memory has places, alike in their beginnings. */
	static const char beginning[] = "qzxvkjwq";
	for (size_t k = 0; k < 2; k++) {
		for (int round = 0; round < 20000; round++) {
			char word[16];
			size_t same = random_below(2) ? 7 : 1, len = same + 1 + random_below(same == 7 ? 9 : 7);
			memcpy(word, beginning, same);
			for (size_t i = same; i < len; i++)
				word[i] = (char)('a' + random_below(26));
			const unsigned char *p = (const unsigned char *)word;
			const struct vocab *v = k ? &vocab_cl100k : &vocab_o200k;
			size_t want = vocab_rank(v, p, len, p + len) != VOCAB_NO_RANK ? 1 : plain_merge(v, p, len);
			assert_int_equal(tokens_count(exact[k], span_of(word, len)), want);
		}
	}
}

static void a_huge_piece_counts_as_the_sum_of_its_parts(void **state)
{
	(void)state;
	const size_t part = 64 * 1024;
	char *text = mem_alloc(4 * part);
	for (size_t k = 0; k < 2; k++) {
		/* Equal parts, then one that differs from the part before in its last byte. */
		memset(text, 'x', 4 * part);
		size_t xs = tokens_count(exact[k], span_of(text, part));
		assert_int_equal(tokens_count(exact[k], span_of(text, 4 * part)), 4 * xs);
		text[3 * part - 1] = 'q';
		size_t xq = tokens_count(exact[k], span_of(text + 2 * part, part));
		assert_int_not_equal(xq, xs);
		assert_int_equal(tokens_count(exact[k], span_of(text, 4 * part)), 3 * xs + xq);
		/* A character is not cut: 65,535 bytes of three-byte arrows are a part. */
		for (size_t i = 0; i + 3 <= 4 * part; i += 3)
			memcpy(text + i, "\xE2\x86\x92", 3);
		size_t most = part / 3 * 3;
		assert_int_equal(tokens_count(exact[k], span_of(text, 3 * most)),
				 3 * tokens_count(exact[k], span_of(text, most)));
	}
	free(text);
}

static void counts_add_up_at_a_cut_that_is_called_exact(void **state)
{
	(void)state;
	size_t tried = 0;
	for (int round = 0; round < 20000; round++) {
		struct buf b = {0};
		for (uint32_t n = 1 + random_below(10); n > 0; n--)
			add_random(&b);
		buf_add_char(&b, '\n');
		size_t cut = b.len;
		for (uint32_t n = 1 + random_below(10); n > 0; n--)
			add_random(&b);
		struct span head = span_head(buf_span(&b), cut), tail = span_from(buf_span(&b), cut);
		if (tokens_cut_is_exact(tail)) {
			tried++;
			for (size_t k = 0; k < 2; k++)
				assert_int_equal(tokens_count(exact[k], head) + tokens_count(exact[k], tail),
						 tokens_count(exact[k], buf_span(&b)));
		}
		buf_release(&b);
	}
	assert_true(tried > 2000);
	/* And where it is not called exact, it need not be. */
	assert_false(tokens_cut_is_exact(SPAN("/b")));
	assert_false(tokens_cut_is_exact(SPAN("\nb")));
	assert_false(tokens_cut_is_exact(SPAN(" b")));
	assert_false(tokens_cut_is_exact(SPAN("\xC2\xA0")));
	assert_true(tokens_cut_is_exact(SPAN("b")));
	assert_true(tokens_cut_is_exact(SPAN("\x1B[0m")));
	assert_true(tokens_count(ENCODING_O200K, SPAN("!\n/b")) !=
		    tokens_count(ENCODING_O200K, SPAN("!\n")) + tokens_count(ENCODING_O200K, SPAN("/b")));
}

static void counting_up_to_a_limit_tells_only_whether_it_is_exceeded(void **state)
{
	(void)state;
	struct span text = SPAN("The quick brown fox jumps over the lazy dog, 東京 12345.");
	static const enum encoding all[] = {ENCODING_O200K, ENCODING_CL100K, ENCODING_CLAUDE};
	for (size_t k = 0; k < 3; k++) {
		size_t full = tokens_count(all[k], text);
		for (size_t limit = 0; limit < full + 3; limit++) {
			size_t got = tokens_count_upto(all[k], text, limit);
			if (limit >= full)
				assert_int_equal(got, full);
			else
				assert_true(got > limit);
		}
		assert_int_equal(tokens_count_upto(all[k], text, SIZE_MAX), full);
	}
	/* It stops early: what is far behind the limit is not even touched. */
	size_t readable = 1 << 18, mapped = 1 << 20;
	char *words = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(words, MAP_FAILED);
	for (size_t i = 0; i < readable; i++)
		words[i] = i % 2 ? 'a' : ' ';
	assert_int_equal(mprotect(words + readable, mapped - readable, PROT_NONE), 0);
	for (size_t k = 0; k < 3; k++)
		assert_in_range(tokens_count_upto(all[k], span_of(words, mapped), 10), 11, 20);
	munmap(words, mapped);
}

static void the_estimate_is_never_below_the_exact_count_and_is_called_one(void **state)
{
	(void)state;
	assert_true(encoding_is_estimate(ENCODING_CLAUDE));
	assert_false(encoding_is_estimate(ENCODING_O200K));
	assert_false(encoding_is_estimate(ENCODING_CL100K));
	assert_int_equal(tokens_count(ENCODING_CLAUDE, SPAN("")), 0);
	/* Rounded up: one token of ASCII is 1.7, of anything else 2.5; "a" + " b" together 3.4. */
	assert_int_equal(tokens_count(ENCODING_CLAUDE, SPAN("a")), 2);
	assert_int_equal(tokens_count(ENCODING_CLAUDE, SPAN("a b")), 4);
	assert_int_equal(tokens_count(ENCODING_CLAUDE, SPAN("\xC3\xA9")), 3);
	for (size_t i = 0; i < sizeof fixtures / sizeof *fixtures; i++) {
		size_t estimate = tokens_count(ENCODING_CLAUDE, fixtures[i].text);
		assert_true(10 * estimate >= 17 * fixtures[i].o200k);
		assert_true(10 * estimate <= 25 * fixtures[i].o200k + 9);
	}
}

static void names_are_known_in_full_and_short(void **state)
{
	(void)state;
	enum encoding e;
	assert_true(encoding_from_name("o200k_base", &e) && e == ENCODING_O200K);
	assert_true(encoding_from_name("o200k", &e) && e == ENCODING_O200K);
	assert_true(encoding_from_name("cl100k_base", &e) && e == ENCODING_CL100K);
	assert_true(encoding_from_name("cl100k", &e) && e == ENCODING_CL100K);
	assert_true(encoding_from_name("claude", &e) && e == ENCODING_CLAUDE);
	assert_false(encoding_from_name("gpt2", &e));
	assert_false(encoding_from_name("", &e));
	assert_string_equal(encoding_name(ENCODING_O200K), "o200k_base");
	assert_string_equal(encoding_name(ENCODING_CLAUDE), "claude");
}

static void *count_all_fixtures(void *result)
{
	size_t *sum = result;
	for (int round = 0; round < 20; round++)
		for (size_t i = 0; i < sizeof fixtures / sizeof *fixtures; i++)
			*sum += tokens_count(ENCODING_O200K, fixtures[i].text) +
				tokens_count(ENCODING_CL100K, fixtures[i].text);
	return NULL;
}

static void threads_count_at_the_same_time(void **state)
{
	(void)state;
	pthread_t threads[4];
	size_t sums[4] = {0}, want = 0;
	for (size_t i = 0; i < sizeof fixtures / sizeof *fixtures; i++)
		want += 20 * (fixtures[i].o200k + fixtures[i].cl100k);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_all_fixtures, &sums[i]), 0);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(sums[i], want);
	}
}

static int count_records(const char *name)
{
	enum encoding e;
	unsigned char head[4];
	if (!encoding_from_name(name, &e))
		return 2;
	while (fread(head, 1, sizeof head, stdin) == sizeof head) {
		size_t len = (size_t)head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 | (size_t)head[3] << 24;
		char *bytes = mem_alloc(len ? len : 1);
		if (fread(bytes, 1, len, stdin) != len)
			return 1;
		printf("%zu\n", tokens_count(e, span_of(bytes, len)));
		free(bytes);
	}
	return fflush(stdout) != 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_are_those_of_the_reference),
		cmocka_unit_test(pieces_are_those_of_the_patterns),
		cmocka_unit_test(counts_are_those_of_a_plain_splitter_and_merger),
		cmocka_unit_test(a_window_tells_where_the_pieces_of_the_patterns_begin),
		cmocka_unit_test(counts_are_the_same_with_every_instruction_set),
		cmocka_unit_test(one_byte_and_up_to_three_digits_are_one_token),
		cmocka_unit_test(long_pieces_merge_as_short_ones),
		cmocka_unit_test(every_token_of_a_table_is_found_with_its_rank),
		cmocka_unit_test(a_stream_counts_as_the_whole_however_it_is_cut),
		cmocka_unit_test(what_is_remembered_is_not_taken_for_another_piece),
		cmocka_unit_test(a_huge_piece_counts_as_the_sum_of_its_parts),
		cmocka_unit_test(counts_add_up_at_a_cut_that_is_called_exact),
		cmocka_unit_test(counting_up_to_a_limit_tells_only_whether_it_is_exceeded),
		cmocka_unit_test(the_estimate_is_never_below_the_exact_count_and_is_called_one),
		cmocka_unit_test(threads_count_at_the_same_time),
		cmocka_unit_test(names_are_known_in_full_and_short),
	};
	if (argc == 3 && strcmp(argv[1], "--count") == 0)
		return count_records(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
