#include "base/mem.h"
#include "filter/builtin.h"
#include "filter/alike.h"
#include "filter/classify.h"
#include "filter/gate.h"
#include "filter/pack.h"
#include "text/kernel.h"
#include "text/literals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* "a|b" for a set of texts, "-" for none. */
static void expect(const char *pattern, const char *want)
{
	struct arena arena = {0};
	struct literals l = literals_of(&arena, span_of_str(pattern));
	struct buf got = {0};
	for (size_t i = 0; i < l.count; i++) {
		buf_add_str(&got, i ? "|" : "");
		buf_add_span(&got, l.texts[i]);
	}
	if (strcmp(l.count ? got.ptr : "-", want) != 0)
		fail_msg("%s: got %s, wanted %s", pattern, l.count ? got.ptr : "-", want);
	buf_release(&got);
	arena_release(&arena);
}

static void the_longest_certain_text_is_found(void **state)
{
	(void)state;
	expect("error: ", "error: ");
	expect("^\\S+:\\d+: error: ", ": error: ");
	expect("abc|defg", "abc|defg");
	expect("(?:abc|defg)x", "abc|defg");
	expect("(abc)+", "abc");
	expect("warnings?", "warning");
	expect("(?<name>word)\\b", "word");
	expect("a\\.b\\[c\\]", "a.b[c]");
	expect("[a-z]{3}text{2}", "text");
	expect("abcd{0,3}e", "abc");
	expect("foo(?=barbar)", "foo");
	expect("\\bfoo\\s+bar12\\b", "bar12");
	expect("\xc3\xa4\xc3\xb6\xe2\x82\xac?", "\xc3\xa4\xc3\xb6");
	expect("\\d{4} years", " years");
}

static void what_is_not_certain_is_not_claimed(void **state)
{
	(void)state;
	static const char *const patterns[] = {
		"ab", "(abc)?", "(abc)*", "abc|d", "abc|", "(?i)abcdef", "a(?i:bcdef)", "\\Qabc", "[abc]+", "(?x)a b c", "(?!abc)", "(?<!abc)d", ".*",
		"(abc){0}", "(a)\\1(?1)", "(?(1)abc)", "\\x{41}bcd", "abc{0}{3}", "(*COMMIT)abc", "ab(?#cde)", "[[:alpha:]]abc(?R)",
	};
	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
		expect(patterns[i], "-");
	expect("xyz{2}{0}q", "-");
	expect("[]abc]def", "def");
	expect("[^]abc]def", "def");
	expect("[[:alpha:]]def", "def");
	expect("[\\]abc]def", "def");
}

static struct span form_of(struct span line)
{
	static char form[1 << 16];
	assert_true(line.len < sizeof form);
	kernel_form(line.ptr, line.len, form);
	return span_of(form, line.len);
}

static void digits_are_alike_only_to_patterns_that_tell_none_from_another(void **state)
{
	(void)state;
	static const char *const alike[] = {"", "^\\d+ tests$", "[0-9]{2,4}:\\d{3}", "[a-f0-9]+", "(?<name>\\w+)\\.", "a\\.b\\b", "x{3}", "[^\\s]"};
	static const char *const apart[] = {"0 errors", "[1-9]\\d*", "[0-8]", "(\\w+) \\1", "\\x30", "(?1)", "[0-9-5]", "0-9", "(?P=n)", "(?&n)", "\\g{n}", "x{a3}",
	                                   "(?(n)a|b)", "(*ANY)", "\\Q7\\E", "\\p{L2}", "[[:digit:]5]", "\\c0"};
	for (size_t i = 0; i < sizeof alike / sizeof *alike; i++)
		if (!digits_are_alike(span_of_str(alike[i])))
			fail_msg("%s", alike[i]);
	for (size_t i = 0; i < sizeof apart / sizeof *apart; i++)
		if (digits_are_alike(span_of_str(apart[i])))
			fail_msg("%s", apart[i]);
}

