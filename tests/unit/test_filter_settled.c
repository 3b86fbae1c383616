/* What filters settle of a form, and what they repeat of it, against asking every pattern of every line. */
#include "base/mem.h"
#include "filter/classify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FORMS = 1 << 14 };

/* Does what scan.h says of scan_standing, in the plainest way. */
struct lane {
	struct classifier *classifier;
	struct scan_standing *standing; /* NULL: each line is put to the classifier */
	struct settled {
		uint64_t form;
		uint32_t state, next;
		uint8_t touches, step;
		bool by_digits;
		uint16_t digits[SCAN_DIGITS];
		char values[SCAN_DIGITS];
		uint64_t group;
		struct record record;
	} *forms;
	size_t passed; /* but for lines that say nothing */
};

static bool has_values(const struct settled *s, struct span text)
{
	for (size_t i = 0; i < SCAN_DIGITS && s->by_digits; i++)
		if (text.ptr[s->digits[i]] != s->values[i])
			return false;
	return true;
}

static void pass(struct lane *l, const struct settled *s, struct scan_judged *line)
{
	struct record *r = line->record;
	r->base = s->record.base;
	r->flags = s->record.flags;
	r->class = s->record.class;
	line->group = s->group;
	for (int i = 0; i < 8; i++)
		if (s->touches >> i & 1)
			l->standing->touched[i] = line->no;
	if (s->next != s->state || s->step)
		l->standing->move(l->standing->of, s->next, s->step, line->no);
	l->passed += s->touches != 0;
}

static void lane_line(void *user, struct scan_judged *line)
{
	struct lane *l = user;
	struct settled *s = &l->forms[line->form % FORMS];
	if (l->standing && s->form == line->form && s->state && s->state == l->standing->state && line->no <= l->standing->until &&
	    line->role == TRACE_NONE && !line->begins_command && !(line->record->flags & (VERDICT_VOLATILE | VERDICT_EXITED)) &&
	    has_values(s, line->text)) {
		pass(l, s, line);
		return;
	}
	*s = (struct settled){0};
	classifier_line(l->classifier, line);
	if (!l->standing || !line->settled)
		return;
	*s = (struct settled){.form = line->form, .state = line->state, .next = line->next, .touches = line->touches, .step = line->step,
	                      .by_digits = line->digits != NULL, .group = line->group, .record = *line->record};
	for (size_t i = 0; i < SCAN_DIGITS && line->digits; i++) {
		s->digits[i] = line->digits[i];
		s->values[i] = line->text.ptr[line->digits[i]];
	}
}

static void watch_nothing(void *user, uint64_t no, const struct filter_note *note)
{
	(void)user;
	(void)no;
	(void)note;
}

static uint64_t seed;
static unsigned roll(unsigned sides)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(seed >> 33) % sides;
}

struct samples {
	struct span *at;
	size_t count, cap;
};

static void add_lines(struct samples *l, struct span text)
{
	while (text.len) {
		size_t end = span_find(text, SPAN("\n"));
		MEM_GROW(l->at, l->cap, l->count + 1);
		l->at[l->count++] = span_head(text, end == SIZE_MAX ? text.len : end);
		text = span_from(text, end == SIZE_MAX ? text.len : end + 1);
	}
}

/* Each second one with other digits, some of them with 0 for all. */
static struct span with_other_digits(struct span text, char *copy)
{
	unsigned how = roll(4);
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		copy[i] = c >= '0' && c <= '9' && how < 2 ? (char)('0' + (how ? roll(10) : 0)) : c;
	}
	return span_of(copy, text.len);
}

struct trial {
	struct filter_set *set;
	struct lane lane;
	struct scan scan;
};

enum how { ASKS_ALL, PLAIN_LANE, LANE_OF_SCAN };

static void trial_start(struct trial *t, enum how how)
{
	t->lane.classifier = classifier_new(t->set);
	t->lane.standing = how == PLAIN_LANE ? classifier_standing(t->lane.classifier) : NULL;
	t->lane.passed = 0;
	t->lane.forms = mem_zalloc(FORMS, sizeof *t->lane.forms);
	if (how == ASKS_ALL)
		classifier_watch(t->lane.classifier, watch_nothing, NULL);
	struct scan_options options = {.ci = true, .classify = lane_line, .classify_user = &t->lane};
	if (how == LANE_OF_SCAN)
		options.standing = classifier_standing(t->lane.classifier);
	scan_init(&t->scan, &LIMITS_DEFAULT, &options);
}

static void trial_stop(struct trial *t)
{
	scan_release(&t->scan);
	classifier_free(t->lane.classifier);
	free(t->lane.forms);
}

static void say(struct trial *t, struct span text)
{
	struct line line = {.text = text, .no = t->scan.lines + 1, .len_bytes = text.len};
	scan_line(&t->scan, &line);
}

static void same_record(const struct trial *t, struct span text)
{
	const struct record *a = &t[0].scan.records[t[0].scan.count - 1], *b = &t[1].scan.records[t[1].scan.count - 1];
	if (a->class != b->class || a->flags != b->flags || a->shape != b->shape || a->role != b->role || a->base < b->base || a->base > b->base)
		fail_msg("line %llu, '%.*s' became %s (%x, %g), not %s (%x, %g)", (unsigned long long)a->no, (int)text.len, text.ptr,
		         line_class_name((enum line_class)a->class), a->flags, (double)a->base, line_class_name((enum line_class)b->class), b->flags,
		         (double)b->base);
}

