/* The plain implementation of the shape: one byte after the other. It defines what log/shape_blocks.c must give. */
#include "log/shape.h"

#include "base/hash.h"
#include "base/limits.h"
#include "log/tuning.h"

#include <stdint.h>

enum {
	LOWER = 1,
	UPPER = 2,
	DIGIT = 4,
	NOT_HEX = 8, /* a letter past f */
	BLANK = 16,
	WORD = LOWER | UPPER | DIGIT,
};

/* clang-format off */
/* [0x00..0x20] and DEL are blank, letters and digits make words, every other byte is 0 and stays as it is. */
#define BLANK8 BLANK, BLANK, BLANK, BLANK, BLANK, BLANK, BLANK, BLANK
#define ZERO8 0, 0, 0, 0, 0, 0, 0, 0
#define LETTERS(c, p) c, c, c, c, c, c, p, p, p, p, p, p, p, p, p, p, p, p, p, p, p, p, p, p, p, p
#define DIGITS8 DIGIT, DIGIT, DIGIT, DIGIT, DIGIT, DIGIT, DIGIT, DIGIT
static const uint8_t class_of[256] = {
	BLANK8, BLANK8, BLANK8, BLANK8,                             /* 00 */
	BLANK, 0, 0, 0, 0, 0, 0, 0, ZERO8,                          /* 20 */
	DIGITS8, DIGIT, DIGIT, 0, 0, 0, 0, 0, 0,                    /* 30 */
	0, LETTERS(UPPER, UPPER | NOT_HEX), 0, 0, 0, 0, 0,          /* 40 */
	0, LETTERS(LOWER, LOWER | NOT_HEX), 0, 0, 0, 0, BLANK,      /* 60; the rest is 0 */
};
/* clang-format on */

static bool joins_masks(char c) { return c == ',' || c == '-' || c == '.' || c == '/' || c == ':' || c == '+'; }

/* A name in camel case has few lower-case runs of one letter and few upper-case runs of two or more; a base62 string
 * has one of either every four characters. */
static bool looks_random(const char *word, size_t len)
{
	size_t odd_runs = 0;
	for (size_t i = 0; i < len;) {
		uint8_t kind = class_of[(uint8_t)word[i]] & WORD;
		size_t start = i;
		while (i < len && (class_of[(uint8_t)word[i]] & WORD) == kind)
			i++;
		size_t run = i - start;
		odd_runs += (kind == LOWER && run == 1) || (kind == UPPER && run >= 2);
	}
	return odd_runs * SHAPE_RANDOM_EVERY >= len;
}

static bool has_two_digit_runs(const char *word, size_t len)
{
	size_t runs = 0;
	for (size_t i = 0; i < len && runs < 2; i++) {
		bool digit = class_of[(uint8_t)word[i]] & DIGIT;
		bool begins = i == 0 || !(class_of[(uint8_t)word[i - 1]] & DIGIT);
		runs += digit && begins;
	}
	return runs >= 2;
}

/* How many of the word's first bytes stay before its mask; len when nothing is masked. */
static size_t kept_prefix(const char *word, size_t len, uint8_t seen)
{
	bool digits = seen & DIGIT;
	if (digits && (!(seen & NOT_HEX) || has_two_digit_runs(word, len)))
		return 0;
	if (len >= SHAPE_LONG_WORD && looks_random(word, len))
		return 0;
	size_t i = 0;
	while (i < len && !(class_of[(uint8_t)word[i]] & DIGIT))
		i++;
	return i;
}

/* How many letters at the end of a word of leading digits stay after its mask. */
static size_t kept_suffix(const char *word, size_t len, uint8_t seen)
{
	if (seen & UPPER || !(seen & NOT_HEX))
		return 0;
	size_t digits = 0;
	while (digits < len && class_of[(uint8_t)word[digits]] & DIGIT)
		digits++;
	if (digits == 0 || len - digits < SHAPE_GLUED_LETTERS)
		return 0;
	for (size_t i = digits; i < len; i++)
		if (class_of[(uint8_t)word[i]] & DIGIT)
			return 0;
	return len - digits;
}

/* The word was copied to out[at..at+len); puts its mask there and returns the new end. `word` is the same in the
 * line. */
static size_t mask_word(char *out, size_t at, const char *word, size_t len, uint8_t seen)
{
	size_t prefix = kept_prefix(word, len, seen);
	if (prefix == len)
		return at + len;
	size_t suffix = prefix == 0 ? kept_suffix(word, len, seen) : 0;
	at += prefix;
	if (prefix == 0) {
		/* '0' stands in a shape only as a mask, so the bytes before tell whether this one joins another. */
		if (at >= 2 && out[at - 2] == '0' && joins_masks(out[at - 1]))
			at -= 2;
		else if (at >= 3 && out[at - 3] == '0' && out[at - 2] == ',' && out[at - 1] == ' ')
			at -= 3;
	}
	out[at++] = '0';
	if (suffix)
		memmove(out + at, word + (len - suffix), suffix);
	return at + suffix;
}

static bool in_path(char c)
{
	return class_of[(uint8_t)c] & WORD || c == '/' || c == '.' || c == '-' || c == '_' || c == '~' || c == '%' ||
	       c == '+' || c == '@' || c == '$' || (c & 0x80);
}

/* The end of the path whose first slash stands at p, or p when none begins there. */
static const char *path_end(const char *begin, const char *p, const char *end)
{
	if (p > begin && in_path(p[-1]))
		return p;
	const char *q = p + 1;
	while (q < end && *q == '/')
		q++;
	if (q == end || !(class_of[(uint8_t)*q] & WORD || *q == '.' || *q == '_' || *q == '~' || *q == '@'))
		return p;
	while (q < end && in_path(*q))
		q++;
	return q;
}

size_t shape_line_plain(struct span line, char *out)
{
	const char *p = line.ptr, *end = line.ptr + line.len;
	const char *word_end;
	size_t o = 0;
	while (p < end) {
		uint8_t class = class_of[(uint8_t)*p];
		if (class & WORD) {
			const char *word = p;
			size_t at = o;
			uint8_t seen = 0;
			do {
				seen |= class;
				out[o++] = *p++;
			} while (p < end && (class = class_of[(uint8_t)*p]) & WORD);
			if (seen & DIGIT || o - at >= SHAPE_LONG_WORD)
				o = mask_word(out, at, word, (size_t)(p - word), seen);
		} else if (class & BLANK) {
			do
				p++;
			while (p < end && class_of[(uint8_t)*p] & BLANK);
			out[o++] = ' ';
		} else if (*p == '/' && (word_end = path_end(line.ptr, p, end)) > p) {
			out[o++] = '/';
			out[o++] = '~';
			p = word_end;
		} else {
			out[o++] = *p++;
		}
	}
	while (o > 0 && out[o - 1] == ' ')
		o--;
	return o;
}

size_t shape_kept_prefix(const char *word, size_t len)
{
	uint8_t seen = 0;
	if (has_two_digit_runs(word, len)) /* soon found in random ones, which are the longest */
		return 0;
	for (size_t i = 0; i < len; i++)
		seen |= class_of[(uint8_t)word[i]];
	return kept_prefix(word, len, seen);
}

size_t shape_line(struct span line, char *out)
{
	struct classes classes;
	return classes_of(line, &classes) ? shape_of_classes(line, 0, &classes, out) : shape_line_plain(line, out);
}

uint64_t shape_hash(struct span line, char *scratch)
{
	size_t len = shape_line(span_head(line, LINE_JUDGED_BYTES), scratch);
	return hash64(scratch, len);
}
