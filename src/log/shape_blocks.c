/* The shape of a line from its bitmaps, 64 bytes at a time: sums do what loops over the bytes of a word would. A one that is added to
 * the first bit of a run of ones clears the run and comes out behind it; so runs are followed up to an end, over block ends by
 * the carry. What would have to be followed down, from a word's end to its start, is decided word by word: that are words that
 * begin with a letter and have a digit, and long ones. */
#include "log/shape.h"

#include "log/tuning.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))

enum { BLOCK = CLASSES_BLOCK };
static const uint64_t all = ~UINT64_C(0);

struct shaper {
	struct span line;
	const struct class_bits *at;
	uint64_t masked[CLASSES_BLOCKS + 1], path[CLASSES_BLOCKS], path_start[CLASSES_BLOCKS];
	uint64_t glued[CLASSES_BLOCKS]; /* see unmask_glued_word */
	bool any_glued;
	struct class_picks picks[CLASSES_BLOCKS + 1];
};

/* The 64 bits from bit i on; past the last block are zeros. */
#define FROM(s, bits, i) from_bit((s)->at[(i) / BLOCK].bits, (s)->at[(i) / BLOCK + 1].bits, (i) % BLOCK)
static inline uint64_t from_bit(uint64_t low, uint64_t high, size_t bit) { return low >> bit | high << 1 << (BLOCK - 1 - bit); }

/* The 64 bits before bit i, the nearest in the top bit. */
#define BEFORE(s, bits, i) from_bit((i) / BLOCK > 0 ? (s)->at[(i) / BLOCK - 1].bits : 0, (s)->at[(i) / BLOCK].bits, (i) % BLOCK)

static inline unsigned lowest(uint64_t bits) { return bits ? (unsigned)__builtin_ctzll(bits) : BLOCK; }
static inline unsigned leading(uint64_t bits) { return bits ? (unsigned)__builtin_clzll(bits) : BLOCK; }
static inline uint64_t ones(unsigned n) { return n < BLOCK ? ~(all << n) : all; }

static inline uint64_t add(uint64_t a, uint64_t b, uint64_t *carry)
{
	unsigned long long half, sum;
	uint64_t first = __builtin_uaddll_overflow(a, b, &half);
	uint64_t second = __builtin_uaddll_overflow(half, *carry, &sum);
	*carry = first | second;
	return sum;
}

/* Each bit one place up; the one that goes beyond comes with the next block. */
static inline uint64_t up(uint64_t bits, unsigned places, uint64_t before) { return bits << places | before >> (BLOCK - places); }

static inline bool in_line(const struct shaper *s, size_t i) { return i < s->line.len; }

/* ---- word by word ------------------------------------------------------------------------------------------------- */

static bool is_word_at(const struct shaper *s, size_t i) { return s->at[i / BLOCK].word >> i % BLOCK & 1; }

/* See looks_random in log/shape.c. */
static bool looks_random(uint64_t word, uint64_t digit, uint64_t upper, unsigned len)
{
	uint64_t lower = word & ~digit & ~upper;
	uint64_t alone = lower & ~(lower << 1) & ~(lower >> 1), together = upper & ~(upper << 1) & upper >> 1;
	return (unsigned)(__builtin_popcountll(alone) + __builtin_popcountll(together)) * SHAPE_RANDOM_EVERY >= len;
}

static void set_masked(struct shaper *s, size_t from, size_t to)
{
	for (size_t k = from / BLOCK; from < to; k++) {
		size_t end = (k + 1) * BLOCK < to ? (k + 1) * BLOCK : to;
		s->masked[k] |= ones((unsigned)(end - from)) << from % BLOCK;
		from = end;
	}
}

static void clear_masked(struct shaper *s, size_t from, size_t to)
{
	for (size_t k = from / BLOCK; from < to; k++) {
		size_t end = (k + 1) * BLOCK < to ? (k + 1) * BLOCK : to;
		s->masked[k] &= ~(ones((unsigned)(end - from)) << from % BLOCK);
		from = end;
	}
}

static void mask_very_long_word(struct shaper *s, size_t start, size_t first_masked)
{
	size_t end = start;
	for (unsigned more = BLOCK; more == BLOCK; end += more)
		more = lowest(~FROM(s, word, end));
	if (shape_kept_prefix(s->line.ptr + start, end - start) == 0)
		set_masked(s, start, first_masked < end ? first_masked : end);
}