/* "text:counts" of each spot, with ^ under what counts; "all". */
static void spots_are(const char *pattern, const char *want)
{
	struct arena arena = {0};
	struct spots s = spots_of(&arena, span_of_str(pattern));
	struct buf got = {0};
	buf_add_str(&got, s.all ? "all" : "");
	for (size_t i = 0; i < s.count && !s.all; i++) {
		buf_addf(&got, "%s%.*s:", i ? " | " : "", (int)s.at[i].text.len, s.at[i].text.ptr);
		for (size_t k = 0; k < s.at[i].text.len; k++)
			if (s.at[i].counts >> k & 1)
				buf_addf(&got, "%zu", k);
		buf_add_str(&got, s.at[i].run ? "+" : "");
	}
	if (strcmp(got.len ? got.ptr : "", want) != 0)
		fail_msg("%s: got %s, wanted %s", pattern, got.len ? got.ptr : "", want);
	buf_release(&got);
	arena_release(&arena);
}

static void a_pattern_looks_at_digits_where_its_text_says(void **state)
{
	(void)state;
	spots_are("^\\S+ exited with [1-9]\\d*$", " exited with 0:13");
	spots_are("\" (?<status>50[0-9]) ", "\" 000 :23");
	spots_are("a(?:b5|c6)d7", "b0:1 | c0:1 | d0:1");
	spots_are("0 (?:a|b)", "0 :0");
	spots_are("0 (?:a(?:b)c)5", "0 abc0:05");
	spots_are("a(?:b5)?c", "b0:1");
	spots_are("a(b5)+c6", "b0:1 | c0:1");
	spots_are("x0+y", "x0:1+");
	spots_are("xy?0", "0:0");
	spots_are("x5?y", "x0:1+");
	spots_are("(?!a0)\\d", "a0:1");
	spots_are("(?>a0|a)b1", "a0:1 | b0:1");
	spots_are("\\b0 err", "0 err:0");
	spots_are("a[0-8x]b", "a0:1");
	spots_are("a[^0]b", "a0:1");
	spots_are("Ã©" "5", "0:0");
	spots_are("a.b2", "b0:1");
	spots_are("[a-f]7", "0:0");
	spots_are("5|b6", "0:0 | b0:1");
	spots_are("a{2}3", "0:0");
	static const char *const all[] = {"(\\d)\\1", "(?i)a0", "\\x305", "a[1-5x]+b", "(?(1)a|0)", "\\Qa0\\E", "a{,3}0", "[[:digit:]]0", "(*ANY)0"};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		spots_are(all[i], "all");
}

static void the_first_byte_is_known_of_patterns_tied_to_the_begin(void **state)
{
	(void)state;
	static const struct {
		const char *pattern, *pass, *hold;
	} rows[] = {
		{"^abc", "a", "bA"}, {"^(?:FAIL|ok)", "Fo", "Ak"}, {"^\\s*x", " \tx", "y"}, {"^[^a-c]", "d\x80", "abc"}, {"^x?y", "xy", "z"}, {"^\\d+", "09", "a"},
		{"^(?:a|b)?c", "abc", "d"}, {"^a|b", "abz", ""}, {"a", "abz", ""}, {"^(?:x*)$", "xy", ""}, {"^(?i)a", "aAz", ""}, {"^\xc3\xa9?z", "\xc3z", "a"},
		{"^(?!q)\\S", "qa", " "}, {"^(?<n>ab|c)", "ac", "b"}, {"^a{0,2}b", "abz", ""}, {"^a{2}b", "a", "b"}, {"(?:^|x)a", "axz", ""}, {"^[\\]a-]", "]a-", "b\\"},
		{"^\\$ ", "$", " "}, {"^.", "a\x80 ", ""}, {"^a+?b", "ab", "c"}, {"(^a)|(^b)", "ab", "c"}, {"^[[:digit:]]", "0a", ""},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct first_bytes f = first_bytes_of(span_of_str(rows[i].pattern));
		for (const char *c = rows[i].pass; *c; c++)
			if (!first_bytes_pass(&f, span_of(c, 1)))
				fail_msg("%s holds back %c", rows[i].pattern, *c);
		for (const char *c = rows[i].hold; *c; c++)
			if (first_bytes_pass(&f, span_of(c, 1)))
				fail_msg("%s lets %c pass", rows[i].pattern, *c);
	}
}

