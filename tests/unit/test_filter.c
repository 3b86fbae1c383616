#include "base/mem.h"
#include "filter/classify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "ctxcut-filter: 1\nname: probe\n"

static void refused(const char *yaml, const char *want)
{
	struct filter_definition *d;
	struct err err = {0};
	if (definition_read(&d, span_of_str(yaml), "f.yaml", true, &err) == ERR_OK)
		fail_msg("taken for right: %s", yaml);
	assert_null(d);
	if (!strstr(err.text, want) || strncmp(err.text, "f.yaml:", 7) != 0)
		fail_msg("wanted '%s', got '%s'", want, err.text);
}

static void errors_name_line_and_column(void **state)
{
	(void)state;
	refused(HEAD "detect: {line: 'probe 1'}\nrules:\n  - {match: 'a(', class: noise}\n", "f.yaml:5:13: pattern, offset 2: ");
	refused(HEAD "detect: {line: 'probe 1', lines: x}\n", "f.yaml:3:27: the key 'lines' is not known here");
	refused(HEAD "detect: {line: 'probe 1'}\nrules: []\n", "neither rules nor blocks");
	refused(HEAD "detect: {}\n", "nothing gives the tool away");
	refused(HEAD "detect: {line: 'probe 1', quiet: 0}\n", "from 1 to 1000000");
	refused(HEAD "detect: {line: 'probe 1', quiet: -1}\n", "from 1 to 1000000");
	refused(HEAD "detect: {line: {a: b}}\n", "is a map: write a text or a list");
	refused("ctxcut-filter: 1\nname: Probe!\n", "use small letters");
	refused(HEAD "samples: [{input: abc, status: 256}]\n", "from 0 to 255");
	refused(HEAD "samples: [{input: abc, status: 1, keep: [d]}]\n", "does not hold 'd'");
	refused("- a\n- b\n", "is a list: write a map");
	refused("a: *b\n", "alias");
	refused("---\na: b\n---\nc: d\n", "second document");
}

static void bombs_are_refused_early(void **state)
{
	(void)state;
	struct buf yaml = {0};
	buf_add_str(&yaml, HEAD "rules: [");
	for (int i = 0; i < 30000; i++)
		buf_add_str(&yaml, "a, ");
	buf_add_str(&yaml, "b]\n");
	refused(yaml.ptr, "too many values");
	buf_clear(&yaml);
	for (int i = 0; i < 100000; i++)
		buf_add_str(&yaml, "[");
	refused(yaml.ptr, "nested too deep");
	buf_clear(&yaml);
	buf_add_str(&yaml, HEAD "about: '");
	for (int i = 0; i < 200000; i++)
		buf_add_str(&yaml, "0123456789");
	refused(yaml.ptr, "a filter file has at most");
	buf_release(&yaml);
}

/* ---- at work ---- */

struct trial {
	struct filter_set *set;
	struct classifier *classifier;
	struct scan scan;
};

static void start(struct trial *r, const char *yaml, bool ci)
{
	struct err err = {0};
	r->set = filter_set_new();
	if (filter_set_add(r->set, span_of_str(yaml), "f.yaml", FILTER_USER, &err) != ERR_OK)
		fail_msg("%s", err.text);
	r->classifier = classifier_new(r->set);
	struct scan_options options = {.ci = ci, .classify = classifier_line, .classify_user = r->classifier};
	scan_init(&r->scan, &LIMITS_DEFAULT, &options);
}

static void say(struct trial *r, const char *text)
{
	struct line line = {.text = span_of_str(text), .no = r->scan.lines + 1, .len_bytes = strlen(text)};
	scan_line(&r->scan, &line);
}

static const struct record *last(const struct trial *r) { return &r->scan.records[r->scan.count - 1]; }

static void becomes(struct trial *r, const char *text, enum line_class class)
{
	say(r, text);
	if (last(r)->class != class)
		fail_msg("'%s' became %s, not %s", text, line_class_name((enum line_class)last(r)->class), line_class_name(class));
}

static void stop(struct trial *r)
{
	scan_release(&r->scan);
	classifier_free(r->classifier);
	filter_set_free(r->set);
}

static enum line_class class_of(const struct trial *r, uint64_t no) { return (enum line_class)r->scan.records[no - 1].class; }