/* A word that begins with a letter and whose first digit is at `digit`: it is masked from there on. */
static inline void mask_word_with_digit(struct shaper *s, size_t digit)
{
	unsigned letters = leading(~BEFORE(s, word, digit));
	size_t start = digit - letters;
	if (__builtin_expect(letters == BLOCK, 0)) {
		while (start > 0 && is_word_at(s, start - 1))
			start--;
		mask_very_long_word(s, start, digit);
		return;
	}
	unsigned len = lowest(~FROM(s, word, start));
	if (__builtin_expect(len == BLOCK, 0)) {
		mask_very_long_word(s, start, digit);
		return;
	}
	uint64_t word = ones(len), digits = FROM(s, digit, start) & word;
	bool hex = !(FROM(s, not_hex, start) & word), runs = (digits + (digits & -digits)) & digits;
	if (hex || runs || (len >= SHAPE_LONG_WORD && looks_random(word, digits, FROM(s, upper, start) & word, len)))
		set_masked(s, start, digit);
}

/* `end` is the last of the first SHAPE_LONG_WORD letters or digits of a word. */
static inline void mask_long_word(struct shaper *s, size_t end)
{
	size_t start = end - (SHAPE_LONG_WORD - 1);
	unsigned len = lowest(~FROM(s, word, start));
	if (__builtin_expect(len == BLOCK, 0)) {
		mask_very_long_word(s, start, SIZE_MAX);
		return;
	}
	uint64_t word = ones(len), digits = FROM(s, digit, start) & word;
	if (!digits && looks_random(word, 0, FROM(s, upper, start) & word, len))
		set_masked(s, start, start + len);
}

/* Digits and letters behind them, glued: `end` is the last of the first SHAPE_GLUED_LETTERS of these. */
static void unmask_glued_word(struct shaper *s, size_t end)
{
	size_t letter = end - (SHAPE_GLUED_LETTERS - 1), start = letter, after = letter;
	while (start > 0 && s->at[(start - 1) / BLOCK].digit >> (start - 1) % BLOCK & 1)
		start--;
	if (start > 0 && is_word_at(s, start - 1))
		return;
	bool not_hex = false;
	for (; in_line(s, after) && is_word_at(s, after); after++) {
		const struct class_bits *b = &s->at[after / BLOCK];
		if ((b->digit | b->upper) >> after % BLOCK & 1)
			return;
		not_hex |= b->not_hex >> after % BLOCK & 1;
	}
	if (not_hex)
		clear_masked(s, letter, after);
}

/* Whether the slash at i begins a path, when none of a path's characters stands before it. */
static bool begins_path(const struct shaper *s, size_t i)
{
	do
		i++;
	while (in_line(s, i) && s->line.ptr[i] == '/');
	if (!in_line(s, i))
		return false;
	char c = s->line.ptr[i];
	return is_word_at(s, i) || c == '.' || c == '_' || c == '~' || c == '@';
}

/* ---- block by block ----------------------------------------------------------------------------------------------- */

/* What came of the block before. */
struct before {
	uint64_t word, digit, lower, glued, path;    /* its bits */
	uint64_t two, four, eight, sixteen;          /* its ends of so many letters and digits in a row */
	uint64_t carry_digit, carry_tail, carry_path;
};

/* The masks of words, and paths. */
static ALWAYS_INLINE void find_masks(struct shaper *s, size_t blocks)
{
	struct before was = {0};
	memset(s->masked, 0, (blocks + 1) * sizeof *s->masked);
#pragma GCC unroll 2
	for (size_t k = 0; k < blocks; k++) {
		const struct class_bits *b = &s->at[k];
		const uint64_t word = b->word, digit = b->digit, lower = word & ~digit & ~b->upper;
		const uint64_t start = word & ~up(word, 1, was.word);
		const uint64_t first_digit = add(word & ~digit, start, &was.carry_digit) & digit;
		const uint64_t tail = word & ~add(word, first_digit, &was.carry_tail);

		uint64_t begun = 0;
		for (uint64_t left = b->slash & ~up(b->path, 1, was.path); left; left &= left - 1)
			if (begins_path(s, k * BLOCK + lowest(left)))
				begun |= left & -left;
		const uint64_t path = b->path & ~add(b->path, begun, &was.carry_path);

		const uint64_t two = word & up(word, 1, was.word), four = two & up(two, 2, was.two), eight = four & up(four, 4, was.four);
		const uint64_t sixteen = eight & up(eight, 8, was.eight);
		const uint64_t glued = lower & up(digit, 1, was.digit);
		s->glued[k] = 0;
		if (glued | was.glued) { /* a letter behind a digit: there are not many */
			s->glued[k] = lower & up(lower, 1, was.lower) & up(lower, 2, was.lower) & up(lower, 3, was.lower) & up(digit, 4, was.digit) & ~path;
			s->any_glued |= s->glued[k] != 0;
		}
		s->path[k] = path;
		s->path_start[k] = begun;
		s->masked[k] |= tail & ~path;
		for (uint64_t left = first_digit & ~start & ~path; left; left &= left - 1)
			mask_word_with_digit(s, k * BLOCK + lowest(left));
		for (uint64_t left = sixteen & ~up(sixteen, 1, was.sixteen) & ~path & ~tail; left; left &= left - 1)
			mask_long_word(s, k * BLOCK + lowest(left));
		was.word = word;
		was.digit = digit;
		was.lower = lower;
		was.glued = glued;
		was.path = b->path;
		was.two = two;
		was.four = four;
		was.eight = eight;
		was.sixteen = sixteen;
	}
	for (size_t k = 0; s->any_glued && k < blocks; k++)
		for (uint64_t left = s->glued[k]; left; left &= left - 1)
			unmask_glued_word(s, k * BLOCK + lowest(left));
}