static void a_head_is_what_each_match_begins_with(void **state)
{
	(void)state;
	static const struct {
		const char *pattern, *head;
	} rows[] = {
		{"^abc", "abc"}, {"^\\d{4}-\\d\\d[T ]x", "0000-00"}, {"^\\[a\\] b+c", "[a] b"}, {"^ab?c", "a"}, {"^ab*", "a"}, {"^a{2,}b", "aa"},
		{"^a{3}b", "aaab"}, {"^12:", "00:"}, {"^\\d{3,9}Z", "000"}, {"^a(?:b|c)", "a"}, {"^a|b", ""}, {"abc", ""}, {"^(?:a)b", ""}, {"^a{0}b", ""},
		{"^a{2}{0}b", ""}, {"^a{2,3}{0}b", ""}, {"^a+{0}b", ""}, {"^a++b", "a"}, {"^a{2}?b", "aab"}, {"^\\bab", ""}, {"^[a]b", ""}, {"^a[|]b", "a"}, {"^a.b", "a"},
		{"^\\wb", ""}, {"^Ã©", ""}, {"^a{,3}b", ""}, {"^a\\|b", "a|b"}, {"^a{b}", ""},
	};
	struct arena arena = {0};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct span head = head_of(&arena, span_of_str(rows[i].pattern));
		if (!span_eq(head, span_of_str(rows[i].head)))
			fail_msg("%s: got '%.*s', wanted '%s'", rows[i].pattern, (int)head.len, head.ptr, rows[i].head);
	}
	arena_release(&arena);
}

static void a_gate_finds_every_text_at_every_place(void **state)
{
	(void)state;
	static const char *const texts[] = {"abc", "bcd", "abcdef", "\xe2\x97\x8f", "   ", "error: ", "abc", "code 0"};
	struct gate g = {0};
	size_t count = sizeof texts / sizeof *texts;
	for (uint32_t i = 0; i < count; i++)
		gate_add(&g, span_of_str(texts[i]), i, GATE_BITS_SMALL);
	static const char *const lines[] = {"", "ab", "abc", "xabcx", "abcdef", "abcde", "error:  ", "\xe2\x97\x8f", "error: abcd", "aab bc d", "code 0 abc"};
	for (size_t l = 0; l < sizeof lines / sizeof *lines; l++) {
		struct span line = span_of_str(lines[l]);
		uint64_t owners = 0;
		gate_scan(&g, form_of(line), &owners);
		for (uint32_t i = 0; i < count; i++)
			assert_int_equal(owners >> i & 1, span_find(line, span_of_str(texts[i])) != SIZE_MAX);
	}
	gate_release(&g);
}

/* ---- gated and plain verdicts ---- */

struct corpus {
	struct span *lines;
	size_t count, cap;
	struct arena arena;
};

static void add_line(struct corpus *c, struct span line)
{
	MEM_GROW(c->lines, c->cap, c->count + 1);
	c->lines[c->count++] = arena_dup(&c->arena, line);
}

static struct span with_other_digits(struct span line)
{
	static char text[1 << 16];
	assert_true(line.len < sizeof text);
	for (size_t i = 0; i < line.len; i++) {
		char c = line.ptr[i];
		text[i] = c >= '0' && c <= '9' ? (char)('0' + ((size_t)(c - '0') + 1 + i % 8) % 10) : c;
	}
	text[line.len] = '\0';
	return span_of(text, line.len);
}

static size_t checked, matched, held_back, apart, headed;

/* The line with other digits, but for those that count. */
static struct span with_digits_that_count(const struct filter_pattern *p, struct span line)
{
	uint16_t at[64];
	char *other = (char *)(uintptr_t)with_other_digits(line).ptr;
	size_t count = spots_find(&p->spots, form_of(line), at, 64);
	for (size_t i = 0; i < count && count <= 64; i++)
		other[at[i]] = line.ptr[at[i]];
	return count <= 64 ? span_of(other, line.len) : line;
}

static void same_match(const struct filter_pattern *p, struct pattern *compiled, struct span line)
{
	struct pattern_groups a = {0}, b = {0};
	struct span other = with_digits_that_count(p, line);
	bool one = pattern_find(compiled, line, 0, &a) == PATTERN_YES, two = pattern_find(compiled, other, 0, &b) == PATTERN_YES;
	if (one != two || memcmp(&a, &b, sizeof a) != 0)
		fail_msg("'%.*s' and '%.*s' are not the same to the pattern %s", (int)line.len, line.ptr, (int)other.len, other.ptr, p->text.ptr);
	apart += one && !span_eq(line, other);
}