static void say_both(struct trial *t, struct span text)
{
	say(&t[0], text);
	say(&t[1], text);
	same_record(t, text);
}

/* What builtin filters have little of: short quiet spans, blocks whose lines are counted, waiting for the status, keys with digits. */
static const char probe_a[] =
	"ctxcut-filter: 1\nname: probe-a\ndetect: {line: '^probe a', quiet: 12}\nrules:\n"
	"  - {match: 'code [1-9]', class: failure}\n  - {match: '^item (?<place>\\w+) gone', class: error, group-by: place}\n  - {match: '^item \\w+ brings', class: noise, on: success, unless: error}\n"
	"  - {match: '^item \\w+ odd', class: failure, on: failure, unless: 'not [1-4]'}\n"
	"  - {match: '^item ', class: progress, fold: true}\n"
	"blocks:\n  - {from: '^list', to: '^end', class: failure, first: 2, max: 9}\n"
	"  - {from: '^tail', to: '^end', class: detail, head: section, first: 1, last: 2, max: 9}\n"
	"  - {from: '^wait', to: blank, class: noise, on: success, max: 5}\n";
static const char probe_b[] =
	"ctxcut-filter: 1\nname: probe-b\ndetect: {line: ['^probe [ab]', 'level [3-6]'], region: {from: '^<probe>', to: '^</probe>'}, quiet: 7}\n"
	"prefix: '^\\d+: '\nrules:\n  - {match: '^item (?<what>\\w+)', class: warning, group-by: what}\n  - {match: '^list', class: summary}\n"
	"blocks:\n  - {from: '^open', to: '^shut [5-9]', class: context, max: 6}\n";
static const char probe_lines[] =
	"probe a\nprobe b\nitem k12 gone\nitem k12 brings\nitem k12 odd\nitem odd odd, not 5\nitem home\nitem 7\ncode 3\ncode 0\nitem 5 odd, code 4\nlist all\nerror: one\n"
	"one\ntwo\nend\ntail of it\nbyte\nbyte\nwait for it\n\nerror: two\n12: item k12\n4: open\n5: shut 4\n5: shut 7\nopen\n<probe>\n</probe>\nlevel 2\n"
	"level 5\nprobe b\nprobe a\nwarning: all\nother\n";

static void compare(enum how how)
{
	static const char *const commands[] = {"$ make -j2 test", "$ pytest -q", "+ gcc -O2 -c a.c", "##[group]Run npm test", "$ go test ./...", "> jest"};
	struct trial t[2] = {{0}};
	struct samples lines = {0};
	for (int i = 0; i < 2; i++) {
		t[i].set = filter_set_new();
		filter_set_add_builtins(t[i].set);
		struct err err = {0};
		if (filter_set_add(t[i].set, SPAN(probe_a), "a.yaml", FILTER_USER, &err) != ERR_OK ||
		    filter_set_add(t[i].set, SPAN(probe_b), "b.yaml", FILTER_USER, &err) != ERR_OK)
			fail_msg("%s", err.text);
	}
	for (size_t f = 0; f < filter_set_count(t[0].set); f++) {
		const struct filter_definition *d = filter_set_definition(t[0].set, f);
		for (size_t s = 0; s < d->sample_count; s++)
			add_lines(&lines, d->samples[s].input);
	}
	const size_t probes = lines.count;
	add_lines(&lines, SPAN(probe_lines));
	size_t passed = 0, count = 0;
	char *copy = mem_alloc(1 << 16);
	for (unsigned round = 0; round < 24; round++) {
		seed = round;
		for (int i = 0; i < 2; i++)
			trial_start(&t[i], i ? ASKS_ALL : how);
		/* Most rounds stay with the lines of a few tools, so that forms come again. */
		size_t from = roll((unsigned)lines.count), range = round % 3 ? 40 + roll(200) : lines.count;
		if (round % 4 == 3) {
			from = probes;
			range = lines.count - probes;
		}
		for (unsigned part = 0; part < 400; part++) {
			size_t at = (from + roll((unsigned)range)) % lines.count;
			for (unsigned run = 1 + roll(round % 2 ? 30 : 4); run; run--, at = (at + 1) % lines.count)
				say_both(t, with_other_digits(lines.at[at], copy));
			if (roll(round % 4 ? 200 : 20) == 0)
				say_both(t, span_of_str(commands[roll(sizeof commands / sizeof *commands)]));
			for (unsigned quiet = roll(60) ? roll(9) : 985 + roll(30); quiet; quiet--)
				say_both(t, SPAN("nothing of note"));
		}
		for (int i = 0; i < 2; i++)
			scan_tally(&t[i].scan);
		for (int i = 0; i < 2; i++)
			classifier_finish(t[i].lane.classifier, &t[i].scan);
		assert_int_equal(t[0].scan.errors, t[1].scan.errors);
		passed += t[0].lane.passed;
		count += t[0].scan.lines;
		for (int i = 0; i < 2; i++)
			trial_stop(&t[i]);
	}
	assert_true(count > 100000 && (how != PLAIN_LANE || passed > count / 40));
	free(copy);
	free(lines.at);
	for (int i = 0; i < 2; i++)
		filter_set_free(t[i].set);
}

static void what_is_settled_is_what_asking_every_line_gives(void **state)
{
	(void)state;
	compare(PLAIN_LANE);
}

static void so_it_is_when_scan_passes_settled_lines(void **state)
{
	(void)state;
	compare(LANE_OF_SCAN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_settled_is_what_asking_every_line_gives),
		cmocka_unit_test(so_it_is_when_scan_passes_settled_lines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