/* Whether masks are joined over the blanks before i by a comma; if so it is not kept, nor are they. */
static void join_over_blanks(struct shaper *s, size_t i)
{
	size_t comma = i - 1;
	while (comma > 0 && s->at[comma / BLOCK].blank >> comma % BLOCK & 1)
		comma--;
	if (!(s->at[comma / BLOCK].comma >> comma % BLOCK & 1) || comma == 0 ||
	    !(s->masked[(comma - 1) / BLOCK] >> (comma - 1) % BLOCK & 1))
		return;
	for (; comma <= i; comma++)
		s->picks[comma / BLOCK].keep &= ~(UINT64_C(1) << comma % BLOCK);
}

/* What stands in the shape. A join is seen at the start of the second mask and takes away up to two characters before it. */
static ALWAYS_INLINE void pick(struct shaper *s, size_t blocks)
{
	uint64_t was_word = 0, was_masked = 0, was_blank = 0, was_joiner = 0, was_comma = 0, was_path_start = 0;
#pragma GCC unroll 2
	for (size_t k = 0; k < blocks; k++) {
		const struct class_bits *b = &s->at[k];
		const uint64_t masked = s->masked[k], mask_start = masked & ~up(masked, 1, was_masked);
		const uint64_t whole = mask_start & ~up(b->word, 1, was_word); /* the mask begins where its word does */
		const uint64_t blank_before = up(b->blank, 1, was_blank);
		const uint64_t joined = whole & up(b->joiner, 1, was_joiner) & up(masked, 2, was_masked);
		const uint64_t listed = whole & blank_before & up(b->comma, 2, was_comma) & up(masked, 3, was_masked);
		const uint64_t spaced = whole & blank_before & up(b->blank, 2, was_blank);
		const uint64_t tilde = up(s->path_start[k], 1, was_path_start);
		uint64_t gone = (masked & ~mask_start) | (b->blank & blank_before) | (s->path[k] & ~s->path_start[k] & ~tilde);
		gone |= joined | joined >> 1 | listed | listed >> 1 | listed >> 2;
		if (k > 0)
			s->picks[k - 1].keep &= ~(joined << 63 | listed << 63 | listed << 62);
		const uint64_t left = (k + 1) * BLOCK <= s->line.len ? all : ~(all << s->line.len % BLOCK);
		s->picks[k].keep = left & ~gone;
		s->picks[k].zero = mask_start;
		s->picks[k].tilde = tilde;
		s->picks[k].blank = b->odd_blank;
		for (uint64_t over = spaced; over; over &= over - 1)
			join_over_blanks(s, k * BLOCK + lowest(over));
		was_word = b->word;
		was_masked = masked;
		was_blank = b->blank;
		was_joiner = b->joiner;
		was_comma = b->comma;
		was_path_start = s->path_start[k];
	}
}

size_t shape_of_classes(struct span line, size_t from, struct classes *classes, char *out)
{
	struct shaper s;
	if (from >= line.len)
		return 0;
	const size_t before = from / BLOCK, blocks = classes->blocks - before;
	struct class_bits *b = &classes->at[before];
	s.line = span_from(line, before * BLOCK);
	s.at = b;
	s.any_glued = false;
	const uint64_t there = all << from % BLOCK;
	if (from % BLOCK)
		*b = (struct class_bits){
			.digit = b->digit & there, .upper = b->upper & there, .word = b->word & there, .not_hex = b->not_hex & there,
			.blank = b->blank & there, .odd_blank = b->odd_blank & there, .path = b->path & there, .joiner = b->joiner & there,
			.comma = b->comma & there, .slash = b->slash & there,
		};
	/* Most lines are of one or two blocks: with nothing to go on from and to, half of the work falls away. */
	if (blocks == 1) {
		find_masks(&s, 1);
		pick(&s, 1);
	} else if (blocks == 2) {
		find_masks(&s, 2);
		pick(&s, 2);
	} else {
		find_masks(&s, blocks);
		pick(&s, blocks);
	}
	s.picks[0].keep &= there;
	size_t len = classes_pick(s.line, 0, s.picks, out);
	return len && out[len - 1] == ' ' ? len - 1 : len;
}
