#include "log/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void say(struct scan *s, const char *text)
{
	struct span span = span_of_str(text);
	struct line line = {.text = span, .no = s->lines + 1, .off = s->lines * 100, .len_bytes = span.len, .ends_in_lf = true};
	scan_line(s, &line);
}

/* Every line is held or counted, once and in order; the totals are those of the lines. */
static void nothing_is_lost(const struct scan *s)
{
	uint64_t no = 0, errors = 0, warnings = 0;
	for (size_t i = 0, run = 0; i < s->count || run < s->runs.count;) {
		const struct run *r = run < s->runs.count ? &s->runs.at[run] : NULL;
		if (r && (i == s->count || r->first < s->records[i].no)) {
			assert_int_equal(r->first, no + 1);
			no = r->last;
			errors += r->errors;
			warnings += r->warnings;
			run++;
		} else {
			assert_int_equal(s->records[i].no, no + 1);
			assert_int_equal(s->records[i].off, no * 100);
			no++;
			errors += s->records[i].class >= CLASS_ERROR;
			warnings += s->records[i].class == CLASS_WARNING;
			i++;
		}
	}
	assert_int_equal(no, s->lines);
	assert_int_equal(errors, s->errors);
	assert_int_equal(warnings, s->warnings);
}

static bool is_held(const struct scan *s, uint64_t no)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->records[i].no == no)
			return true;
	return false;
}

/* `errors_every` 0: none but the planted ones. */
static void scan_many(size_t limit, uint64_t lines, uint64_t errors_every)
{
	struct limits limits = LIMITS_DEFAULT;
	struct scan_options options = {0};
	struct scan s;
	char text[128];
	uint64_t planted[3] = {lines / 4, lines / 2, lines - lines / 8};
	limits.records = limit;
	scan_init(&s, &limits, &options);
	for (uint64_t no = 1, p = 0; no <= lines; no++) {
		if (p < 3 && no == planted[p])
			snprintf(text, sizeof text, "kernel panic in the %s of the house", (const char *const[]){"cellar", "attic", "garden"}[p++]);
		else if (errors_every && no % errors_every == 0)
			snprintf(text, sizeof text, "error: request %d failed", (int)no);
		else if (no % 1000 == 7)
			snprintf(text, sizeof text, "warning: slow request %d", (int)no);
		else
			snprintf(text, sizeof text, "request %d of worker %d took %d ms", (int)no, (int)(no % 7), (int)(no % 13));
		say(&s, text);
		assert_true(s.count <= limit);
	}
	scan_tally(&s);
	nothing_is_lost(&s);
	assert_true(s.runs.count > 0);
	for (size_t p = 0; p < 3; p++)
		for (uint64_t no = planted[p] - 5; no < planted[p] + 5; no++)
			if (no == planted[p] || !errors_every)
				assert_true(is_held(&s, no));
	for (uint64_t no = lines - 1500; no <= lines; no++)
		assert_true(is_held(&s, no));
	scan_release(&s);
}

static void records_that_go_are_counted_and_what_matters_is_held(void **state)
{
	(void)state;
	scan_many(128 * 1024, 400 * 1000, 0); /* young ones are looked at apart */
	scan_many(16 * 1024, 100 * 1000, 0);  /* all are, each time */
}

static void so_it_is_when_there_are_more_errors_than_records(void **state)
{
	(void)state;
	scan_many(128 * 1024, 400 * 1000, 3);
	scan_many(16 * 1024, 100 * 1000, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_that_go_are_counted_and_what_matters_is_held),
		cmocka_unit_test(so_it_is_when_there_are_more_errors_than_records),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