static void same_verdict(const struct filter_pattern *p, const struct corpus *c)
{
	struct pattern *compiled;
	struct err err = {0};
	if (!p->text.len)
		return;
	assert_int_equal(pattern_compile(&compiled, p->text, 0, &err), ERR_OK);
	struct gate g = {0};
	for (size_t t = 0; t < p->gate.count; t++)
		gate_add(&g, p->gate.texts[t], 0, GATE_BITS_SMALL);
	for (size_t i = 0; i < c->count; i++) {
		uint64_t passes = p->gate.count == 0;
		gate_scan(&g, form_of(c->lines[i]), &passes);
		bool plain = pattern_find(compiled, c->lines[i], 0, NULL) == PATTERN_YES;
		if (plain && !passes)
			fail_msg("the gate holds back '%s' of the pattern %s", c->lines[i].ptr, p->text.ptr);
		if (plain && !first_bytes_pass(&p->first, c->lines[i]))
			fail_msg("the first byte holds back '%s' of the pattern %s", c->lines[i].ptr, p->text.ptr);
		if (plain && !span_starts(form_of(c->lines[i]), p->head))
			fail_msg("the head holds back '%s' of the pattern %s", c->lines[i].ptr, p->text.ptr);
		headed += p->head.len > 1;
		held_back += !first_bytes_pass(&p->first, c->lines[i]);
		checked++;
		matched += plain;
		if (!p->digits_alike) {
			char zeros[1 << 16];
			same_match(p, compiled, c->lines[i]);
			memcpy(zeros, form_of(c->lines[i]).ptr, c->lines[i].len);
			same_match(p, compiled, span_of(zeros, c->lines[i].len));
		}
		/* Patterns to which digits are alike say the same of the line with others. */
		struct span other = with_other_digits(c->lines[i]);
		if (p->digits_alike && plain != (pattern_find(compiled, other, 0, NULL) == PATTERN_YES))
			fail_msg("'%s' and '%s' are not alike to the pattern %s", c->lines[i].ptr, other.ptr, p->text.ptr);
	}
	gate_release(&g);
	pattern_free(compiled);
}

static void gated_and_plain_verdicts_agree_for_every_builtin_pattern(void **state)
{
	(void)state;
	struct filter_set *set = filter_set_new();
	struct corpus c = {0};
	filter_set_add_builtins(set);
	for (size_t f = 0; f < filter_set_count(set); f++) {
		const struct filter_definition *d = filter_set_definition(set, f);
		assert_non_null(d);
		for (size_t s = 0; s < d->sample_count; s++)
			for (struct span rest = d->samples[s].input; rest.len;) {
				size_t end = span_find(rest, SPAN("\n"));
				struct span line = span_head(rest, end == SIZE_MAX ? rest.len : end);
				add_line(&c, line);
				/* Cut in the middle, and without its first byte. */
				add_line(&c, span_head(line, line.len / 2));
				add_line(&c, span_from(line, 1));
				rest = span_from(rest, end == SIZE_MAX ? rest.len : end + 1);
			}
	}
	for (size_t f = 0; f < filter_set_count(set); f++) {
		const struct filter_definition *d = filter_set_definition(set, f);
		for (size_t i = 0; i < d->detect_count; i++)
			same_verdict(&d->detects[i].pattern, &c);
		for (size_t i = 0; i < d->rule_count; i++)
			same_verdict(&d->rules[i].match, &c);
		for (size_t i = 0; i < d->block_count; i++)
			same_verdict(&d->blocks[i].from, &c);
		for (size_t i = 0; i < d->end_count; i++)
			same_verdict(&d->ends[i], &c);
	}
	assert_true(checked > 10000 && matched > 200 && held_back > checked / 4 && apart > 100 && headed > checked / 10);
	free(c.lines);
	arena_release(&c.arena);
	filter_set_free(set);
}

/* ---- what the build packed ---- */

static void same_text(struct span a, struct span b)
{
	if (!span_eq(a, b))
		fail_msg("'%.*s' is not '%.*s'", (int)a.len, a.ptr, (int)b.len, b.ptr);
}

