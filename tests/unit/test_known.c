#include "filter/classify.h"
#include "log/miner_internal.h"
#include "log/scan.h"
#include "text/kernel.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void say(struct scan *s, struct span text)
{
	struct line line = {.text = text, .no = s->lines + 1, .len_bytes = text.len, .ends_in_lf = true};
	scan_line(s, &line);
}

static const struct record *last(const struct scan *s) { return &s->records[s->count - 1]; }

/* Says a line to both scans; the second forgets all lines before it. Which digits make a time stamp is judged once for a form. */
static void compare(struct scan s[2], struct span text)
{
	scan_tally(&s[1]);
	known_release(&s[1].known);
	known_init(&s[1].known);
	say(&s[0], text);
	say(&s[1], text);
	const struct record *a = last(&s[0]), *b = last(&s[1]);
	if (a->shape != b->shape || a->class != b->class || (a->flags ^ b->flags) & ~(unsigned)VERDICT_STAMPED || a->role != b->role || a->base < b->base || a->base > b->base)
		fail_msg("line %d '%.*s': shape %u and %u, class %s and %s, flags %x and %x", (int)a->no, (int)text.len, text.ptr, a->shape, b->shape,
		         line_class_name((enum line_class)a->class), line_class_name((enum line_class)b->class), a->flags, b->flags);
}

static void same_totals(struct scan s[2])
{
	scan_tally(&s[0]);
	scan_tally(&s[1]);
	assert_int_equal(s[0].errors, s[1].errors);
	assert_int_equal(s[0].warnings, s[1].warnings);
	assert_int_equal(s[0].levelled, s[1].levelled);
	assert_int_equal(s[0].last_nonblank, s[1].last_nonblank);
	for (uint32_t shape = 0; shape < miner_shape_count(s[0].miner); shape++)
		assert_int_equal(miner_shape_lines(s[0].miner, shape), miner_shape_lines(s[1].miner, shape));
	for (int rank = 0; rank < MARKER_RANKS; rank++)
		assert_int_equal(s[0].segment_count[rank], s[1].segment_count[rank]);
}

/* Lines of all kinds of tools: the samples of the filters, several times, with other digits each time. */
static void a_line_whose_form_came_before_is_judged_as_if_it_had_not(void **state)
{
	(void)state;
	struct filter_set *set = filter_set_new();
	filter_set_add_builtins(set);
	for (int full = 0; full < 4; full++) { /* a table that is full, too: lines of coarse shapes; and lines that are never settled */
		struct limits limits = LIMITS_DEFAULT;
		limits.shapes = full % 2 ? 64 : limits.shapes;
		struct scan_options options = {.ci = true, .keyed = full > 1};
		struct scan s[2];
		scan_init(&s[0], &limits, &options);
		scan_init(&s[1], &limits, &options);
		/* In a hurry, the place of a line for which there is no room depends on how many lines were looked at. */
		s[0].miner->hurries = s[1].miner->hurries = false;
		for (unsigned round = 0; round < 4; round++)
			for (size_t f = 0; f < filter_set_count(set); f++) {
				const struct filter_definition *d = filter_set_definition(set, f);
				for (size_t i = 0; i < d->sample_count; i++)
					for (struct span rest = d->samples[i].input; rest.len;) {
						size_t end = span_find(rest, SPAN("\n"));
						struct span text = span_head(rest, end == SIZE_MAX ? rest.len : end);
						rest = span_from(rest, end == SIZE_MAX ? rest.len : end + 1);
						char *copy = mem_zalloc(text.len + 1, 1);
						memcpy(copy, text.ptr, text.len);
						for (size_t k = 0; k < text.len && round; k++)
							if (copy[k] >= '0' && copy[k] <= '9')
								copy[k] = (char)(round == 3 ? '0' : '0' + ((unsigned)(copy[k] - '0') + round + k) % 10);
						compare(s, span_of(copy, text.len));
						free(copy);
					}
			}
		same_totals(s);
		scan_release(&s[0]);
		scan_release(&s[1]);
	}
	filter_set_free(set);
}

static void lines_that_need_cleaning_and_long_ones_are_known_again(void **state)
{
	(void)state;
	static const char *const texts[] = {"\x1b[31merror: 12 failed\x1b[0m", "\x1b[31merror: 0 failed\x1b[0m", "progress 10%\rprogress 20%", "text\r", "text", "  ",
	                                   "", "2024-01-02T03:04:05.678Z ##[error]Process completed with exit code 1.", "nl$ make -j2", "^[[1mbold 3^[[0m",
	                                   "\xff\xff\xff\xff", "travis_fold:start:x1\r$ make", "x\b_y 5", "Process exited with code 0", "Process exited with code 7"};
	struct scan_options options = {.ci = true};
	struct scan s[2];
	scan_init(&s[0], &LIMITS_DEFAULT, &options);
	scan_init(&s[1], &LIMITS_DEFAULT, &options);
	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
			compare(s, span_of_str(texts[i]));
	char *text = mem_alloc(LINE_JUDGED_BYTES + 100);
	for (size_t len = 0; len < LINE_JUDGED_BYTES + 100; len += len < 300 ? 1 : 977) {
		memset(text, 'a' + (int)(len % 7), len);
		compare(s, span_of(text, len));
		compare(s, span_of(text, len));
	}
	free(text);
	same_totals(s);
	scan_release(&s[0]);
	scan_release(&s[1]);
}