static void a_block_keeps_its_first_and_its_last_lines(void **state)
{
	(void)state;
	struct trial r;
	start(&r, HEAD "detect: {line: '^probe v\\d'}\nblocks:\n"
	                "  - {from: '^dump:$', to: '^end$', class: failure, head: section, max: 1000, first: 2, last: 3}\n"
	                "rules:\n  - {match: '^fine', class: pass}\n", false);
	say(&r, "probe v1");
	say(&r, "dump:");
	for (int i = 0; i < 200; i++)
		say(&r, i == 198 ? "fine" : "byte");
	say(&r, "end");
	say(&r, "dump:"); /* one that the input's end ends */
	for (int i = 0; i < 4; i++)
		say(&r, "byte");
	classifier_finish(r.classifier, &r.scan);
	assert_int_equal(class_of(&r, 3), CLASS_FAILURE);
	assert_int_equal(class_of(&r, 4), CLASS_FAILURE);
	assert_int_equal(class_of(&r, 5), CLASS_NOISE);
	assert_int_equal(class_of(&r, 199), CLASS_NOISE);
	assert_int_equal(class_of(&r, 200), CLASS_FAILURE);
	assert_int_equal(class_of(&r, 201), CLASS_PASS); /* a rule decides all the same */
	assert_int_equal(class_of(&r, 202), CLASS_FAILURE);
	assert_int_equal(class_of(&r, 208), CLASS_FAILURE);
	assert_int_equal(r.scan.errors, 2 + 2 + 4);
	stop(&r);
}

static void a_block_may_wait_for_the_exit_status(void **state)
{
	(void)state;
	for (int status = 0; status < 2; status++) {
		struct trial r;
		start(&r, HEAD "detect: {line: '^probe v\\d'}\nblocks:\n"
		                "  - {from: '^dump:$', to: '^end$', class: noise, on: success}\n"
		                "  - {from: '^tail:$', to: '^end$', class: failure, on: failure}\n", false);
		say(&r, "probe v1");
		say(&r, "dump:");
		say(&r, "byte");
		say(&r, "error: byte");
		say(&r, "end");
		say(&r, "tail:");
		say(&r, "byte");
		classifier_finish(r.classifier, &r.scan);
		assert_int_equal(class_of(&r, 3), CLASS_PLAIN);
		filters_apply_status(&r.scan, status);
		assert_int_equal(class_of(&r, 3), status ? CLASS_PLAIN : CLASS_NOISE);
		assert_true(class_of(&r, 4) >= CLASS_ERROR);
		assert_int_equal(class_of(&r, 7), status ? CLASS_FAILURE : CLASS_PLAIN);
		stop(&r);
	}
	refused(HEAD "detect: {line: 'probe 1'}\nblocks:\n  - {from: '^dump:$', class: detail, on: success}\n", "goes with class noise");
	refused(HEAD "detect: {line: 'probe 1'}\nblocks:\n  - {from: '^dump:$', class: noise, on: success, last: 2}\n", "not both");
}

static void a_filter_begins_with_its_tool_and_ends_with_it(void **state)
{
	(void)state;
	struct trial r;
	start(&r, HEAD "detect: {line: '^probe v\\d', command: '\\bprobe\\b', region: {from: '^<probe>', to: '^</probe>'}, quiet: 5}\n"
	          "rules: [{match: '^item ', class: failure}]\n", true);
	becomes(&r, "item one", CLASS_PLAIN);
	say(&r, "probe v1");
	becomes(&r, "item two", CLASS_FAILURE);
	for (int i = 0; i < 6; i++)
		say(&r, "other");
	becomes(&r, "item after a quiet span", CLASS_PLAIN);
	say(&r, "<probe>");
	becomes(&r, "item in the region", CLASS_FAILURE);
	say(&r, "</probe>");
	becomes(&r, "item behind the region", CLASS_PLAIN);
	say(&r, "$ probe --all");
	becomes(&r, "item of a command", CLASS_FAILURE);
	say(&r, "$ other");
	becomes(&r, "item of another command", CLASS_PLAIN);
	say(&r, "##[group]Run probe");
	becomes(&r, "item of a step", CLASS_FAILURE);
	say(&r, "##[group]Run next");
	becomes(&r, "item of the next step", CLASS_PLAIN);
	stop(&r);
}

