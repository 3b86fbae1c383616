/* The promises of DESIGN section 1 that can be seen from inside one process, held over many inputs, budgets, forms and
 * vocabularies. PROPERTY_ROUNDS (default 2) says how many inputs of each sort. What needs processes, files and faults is
 * in run.py beside this file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "api/reduction.h"
#include "generate.h"
#include "text/clean.h"
#include "text/tokens.h"
#include "text/utf8.h"

#include <inttypes.h>
#include <unistd.h>

static const char *const formats[] = {"text", "json", "markdown"};
static const char *const encodings[] = {"o200k_base", "cl100k_base", "claude"};

struct setup {
	size_t budget;
	size_t format, encoding;
	bool line_numbers;
	bool color;
	size_t names, name_tokens; /* inputs, and the tokens of their longest name */
	char about[160]; /* what is tested, for messages */
};

static struct span at_hand; /* the output at hand, for PROPERTY_SHOW */

#define HOLDS(setup, condition)                                                                     \
	do {                                                                                        \
		if (!(condition)) {                                                                 \
			if (getenv("PROPERTY_SHOW"))                                                \
				fprintf(stderr, "%.*s\n", (int)at_hand.len, at_hand.ptr);               \
			print_error("%s: not so: %s\n", (setup)->about, #condition);                \
			fail();                                                                     \
		}                                                                                   \
	} while (0)

static size_t rounds(void)
{
	const char *set = getenv("PROPERTY_ROUNDS");
	return set ? (size_t)strtoul(set, NULL, 10) : 2;
}

static struct ctxcut *ready(const struct setup *s)
{
	struct ctxcut *c = ctxcut_new();
	char budget[32];
	snprintf(budget, sizeof budget, "%zu", s->budget);
	assert_int_equal(ctxcut_set(c, "budget", s->budget ? budget : "none"), CTXCUT_OK);
	assert_int_equal(ctxcut_set(c, "format", formats[s->format]), CTXCUT_OK);
	assert_int_equal(ctxcut_set(c, "encoding", encodings[s->encoding]), CTXCUT_OK);
	assert_int_equal(ctxcut_set(c, "line-numbers", s->line_numbers ? "yes" : "no"), CTXCUT_OK);
	assert_int_equal(ctxcut_set(c, "color", s->color ? "yes" : "no"), CTXCUT_OK);
	assert_int_equal(ctxcut_set(c, "store", "no"), CTXCUT_OK);
	return c;
}

/* step 0: all at once; else pieces of up to that many bytes. */
static void feed(struct ctxcut *c, const char *name, struct span bytes, size_t step, uint64_t *r)
{
	assert_int_equal(ctxcut_begin(c, name), CTXCUT_OK);
	while (bytes.len) {
		size_t n = step == 0 ? bytes.len : step == 1 ? 1 : 1 + below(r, step);
		struct span part = span_head(bytes, n);
		assert_int_equal(ctxcut_feed(c, part.ptr, part.len), CTXCUT_OK);
		bytes = span_from(bytes, part.len);
	}
	assert_int_equal(ctxcut_end(c), CTXCUT_OK);
}

static int collect(void *user, const char *bytes, size_t len)
{
	buf_add(user, bytes, len);
	return 0;
}

/* ---- the input, plainly ------------------------------------------------------------------------------------------ */

struct plain {
	struct span *lines;
	size_t count;
	bool open_end;
};

static struct plain plain_of(struct span s)
{
	if (span_starts(s, SPAN("\xef\xbb\xbf"))) /* a byte order mark is no text */
		s = span_from(s, 3);
	struct plain p = {.open_end = s.len && s.ptr[s.len - 1] != '\n'};
	size_t cap = 0;
	while (s.len) {
		size_t n = 0;
		while (n < s.len && s.ptr[n] != '\n')
			n++;
		if (p.count == cap)
			p.lines = realloc(p.lines, (cap = cap ? 2 * cap : 64) * sizeof *p.lines);
		p.lines[p.count++] = span_head(s, n);
		s = span_from(s, n + 1);
	}
	return p;
}

/* ---- single promises --------------------------------------------------------------------------------------------- */

/* Where the mark of a cut ends that begins at `s`, and how many characters it stands for; 0: there is none. SIZE_MAX characters:
 * as many as it may be. */
static size_t mark_at(struct span s, size_t *chars)
{
	size_t i = strlen("…[");
	if (!span_starts(s, SPAN("…[")))
		return 0;
	*chars = 0;
	size_t digits = i;
	while (i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9')
		*chars = *chars * 10 + (size_t)(s.ptr[i++] - '0');
	if (i > digits && span_starts(span_from(s, i), SPAN(" cut]…")))
		return i + strlen(" cut]…");
	*chars = SIZE_MAX;
	if (i > digits && span_starts(span_from(s, i), SPAN(" bytes cut]…")))
		return i + strlen(" bytes cut]…");
	return span_starts(s, SPAN("…[more than 4 GiB cut]…")) ? strlen("…[more than 4 GiB cut]…") : 0;
}

static struct span without_chars(struct span s, size_t chars)
{
	size_t i = 0;
	while (chars-- && i < s.len)
		do
			i++;
		while (i < s.len && ((unsigned char)s.ptr[i] & 0xc0) == 0x80);
	return span_from(s, i);
}

/* Whether `printed` is `whole`, piece by piece in order, with marks for exactly what is missing between the pieces. */
static bool is_excerpt(struct span printed, struct span whole)
{
	for (;;) {
		size_t same = 0, chars, end;
		while (same < printed.len && same < whole.len && printed.ptr[same] == whole.ptr[same] && !mark_at(span_from(printed, same), &chars))
			same++;
		printed = span_from(printed, same);
		whole = span_from(whole, same);
		if (printed.len == 0)
			return whole.len == 0;
		end = mark_at(printed, &chars);
		if (!end)
			return false;
		/* The input may hold what looks like a mark. */
		if (span_starts(whole, span_head(printed, end)) && is_excerpt(span_from(printed, end), span_from(whole, end)))
			return true;
		printed = span_from(printed, end);
		if (chars == SIZE_MAX)
			return printed.len <= whole.len && span_eq(printed, span_from(whole, whole.len - printed.len));
		whole = without_chars(whole, chars);
	}
}

/* P1: the line as cleaned, or pieces of it. */
static void check_line(const struct setup *s, struct span printed, struct span raw)
{
	struct buf cleaned = {0};
	clean_line(&cleaned, raw);
	struct span whole = buf_span(&cleaned);
	HOLDS(s, span_eq(printed, whole) || is_excerpt(printed, whole));
	buf_release(&cleaned);
}

/* P1 and P2: the picks tile each input, their counts sum to the input's, and the lines are those of the input. */
static void check_picks(const struct setup *s, struct ctxcut *c, const struct plain *plain, size_t inputs)
{
	struct ctxcut_pick p;
	size_t cursor = 0, at = 0;
	HOLDS(s, ctxcut_input_count(c) == inputs);
	bool more = ctxcut_next_pick(c, &cursor, &p);
	for (; at < inputs; at++) {
		struct ctxcut_input_info info;
		assert_int_equal(ctxcut_input(c, at, &info), CTXCUT_OK);
		uint64_t next = 1, errors = 0, warnings = 0, shown = 0;
		for (; more && p.input == at; more = ctxcut_next_pick(c, &cursor, &p)) {
			HOLDS(s, p.first_line == next && p.last_line >= p.first_line);
			next = p.last_line + 1;
			errors += p.errors;
			warnings += p.warnings;
			HOLDS(s, p.errors + p.warnings <= p.last_line - p.first_line + 1);
			HOLDS(s, p.kinds <= p.last_line - p.first_line + 1);
			if (p.kind != CTXCUT_LINES)
				continue;
			shown += p.errors;
			for (uint64_t no = p.first_line; no <= p.last_line; no++) {
				size_t len;
				const char *line = ctxcut_line(c, at, no, &len);
				HOLDS(s, line != NULL);
				check_line(s, span_of(line, len), plain[at].lines[no - 1]);
			}
		}
		HOLDS(s, next == plain[at].count + 1);
		HOLDS(s, info.lines == plain[at].count);
		HOLDS(s, info.errors == errors && info.warnings == warnings && info.errors_shown == shown);
	}
	HOLDS(s, !more);
}

/* What a header, a gap on either side, the name of an input and a few words take at most, measured. Below, the number of
 * errors is stated all the same. */
static size_t least_shown(const struct setup *s)
{
	size_t tokens = s->format == RENDER_JSON ? 260 : 130;
	if (s->names > 1)
		tokens += s->format == RENDER_JSON ? 60 : 40;
	tokens += s->name_tokens * (s->format == RENDER_JSON ? 2 : 1);
	return encoding_is_estimate((enum encoding)s->encoding) ? tokens * 3 / 2 : tokens;
}

/* P6: with a failure line in the input, one is shown. */
static void check_failure_shown(const struct setup *s, struct ctxcut *c)
{
	uint64_t errors = 0, shown = 0;
	for (size_t i = 0; i < ctxcut_input_count(c); i++) {
		struct ctxcut_input_info info;
		assert_int_equal(ctxcut_input(c, i, &info), CTXCUT_OK);
		errors += info.errors;
		shown += info.errors_shown;
	}
	if (s->budget == 0 || s->budget >= least_shown(s))
		HOLDS(s, errors == 0 || shown > 0);
}

/* P9: valid UTF-8, nothing a terminal or a reader could stumble over but newlines and tabs. */
static void check_safe(const struct setup *s, struct span out)
{
	HOLDS(s, utf8_valid(out));
	struct plain p = plain_of(out);
	for (size_t i = 0; i < p.count; i++)
		HOLDS(s, clean_is_clean(p.lines[i]));
	free(p.lines);
}

static struct buf without_color(struct span s)
{
	struct buf out = {0};
	buf_reserve(&out, s.len + 1);
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\033' && i + 1 < s.len && s.ptr[i + 1] == '[') {
			while (i < s.len && s.ptr[i] != 'm')
				i++;
			continue;
		}
		buf_add_char(&out, s.ptr[i]);
	}
	return out;
}

/* P5: no more tokens than the input, cleaned; what fits is printed whole. */
static void check_never_worse(const struct setup *s, struct span out, const struct span *raw, const struct plain *plain,
                              size_t inputs)
{
	struct buf whole = {0};
	size_t raw_tokens = 0;
	for (size_t i = 0; i < inputs; i++) {
		raw_tokens += tokens_count((enum encoding)s->encoding, raw[i]);
		for (size_t k = 0; k < plain[i].count; k++) {
			clean_line(&whole, plain[i].lines[k]);
			if (k + 1 < plain[i].count || !plain[i].open_end)
				buf_add_char(&whole, '\n');
		}
	}
	size_t whole_tokens = tokens_count((enum encoding)s->encoding, buf_span(&whole));
	size_t out_tokens = tokens_count((enum encoding)s->encoding, out);
	if (s->budget == 0 || whole_tokens <= s->budget)
		HOLDS(s, span_eq(out, buf_span(&whole)));
	else
		HOLDS(s, out_tokens <= raw_tokens || raw_tokens < BUDGET_LEAST);
	buf_release(&whole);
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

static void check(struct setup *s, const struct span *raw, const struct span *decoded, size_t inputs, const char *const *names,
                  uint64_t seed)
{
	struct plain *plain = calloc(inputs, sizeof *plain);
	struct ctxcut *c = ready(s);
	struct buf out = {0};
	s->names = inputs;
	for (size_t i = 0; i < inputs && names; i++) {
		size_t tokens = tokens_count((enum encoding)s->encoding, span_of_str(names[i]));
		s->name_tokens = tokens > s->name_tokens ? tokens : s->name_tokens;
	}
	for (size_t i = 0; i < inputs; i++) {
		plain[i] = plain_of(decoded[i]);
		feed(c, names ? names[i] : "log", raw[i], 0, &seed);
	}
	HOLDS(s, ctxcut_finish(c) == CTXCUT_OK);
	HOLDS(s, ctxcut_render(c, collect, &out) == CTXCUT_OK);
	struct buf bare = without_color(buf_span(&out));
	struct span printed = s->color ? buf_span(&bare) : buf_span(&out);
	at_hand = printed;
	if (s->budget)
		HOLDS(s, tokens_count((enum encoding)s->encoding, printed) <= s->budget); /* P4 */
	check_picks(s, c, plain, inputs);
	check_failure_shown(s, c);
	check_safe(s, printed);
	if (s->format == RENDER_TEXT && raw == decoded)
		check_never_worse(s, printed, raw, plain, inputs);

	/* P7: the same again, in other pieces. */
	size_t steps[] = {1, 7, 5000};
	struct ctxcut *again = ready(s);
	struct buf other = {0};
	size_t step = steps[below(&seed, 3)];
	for (size_t i = 0; i < inputs; i++)
		feed(again, names ? names[i] : "log", raw[i], raw[i].len > 200000 ? 5000 : step, &seed);
	HOLDS(s, ctxcut_finish(again) == CTXCUT_OK);
	HOLDS(s, ctxcut_render(again, collect, &other) == CTXCUT_OK);
	HOLDS(s, span_eq(buf_span(&out), buf_span(&other)));

	for (size_t i = 0; i < inputs; i++)
		free(plain[i].lines);
	free(plain);
	buf_release(&bare);
	buf_release(&out);
	buf_release(&other);
	ctxcut_free(c);
	ctxcut_free(again);
}

static const size_t budgets[] = {100, 130, 200, 400, 1000, 4000, 16000};

static struct setup setup_of(uint64_t *r, const char *what, uint64_t seed)
{
	struct setup s = {.budget = one_in(r, 12) ? 0 : one_in(r, 4) ? 100 + below(r, 3000) : PICK(r, budgets), .format = below(r, 3),
	                  .encoding = below(r, 3), .line_numbers = one_in(r, 3), .color = one_in(r, 4)};
	s.color = s.color && s.format == RENDER_TEXT;
	snprintf(s.about, sizeof s.about, "%s, seed %" PRIu64 ", budget %zu, %s, %s%s%s", what, seed, s.budget, formats[s.format],
	         encodings[s.encoding], s.line_numbers ? ", numbered" : "", s.color ? ", coloured" : "");
	return s;
}

static void every_sort_of_input_keeps_the_promises(void **state)
{
	(void)state;
	static const size_t sizes[] = {0, 1, 2, 5, 30, 200, 1500};
	for (enum sort sort = 0; sort < SORT_COUNT; sort++)
		for (uint64_t seed = 0; seed < 7 * rounds(); seed++) {
			uint64_t r = seed * 77 + sort;
			struct buf b = {0};
			generate(&b, sort, seed, sizes[seed % 7]);
			struct span input = buf_span(&b);
			for (int k = 0; k < 6; k++) {
				struct setup s = setup_of(&r, sort_name(sort), seed);
				check(&s, &input, &input, 1, NULL, seed);
			}
			buf_release(&b);
		}
}

static void mixed_inputs_keep_the_promises(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 12 * rounds(); seed++) {
		uint64_t r = seed + 5000;
		struct buf b = {0};
		for (size_t part = 1 + below(&r, 6); part--;)
			generate(&b, (enum sort)below(&r, SORT_COUNT), chance(&r), below(&r, 400));
		struct span input = buf_span(&b);
		/* What begins like a packed file or UTF-16 is not the plain input that is compared with. */
		if (input.len && ((unsigned char)input.ptr[0] >= 0xef || input.ptr[0] == 0x28))
			b.ptr[0] = 'x';
		struct setup s = setup_of(&r, "mixed", seed);
		check(&s, &input, &input, 1, NULL, seed);
		buf_release(&b);
	}
}

static void several_inputs_share_a_budget(void **state)
{
	(void)state;
	enum { MOST = 12 };
	for (uint64_t seed = 0; seed < 12 * rounds(); seed++) {
		uint64_t r = seed + 9000;
		struct buf b[MOST] = {0};
		struct span inputs[MOST];
		const char *names[MOST];
		static const char *const some[] = {"a.log", "-", "logs/some thing.log", "日本.log", "-x", "a:1-2", "x@12345678", "[1-2|2 lines]", "'q'"};
		size_t count = 1 + below(&r, MOST);
		for (size_t i = 0; i < count; i++) {
			enum sort sort = (enum sort)below(&r, SORT_COUNT);
			generate(&b[i], sort == SORT_BYTES || sort == SORT_INVALID ? SORT_BUILD : sort, chance(&r), below(&r, 300));
			inputs[i] = buf_span(&b[i]);
			names[i] = PICK(&r, some);
		}
		struct setup s = setup_of(&r, "several", seed);
		check(&s, inputs, inputs, count, names, seed);
		for (size_t i = 0; i < count; i++)
			buf_release(&b[i]);
	}
}

static void thousands_of_inputs_with_huge_names_stay_within_the_least_budget(void **state)
{
	(void)state;
	enum { COUNT = 3000 };
	static char name[4000];
	const char **names = calloc(COUNT, sizeof *names);
	struct span *inputs = calloc(COUNT, sizeof *inputs);
	uint64_t r = 3;
	for (size_t i = 0; i + 1 < sizeof name; i++)
		name[i] = (char)('!' + below(&r, 90));
	struct buf plain = {0}, error = {0};
	generate(&plain, SORT_SERVICE, 1, 40);
	generate(&error, SORT_ERRORS, 1, 3);
	for (size_t i = 0; i < COUNT; i++) {
		names[i] = i % 3 == 0 ? name : i % 3 == 1 ? "\x01\x02\xff\xfe\n\t" : "a/b/c.log";
		inputs[i] = i % 7 == 5 ? buf_span(&error) : buf_span(&plain);
	}
	for (size_t format = 0; format < 3; format++) {
		struct setup s = {.budget = format == 0 ? 100 : format == 1 ? 1000 : 140, .format = format, .encoding = format};
		snprintf(s.about, sizeof s.about, "thousands, %s", formats[format]);
		check(&s, inputs, inputs, COUNT, names, 1);
	}
	buf_release(&plain);
	buf_release(&error);
	free(inputs);
	free(names);
}

/* Whatever the input and its name are, the least of outputs fits the least of budgets. */
static void the_last_resort_fits_every_budget_from_the_least(void **state)
{
	(void)state;
	static char huge[3000];
	memset(huge, 'n', sizeof huge - 1);
	static const char *const names[] = {"-", "x.log", huge, "\xff\x01\xfe\x02\xfd\x03\xfc\x04", "ö/ä/日本語/ログ.txt"};
	for (size_t n = 0; n < sizeof names / sizeof *names; n++)
		for (size_t budget = 100; budget <= 600; budget += 7)
			for (size_t form = 0; form < 9; form++) {
				struct setup s = {.budget = budget, .format = form % 3, .encoding = form / 3, .line_numbers = budget % 2};
				snprintf(s.about, sizeof s.about, "least, name %zu, budget %zu, %s, %s", n, budget, formats[s.format], encodings[s.encoding]);
				struct buf b = {0};
				uint64_t seed = budget * 9 + form;
				generate(&b, (enum sort)(seed % SORT_COUNT), seed, 300);
				struct span input = buf_span(&b);
				if ((unsigned char)input.ptr[0] >= 0xef)
					b.ptr[0] = 'x';
				check(&s, &input, &input, 1, &names[n], seed);
				buf_release(&b);
			}
}

static void utf16_is_read_as_text(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 4 * rounds(); seed++) {
		uint64_t r = seed;
		struct buf ascii = {0}, wide = {0};
		generate(&ascii, seed % 2 ? SORT_BUILD : SORT_SERVICE, seed, 200);
		bool big = seed % 4 < 2;
		buf_add(&wide, big ? "\xfe\xff" : "\xff\xfe", 2);
		struct buf decoded = {0};
		for (size_t i = 0; i < ascii.len; i++) {
			if ((unsigned char)ascii.ptr[i] >= 0x80)
				continue;
			char unit[2] = {big ? 0 : ascii.ptr[i], big ? ascii.ptr[i] : 0};
			buf_add(&wide, unit, 2);
			buf_add_char(&decoded, ascii.ptr[i]);
		}
		struct span raw = buf_span(&wide), text = buf_span(&decoded);
		struct setup s = setup_of(&r, "utf-16", seed);
		check(&s, &raw, &text, 1, NULL, seed);
		buf_release(&ascii);
		buf_release(&wide);
		buf_release(&decoded);
	}
}