/* Lines of random identifiers are known by their shapes: the first scan does so, the second puts each line to every rule. */
static void a_line_whose_shape_alone_came_before_is_judged_as_if_it_had_not(void **state)
{
	(void)state;
	static const char *const lines[] = {
		"2024-01-02T03:04:05Z INFO request # accepted, trace #", "error: job # failed", "warning: # is deprecated", "ERROR [#] cannot open /var/lib/#/x", "done # in 5 ms",
		"Traceback (most recent call last):", "  File \"#.py\", line 3, in #", "ValueError: #", "$ make #", "travis_fold:start:# x", "Process # exited with code 3",
		"# failed", "3 failed, # passed", "", "====", "{\"level\":50,\"id\":\"#\"}", "\x1b[31merror\x1b[0m: #", "\xff\xff\xff#", "--- FAIL: Test# (0.00s)", "    x_test.go:3: #",
	};
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	for (int full = 0; full < 2; full++) {
		struct limits limits = LIMITS_DEFAULT;
		limits.shapes = full ? 24 : limits.shapes;
		struct scan s[2];
		scan_init(&s[0], &limits, &(struct scan_options){.ci = true});
		scan_init(&s[1], &limits, &(struct scan_options){.ci = true, .keyed = true});
		uint64_t x = 88172645463325252u;
		for (int round = 0; round < 20000; round++) {
			char text[200];
			size_t n = 0;
			for (const char *p = lines[(x >> 33) % (sizeof lines / sizeof *lines)]; *p; p++)
				for (int i = 0; i < (*p == '#' ? 22 : 1); i++) {
					x = x * 6364136223846793005u + 1442695040888963407u;
					text[n++] = *p == '#' ? digits[(x >> 33) % (sizeof digits - 1)] : *p;
				}
			x = x * 6364136223846793005u + 1442695040888963407u;
			for (int i = 0; i < 2; i++)
				say(&s[i], span_of(text, n));
			const struct record *a = last(&s[0]), *b = last(&s[1]);
			if (a->shape != b->shape || a->class != b->class || a->flags != b->flags || a->role != b->role || a->base < b->base || a->base > b->base)
				fail_msg("line %d '%.*s': shape %u and %u, flags %x and %x", (int)a->no, (int)n, text, a->shape, b->shape, a->flags, b->flags);
		}
		same_totals(s);
		scan_release(&s[0]);
		scan_release(&s[1]);
	}
}

static void a_status_in_digits_is_read_in_each_line(void **state)
{
	(void)state;
	struct scan_options options = {0};
	struct scan s;
	scan_init(&s, &LIMITS_DEFAULT, &options);
	say(&s, SPAN("Process exited with code 0"));
	assert_false(last(&s)->flags & VERDICT_EXITED);
	say(&s, SPAN("Process exited with code 7"));
	assert_true(last(&s)->flags & VERDICT_EXITED);
	say(&s, SPAN("{\"level\":30,\"msg\":\"done\"}"));
	assert_int_equal(last(&s)->class, CLASS_PLAIN);
	say(&s, SPAN("{\"level\":50,\"msg\":\"done\"}"));
	assert_int_equal(last(&s)->class, CLASS_FAILURE);
	scan_release(&s);
}

static void a_cache_that_is_full_still_finds_what_it_holds(void **state)
{
	(void)state;
	struct known k;
	size_t found = 0;
	known_init(&k);
	for (uint64_t i = 1; i < 100000; i++) {
		uint64_t form = i * UINT64_C(0x9E3779B97F4A7C15);
		struct known_line gone;
		if (!known_find(&k, form))
			known_add(&k, form, &gone)->shape = (uint32_t)i;
		assert_int_equal(known_find(&k, form)->shape, i);
		for (uint64_t back = 1; back < 4 && back < i; back++) {
			struct known_line *line = known_find(&k, (i - back) * UINT64_C(0x9E3779B97F4A7C15));
			assert_true(!line || line->shape == i - back);
			found += line != NULL;
		}
	}
	assert_true(found > 200000);
	known_release(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_whose_form_came_before_is_judged_as_if_it_had_not),
		cmocka_unit_test(lines_that_need_cleaning_and_long_ones_are_known_again),
		cmocka_unit_test(a_line_whose_shape_alone_came_before_is_judged_as_if_it_had_not),
		cmocka_unit_test(a_status_in_digits_is_read_in_each_line),
		cmocka_unit_test(a_cache_that_is_full_still_finds_what_it_holds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