static void forced_filters_and_those_of_the_command_last_to_the_end(void **state)
{
	(void)state;
	for (int how = 0; how < 2; how++) {
		struct trial r;
		start(&r, HEAD "detect: {command: '\\bprobe\\b', quiet: 1}\nrules: [{match: '^item ', class: failure}]\n", true);
		if (how == 0)
			assert_true(filter_set_force(r.set, "probe"));
		else
			filter_set_command(r.set, SPAN("/usr/bin/probe -x"));
		becomes(&r, "item one", CLASS_FAILURE);
		for (int i = 0; i < 20; i++)
			say(&r, "$ something else");
		becomes(&r, "item two", CLASS_FAILURE);
		assert_false(filter_set_force(r.set, "nothere"));
		stop(&r);
	}
}

static void the_first_rule_that_matches_decides_unless_it_is_vetoed(void **state)
{
	(void)state;
	struct trial r;
	start(&r, HEAD "detect: {line: 'probe v'}\nprefix: '^\\[\\w+\\] '\nrules:\n"
	          "  - {match: '^a ', class: pass, unless: 'really'}\n  - {match: '^a ', class: error}\n"
	          "  - {match: '^error: fine', class: context}\n  - {match: '^total', class: summary}\n  - {match: '^w', class: warning}\n", false);
	say(&r, "probe v1");
	becomes(&r, "a thing", CLASS_PASS);
	becomes(&r, "[x] a thing", CLASS_PASS);
	becomes(&r, "a thing, really", CLASS_ERROR);
	becomes(&r, "error: fine", CLASS_PLAIN);
	assert_true(last(&r)->base == 0);
	becomes(&r, "error: not fine", CLASS_FAILURE);
	becomes(&r, "total 3 done", CLASS_SUMMARY);
	becomes(&r, "total 3 failed", CLASS_ERROR);
	becomes(&r, "w", CLASS_WARNING);
	stop(&r);
}

static void a_block_holds_its_lines_up_to_its_end(void **state)
{
	(void)state;
	struct trial r;
	start(&r, HEAD "detect: {line: 'probe v'}\nrules: [{match: '^!', class: failure}]\nblocks:\n"
	          "  - {from: '^open', to: '^shut', class: detail, head: section}\n  - {from: '^short', to: blank, class: noise, max: 2}\n"
	          "  - {from: '^long', class: detail, first: 1, max: 4}\n", false);
	say(&r, "probe v1");
	becomes(&r, "open it", CLASS_SECTION);
	say(&r, "error: inside");
	assert_true(last(&r)->flags & VERDICT_DETAIL && last(&r)->class == CLASS_PLAIN);
	becomes(&r, "!rule inside", CLASS_FAILURE);
	say(&r, "shut it");
	assert_false(last(&r)->flags & VERDICT_DETAIL);
	becomes(&r, "error: behind", CLASS_FAILURE);
	say(&r, "short one");
	becomes(&r, "error: one", CLASS_NOISE);
	say(&r, "");
	becomes(&r, "error: behind the blank", CLASS_FAILURE);
	say(&r, "short one");
	becomes(&r, "error: one", CLASS_NOISE);
	becomes(&r, "error: two", CLASS_NOISE);
	becomes(&r, "error: three", CLASS_FAILURE);
	say(&r, "long one");
	say(&r, "error: first");
	assert_true(last(&r)->flags & VERDICT_DETAIL);
	becomes(&r, "error: second", CLASS_NOISE);
	stop(&r);
}