/* ---- after the choice -------------------------------------------------------------------------------------------- */

static void another_form_is_fitted_anew(void **state)
{
	(void)state;
	struct buf b = {0};
	generate(&b, SORT_BUILD, 4, 900);
	struct span input = buf_span(&b);
	struct plain plain = plain_of(input);
	for (size_t budget = 150; budget < 40000; budget = budget * 3 / 2) {
		uint64_t r = budget;
		struct setup s = {.budget = budget};
		struct ctxcut *c = ready(&s);
		feed(c, "log", input, 0, &r);
		assert_int_equal(ctxcut_finish(c), CTXCUT_OK);
		for (int k = 0; k < 8; k++) {
			struct buf out = {0};
			s.format = below(&r, 3);
			s.line_numbers = one_in(&r, 2);
			snprintf(s.about, sizeof s.about, "anew, budget %zu, %s", budget, formats[s.format]);
			assert_int_equal(ctxcut_set(c, "format", formats[s.format]), CTXCUT_OK);
			assert_int_equal(ctxcut_set(c, "line-numbers", s.line_numbers ? "yes" : "no"), CTXCUT_OK);
			HOLDS(&s, ctxcut_render(c, collect, &out) == CTXCUT_OK);
			HOLDS(&s, tokens_count(ENCODING_O200K, buf_span(&out)) <= budget);
			check_picks(&s, c, &plain, 1);
			buf_release(&out);
		}
		ctxcut_free(c);
	}
	free(plain.lines);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sort_of_input_keeps_the_promises),
		cmocka_unit_test(mixed_inputs_keep_the_promises),
		cmocka_unit_test(several_inputs_share_a_budget),
		cmocka_unit_test(thousands_of_inputs_with_huge_names_stay_within_the_least_budget),
		cmocka_unit_test(the_last_resort_fits_every_budget_from_the_least),
		cmocka_unit_test(utf16_is_read_as_text),
		cmocka_unit_test(another_form_is_fitted_anew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