static void same_pattern(const struct filter_pattern *a, const struct filter_pattern *b)
{
	same_text(a->text, b->text);
	same_text(a->head, b->head);
	assert_int_equal(a->line, b->line);
	assert_int_equal(a->column, b->column);
	assert_int_equal(a->digits_alike, b->digits_alike);
	assert_memory_equal(&a->first, &b->first, sizeof a->first);
	assert_int_equal(a->spots.count, b->spots.count);
	assert_int_equal(a->spots.all, b->spots.all);
	assert_int_equal(a->gate.count, b->gate.count);
	for (size_t t = 0; t < a->gate.count; t++)
		same_text(a->gate.texts[t], b->gate.texts[t]);
}

static void same_definition(const struct filter_definition *a, const struct filter_definition *b)
{
	same_text(a->name, b->name);
	same_text(a->about, b->about);
	assert_int_equal(a->quiet, b->quiet);
	same_pattern(&a->prefix, &b->prefix);
	assert_int_equal(a->detect_count, b->detect_count);
	for (size_t i = 0; i < a->detect_count; i++) {
		assert_int_equal((int)a->detects[i].kind, (int)b->detects[i].kind);
		same_pattern(&a->detects[i].pattern, &b->detects[i].pattern);
	}
	assert_int_equal(a->end_count, b->end_count);
	for (size_t i = 0; i < a->end_count; i++)
		same_pattern(&a->ends[i], &b->ends[i]);
	assert_int_equal(a->rule_count, b->rule_count);
	for (size_t i = 0; i < a->rule_count; i++) {
		const struct filter_rule *r = &a->rules[i], *o = &b->rules[i];
		same_pattern(&r->match, &o->match);
		same_pattern(&r->unless, &o->unless);
		assert_true(r->class == o->class && r->on == o->on && r->fold == o->fold && !r->group_by == !o->group_by);
		same_text(span_of_str(r->group_by), span_of_str(o->group_by));
	}
	assert_int_equal(a->block_count, b->block_count);
	for (size_t i = 0; i < a->block_count; i++) {
		const struct filter_block *r = &a->blocks[i], *o = &b->blocks[i];
		same_pattern(&r->from, &o->from);
		same_pattern(&r->to, &o->to);
		assert_true(r->to_blank == o->to_blank && r->class == o->class && r->head == o->head && r->on == o->on);
		assert_true(r->max == o->max && r->first == o->first && r->last == o->last);
	}
}

static void what_is_built_in_is_what_the_text_of_the_filter_says(void **state)
{
	(void)state;
	struct filter_set *set = filter_set_new();
	filter_set_add_builtins(set);
	assert_int_equal(filter_set_count(set), builtin_filter_count);
	for (size_t f = 0; f < builtin_filter_count; f++) {
		struct span packed = span_of(builtin_filters[f].packed, builtin_filters[f].packed_bytes);
		const struct filter_definition *d = filter_set_definition(set, f);
		struct filter_definition *unpacked = definition_unpack(packed, "x");
		same_definition(d, unpacked);
		struct arena arena = {0};
		size_t count;
		struct filter_detect *detects = definition_unpack_detects(&arena, packed, &count);
		assert_int_equal(count, d->detect_count);
		for (size_t i = 0; i < count; i++)
			same_pattern(&detects[i].pattern, &d->detects[i].pattern);
		arena_release(&arena);
		definition_free(unpacked);
	}
	filter_set_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_certain_text_is_found),
		cmocka_unit_test(what_is_not_certain_is_not_claimed),
		cmocka_unit_test(digits_are_alike_only_to_patterns_that_tell_none_from_another),
		cmocka_unit_test(a_pattern_looks_at_digits_where_its_text_says),
		cmocka_unit_test(the_first_byte_is_known_of_patterns_tied_to_the_begin),
		cmocka_unit_test(a_head_is_what_each_match_begins_with),
		cmocka_unit_test(a_gate_finds_every_text_at_every_place),
		cmocka_unit_test(gated_and_plain_verdicts_agree_for_every_builtin_pattern),
		cmocka_unit_test(what_is_built_in_is_what_the_text_of_the_filter_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