static void joined_lines_are_of_one_kind(void **state)
{
	(void)state;
	struct trial r;
	start(&r, HEAD "detect: {line: 'probe v'}\nrules:\n  - {match: '^at (?<place>\\w+)', class: error, group-by: place}\n"
	          "  - {match: '^get ', class: progress, fold: true}\n", false);
	say(&r, "probe v1");
	uint32_t shapes[6];
	static const char *const lines[] = {"at home all is lost", "at home nothing works", "at work nothing works", "get a thing", "get another: thing",
	                                    "at work it rains"};
	for (int i = 0; i < 6; i++) {
		say(&r, lines[i]);
		shapes[i] = last(&r)->shape;
	}
	assert_int_equal(shapes[0], shapes[1]);
	assert_int_not_equal(shapes[0], shapes[2]);
	assert_int_equal(shapes[2], shapes[5]);
	assert_int_equal(shapes[3], shapes[4]);
	assert_int_not_equal(shapes[3], shapes[0]);
	/* Many groups stay apart, also as templates. */
	for (int i = 0; i < 40; i++) {
		char text[40];
		snprintf(text, sizeof text, "at place%c%c it rains", 'a' + i % 26, 'a' + i / 26);
		say(&r, text);
		assert_int_not_equal(last(&r)->shape, shapes[0]);
	}
	uint32_t one = last(&r)->shape;
	scan_finish(&r.scan);
	assert_int_not_equal(miner_shape_key(r.scan.miner, one), miner_shape_key(r.scan.miner, shapes[0]));
	stop(&r);
}

static void the_exit_status_decides_late(void **state)
{
	(void)state;
	for (int status = 0; status < 2; status++) {
		struct trial r;
		start(&r, HEAD "detect: {line: 'probe v'}\nrules:\n  - {match: '^brings ', class: noise, on: success, unless: 'instead'}\n"
		          "  - {match: '^odd ', class: failure, on: failure}\n", false);
		say(&r, "probe v1");
		say(&r, "brings a thing");
		say(&r, "brings b instead");
		say(&r, "brings error: really lost");
		say(&r, "odd thing");
		uint64_t errors = r.scan.errors;
		filters_apply_status(&r.scan, status);
		assert_int_equal(r.scan.records[1].class, status ? CLASS_PLAIN : CLASS_NOISE);
		assert_int_equal(r.scan.records[2].class, CLASS_PLAIN);
		assert_true(r.scan.records[3].class >= CLASS_ERROR); /* never against the general rules */
		assert_int_equal(r.scan.records[4].class, status ? CLASS_FAILURE : CLASS_PLAIN);
		assert_int_equal(r.scan.errors, errors + (uint64_t)status);
		stop(&r);
	}
}

static void an_explosive_pattern_is_switched_off_and_told(void **state)
{
	(void)state;
	struct trial r;
	start(&r, HEAD "detect: {line: 'probe v'}\nrules: [{match: '^(a+)+$', class: noise}, {match: '^b', class: pass}]\n", false);
	say(&r, "probe v1");
	for (int i = 0; i < 50; i++)
		say(&r, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!");
	assert_int_equal(filter_set_message_count(r.set), 1);
	assert_non_null(strstr(filter_set_message(r.set, 0)->text, "f.yaml:4:17: "));
	becomes(&r, "b", CLASS_PASS);
	stop(&r);
}

static void a_filter_of_the_same_name_takes_the_place(void **state)
{
	(void)state;
	struct filter_set *set = filter_set_new();
	struct filter_info info;
	filter_set_add_builtins(set);
	size_t count = filter_set_count(set);
	assert_int_equal(filter_set_add(set, SPAN("ctxcut-filter: 1\nname: pytest\ndetect: {line: 'mine'}\nrules: [{match: mine, class: pass}]\n"), "m.yaml",
	                                FILTER_USER, NULL), ERR_OK);
	assert_int_equal(filter_set_count(set), count);
	filter_set_info(set, filter_set_find(set, "pytest"), &info);
	assert_string_equal(info.path, "m.yaml");
	assert_int_equal(filter_set_find(set, "nothere"), SIZE_MAX);
	filter_set_free(set);
}

static void many_active_filters_are_bounded(void **state)
{
	(void)state;
	struct filter_set *set = filter_set_new();
	for (int i = 0; i < 30; i++) {
		char yaml[160];
		snprintf(yaml, sizeof yaml, "ctxcut-filter: 1\nname: f%02d\ndetect: {line: '^tool%02d'}\nrules: [{match: '^line%02d', class: pass}]\n", i, i, i);
		assert_int_equal(filter_set_add(set, span_of_str(yaml), "x.yaml", FILTER_USER, NULL), ERR_OK);
	}
	struct trial r = {.set = set, .classifier = classifier_new(set)};
	struct scan_options options = {.classify = classifier_line, .classify_user = r.classifier};
	scan_init(&r.scan, &LIMITS_DEFAULT, &options);
	for (int i = 0; i < 30; i++) {
		char text[20];
		snprintf(text, sizeof text, "tool%02d", i);
		say(&r, text);
	}
	becomes(&r, "line29", CLASS_PASS);
	becomes(&r, "line22", CLASS_PASS);
	becomes(&r, "line21", CLASS_PLAIN);
	stop(&r);
}

static void watch_nothing(void *user, uint64_t no, const struct filter_note *note)
{
	(void)user;
	(void)no;
	(void)note;
}

/* A watched classifier asks every pattern of every line. */
static void what_is_remembered_of_a_form_is_what_asking_again_gives(void **state)
{
	(void)state;
	struct trial r[2];
	for (int i = 0; i < 2; i++) {
		r[i].set = filter_set_new();
		filter_set_add_builtins(r[i].set);
	}
	size_t different = 0, lines = 0;
	for (size_t f = 0; f < filter_set_count(r[0].set); f++) {
		for (int i = 0; i < 2; i++) {
			r[i].classifier = classifier_new(r[i].set);
			if (i)
				classifier_watch(r[i].classifier, watch_nothing, NULL);
			struct scan_options options = {.ci = true, .classify = classifier_line, .classify_user = r[i].classifier};
			scan_init(&r[i].scan, &LIMITS_DEFAULT, &options);
		}
		const struct filter_definition *d = filter_set_definition(r[0].set, f);
		/* The second and third time with other digits, some of them with 0 for all. */
		for (unsigned round = 0; round < 3; round++)
			for (size_t s = 0; s < d->sample_count; s++)
				for (struct span rest = d->samples[s].input; rest.len;) {
					size_t end = span_find(rest, SPAN("\n"));
					struct span text = span_head(rest, end == SIZE_MAX ? rest.len : end);
					rest = span_from(rest, end == SIZE_MAX ? rest.len : end + 1);
					char *copy = mem_zalloc(text.len + 1, 1);
					memcpy(copy, text.ptr, text.len);
					for (size_t k = 0; k < text.len && round; k++)
						if (copy[k] >= '0' && copy[k] <= '9')
							copy[k] = (char)(lines % 3 ? '0' + ((unsigned)(copy[k] - '0') + round + k) % 10 : '0');
					say(&r[0], copy);
					say(&r[1], copy);
					free(copy);
					const struct record *a = last(&r[0]), *b = last(&r[1]);
					if (a->class != b->class || a->flags != b->flags || a->shape != b->shape || a->base < b->base || a->base > b->base)
						fail_msg("%s, round %u: '%.*s' became %s and %s", d->name.ptr, round, (int)text.len, text.ptr,
						         line_class_name((enum line_class)a->class), line_class_name((enum line_class)b->class));
					lines++;
					different += round && a->class != CLASS_PLAIN;
				}
		for (int i = 0; i < 2; i++) {
			scan_release(&r[i].scan);
			classifier_free(r[i].classifier);
		}
	}
	assert_true(lines > 3000 && different > 1000);
	for (int i = 0; i < 2; i++)
		filter_set_free(r[i].set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_name_line_and_column),
		cmocka_unit_test(bombs_are_refused_early),
		cmocka_unit_test(a_filter_begins_with_its_tool_and_ends_with_it),
		cmocka_unit_test(a_block_keeps_its_first_and_its_last_lines),
		cmocka_unit_test(a_block_may_wait_for_the_exit_status),
		cmocka_unit_test(forced_filters_and_those_of_the_command_last_to_the_end),
		cmocka_unit_test(the_first_rule_that_matches_decides_unless_it_is_vetoed),
		cmocka_unit_test(a_block_holds_its_lines_up_to_its_end),
		cmocka_unit_test(joined_lines_are_of_one_kind),
		cmocka_unit_test(the_exit_status_decides_late),
		cmocka_unit_test(an_explosive_pattern_is_switched_off_and_told),
		cmocka_unit_test(a_filter_of_the_same_name_takes_the_place),
		cmocka_unit_test(many_active_filters_are_bounded),
		cmocka_unit_test(what_is_remembered_of_a_form_is_what_asking_again_gives),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
