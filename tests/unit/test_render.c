#include "render_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "log/class.h"

static const enum encoding encodings[] = {ENCODING_O200K, ENCODING_CL100K, ENCODING_CLAUDE};

static struct buf rendered(const struct extract *x, enum render_format format)
{
	struct buf out = {0};
	size_t tokens = render(x, &(struct render_options){.format = format, .encoding = ENCODING_O200K}, &out);
	assert_int_equal(tokens, tokens_count(ENCODING_O200K, buf_span(&out)));
	return out;
}

static void assert_renders(const struct extract *x, enum render_format format, const char *expected)
{
	struct buf out = rendered(x, format);
	assert_string_equal(out.ptr ? out.ptr : "", expected);
	buf_release(&out);
}

/* A failing build as in FORMAT.md. */
static void build_log(struct model *m)
{
	struct extract_input *in = model_input(m, "build.log", "build.log@3f2a91c4");
	model_line(m, "$ make test", CLASS_SECTION);
	model_gap(m, 1869, 0, 2, 212);
	model_line(m, "a.c:88:12: error: 'key' undeclared", CLASS_ERROR);
	model_line(m, "retrying 10.0.0.1", CLASS_PLAIN);
	model_piece(m, PIECE_FOLD, 1204)->varied = SPAN("10.0.0.2 … 10.0.4.7");
	model_line(m, "gave up", CLASS_FAILURE);
	model_gap(m, 45133, 29, 0, 4100)->kinds_estimated = true;
	in->error_kinds = 3;
	in->tokens = 612345;
	m->x.status_known = true;
	m->x.exit_status = 2;
}

static void the_text_form_reads_as_documented(void **state)
{
	(void)state;
	struct model m = {0};
	build_log(&m);
	struct buf out = rendered(&m.x, RENDER_TEXT);
	char figure[32];
	snprintf(figure, sizeof figure, "%zu", tokens_count(ENCODING_O200K, buf_span(&out)));
	struct buf expected = {0};
	buf_addf(&expected,
	         "[ctxcut show build.log@3f2a91c4:A-B for more|48210 lines|612345→%s tokens|exit 2|"
	         "31 errors of 3 kinds|29 left out]\n"
	         "$ make test\n"
	         "[2-1870|1869 lines|2 warnings|212 kinds]\n"
	         "a.c:88:12: error: 'key' undeclared\n"
	         "retrying 10.0.0.1\n"
	         "[1873-3076|×1204 like above|10.0.0.2 … 10.0.4.7]\n"
	         "gave up\n"
	         "[3078-48210|45133 lines|29 errors|~4100 kinds]\n",
	         figure);
	assert_string_equal(out.ptr, expected.ptr);
	buf_release(&expected);
	buf_release(&out);
	model_release(&m);
}

static void the_markdown_form_reads_as_documented(void **state)
{
	(void)state;
	struct model m = {0};
	build_log(&m);
	struct buf out = rendered(&m.x, RENDER_MARKDOWN);
	struct buf expected = {0};
	buf_addf(&expected,
	         "# `ctxcut show build.log@3f2a91c4:A-B` for more, 48210 lines, 612345→%zu tokens, exit 2, "
	         "31 errors of 3 kinds, 29 left out\n"
	         "```1\n$ make test\n```\n"
	         "- 2-1870, 1869 lines, 2 warnings, 212 kinds\n"
	         "```1871-1872\na.c:88:12: error: 'key' undeclared\nretrying 10.0.0.1\n```\n"
	         "- 1873-3076, ×1204 like above, `10.0.0.2 … 10.0.4.7`\n"
	         "```3077\ngave up\n```\n"
	         "- 3078-48210, 45133 lines, 29 errors, ~4100 kinds\n",
	         tokens_count(ENCODING_O200K, buf_span(&out)));
	assert_string_equal(out.ptr, expected.ptr);
	buf_release(&expected);
	buf_release(&out);
	model_release(&m);
}

static void what_fits_is_printed_bare(void **state)
{
	(void)state;
	struct model m = {0};
	model_input(&m, "a.log", "a.log@12345678");
	model_line(&m, "[2-9|8 lines]", CLASS_PLAIN);
	model_line(&m, "", CLASS_PLAIN);
	model_line(&m, "error: x", CLASS_ERROR);
	model_input(&m, "empty.log", "empty.log@12345678");
	model_input(&m, "b.log", "b.log@12345678");
	model_line(&m, "``` b", CLASS_PLAIN);
	m.x.passthrough = true;
	assert_renders(&m.x, RENDER_TEXT, "[2-9|8 lines]\n\nerror: x\n``` b\n");
	assert_renders(&m.x, RENDER_MARKDOWN, "```\n[2-9|8 lines]\n\nerror: x\n```\n````\n``` b\n````\n");
	struct buf out = {0};
	render(&m.x, &(struct render_options){.line_numbers = true}, &out);
	assert_string_equal(out.ptr, "[2-9|8 lines]\n\nerror: x\n``` b\n");
	buf_release(&out);
	model_release(&m);
	m.x.passthrough = true;
	assert_renders(&m.x, RENDER_TEXT, "");
	assert_renders(&m.x, RENDER_MARKDOWN, "");
}

static void line_numbers_stand_before_each_line(void **state)
{
	(void)state;
	struct model m = {0};
	model_input(&m, "a.log", "");
	model_gap(&m, 998, 0, 0, 1);
	model_line(&m, "x", CLASS_PLAIN);
	model_line(&m, "  y", CLASS_PLAIN);
	struct buf out = {0};
	render(&m.x, &(struct render_options){.line_numbers = true}, &out);
	assert_non_null(strstr(out.ptr, "]\n[1-998|998 lines|1 kind]\n999:x\n1000:  y\n"));
	buf_release(&out);
	model_release(&m);
}

static void small_gaps_and_counts_are_short(void **state)
{
	(void)state;
	struct model m = {0};
	model_input(&m, "-", "");
	model_gap(&m, 1, 1, 0, 1);
	model_line(&m, "x", CLASS_PLAIN);
	model_gap(&m, 3, 0, 1, 3);
	struct buf out = rendered(&m.x, RENDER_TEXT);
	assert_non_null(strstr(out.ptr, "|exit unknown|1 error|1 left out]\n"
	                                "[1|1 line|1 error]\nx\n[3-5|3 lines|1 warning]\n"));
	assert_int_equal(strncmp(out.ptr, "[ctxcut|5 lines|", 16), 0);
	buf_release(&out);
	model_release(&m);
}

static void errors_are_stated_with_what_is_left_out(void **state)
{
	(void)state;
	struct model m = {0};
	struct extract_input *in = model_input(&m, "a", "");
	model_line(&m, "error", CLASS_ERROR);
	struct buf out = rendered(&m.x, RENDER_TEXT);
	assert_non_null(strstr(out.ptr, "|1 error|shown]\n"));
	buf_release(&out);
	in->errors = 7;
	in->error_kinds = 1;
	in->errors_shown = 7;
	out = rendered(&m.x, RENDER_TEXT);
	assert_non_null(strstr(out.ptr, "|7 errors of 1 kind|all shown]\n"));
	buf_release(&out);
	in->errors_shown = 0;
	out = rendered(&m.x, RENDER_TEXT);
	assert_non_null(strstr(out.ptr, "|7 errors of 1 kind|7 left out]\n"));
	buf_release(&out);
	model_release(&m);
}

static void the_ways_a_command_ends_are_told_apart(void **state)
{
	(void)state;
	struct model m = {0};
	model_input(&m, "make all", "5f00c0de");
	model_gap(&m, 9, 0, 0, 2);
	m.x.status_known = true;
	struct buf out = rendered(&m.x, RENDER_TEXT);
	assert_non_null(strstr(out.ptr, "[ctxcut show 5f00c0de:A-B for more|'make all'|9 lines|"));
	assert_non_null(strstr(out.ptr, "|exit 0]\n"));
	buf_release(&out);
	m.x.term_signal = 9;
	m.x.exit_status = 137;
	out = rendered(&m.x, RENDER_TEXT);
	assert_non_null(strstr(out.ptr, "|killed by signal 9]\n"));
	buf_release(&out);
	m.x.status_known = false;
	out = rendered(&m.x, RENDER_TEXT);
	assert_null(strstr(out.ptr, "exit"));
	buf_release(&out);
	model_release(&m);
}

static void estimates_are_labelled(void **state)
{
	(void)state;
	struct model m = {0};
	struct extract_input *in = model_input(&m, "a", "");
	model_gap(&m, 9, 0, 0, 2);
	in->tokens = 612545;
	struct buf out = {0};
	size_t tokens = render(&m.x, &(struct render_options){.encoding = ENCODING_CLAUDE}, &out);
	assert_int_equal(tokens, tokens_count(ENCODING_CLAUDE, buf_span(&out)));
	char expected[80];
	snprintf(expected, sizeof expected, "|≤612545→≤%zu tokens (estimate)]\n", tokens);
	assert_non_null(strstr(out.ptr, expected));
	buf_release(&out);
	in->tokens_estimated = true;
	out = rendered(&m.x, RENDER_TEXT);
	assert_non_null(strstr(out.ptr, "|~613000→"));
	buf_release(&out);
	model_release(&m);
}

static void an_input_without_picks_is_mentioned_or_counted(void **state)
{
	(void)state;
	struct model m = {0};
	model_input(&m, "a.log", "a.log@11111111");
	model_line(&m, "x", CLASS_PLAIN);
	model_gap(&m, 4, 1, 0, 2);
	model_input(&m, "b.log", "b.log@22222222");
	model_gap(&m, 120, 3, 1, 14)->kinds_estimated = true;
	model_input(&m, "pipe", "");
	model_line(&m, "y", CLASS_PLAIN);
	model_input(&m, "empty", "empty@33333333");
	struct buf out = rendered(&m.x, RENDER_TEXT);
	const char *body = strchr(out.ptr, '\n') + 1;
	assert_string_equal(body, "[a.log@11111111|5 lines|1 error|1 left out]\nx\n[2-5|4 lines|1 error|2 kinds]\n"
	                          "[b.log@22222222|120 lines|3 errors|1 warning|~14 kinds|not shown]\n"
	                          "[pipe|no reference|1 line]\ny\n"
	                          "[empty@33333333|0 lines]\n");
	assert_int_equal(strncmp(out.ptr, "[ctxcut show REF:A-B for more|4 inputs|126 lines|", 49), 0);
	buf_release(&out);
	model_release(&m);
}

static void thousands_of_inputs_stay_within_a_small_budget(void **state)
{
	(void)state;
	struct model m = {0};
	for (int i = 0; i < 5000; i++) {
		char name[32];
		snprintf(name, sizeof name, "logs/%04d.log", i);
		struct span kept = arena_dup(&m.text, span_of_str(name));
		model_input(&m, kept.ptr, kept.ptr);
		model_gap(&m, 1000, (uint64_t)i % 2, 0, 10);
	}
	for (size_t budget = 64; budget <= 4096; budget *= 4) {
		m.x.budget_tokens = budget;
		for (int format = RENDER_TEXT; format <= RENDER_MARKDOWN; format++) {
			struct buf out = rendered(&m.x, (enum render_format)format);
			assert_true(tokens_count(ENCODING_O200K, buf_span(&out)) <= budget);
			buf_release(&out);
		}
	}
	/* All of them are accounted for, those with errors before those without. */
	struct buf out = rendered(&m.x, RENDER_TEXT);
	uint64_t inputs = 0, lines = 0;
	for (char *at = strchr(out.ptr, '\n') + 1; *at; at = strchr(at, '\n') + 1) {
		unsigned long long n, l, e;
		if (sscanf(at, "[%llu other inputs not shown|%llu lines|%llu errors]", &n, &l, &e) == 3) {
			inputs += n;
			lines += l;
		} else {
			assert_int_equal(sscanf(at, "[logs/%*4d.log|%llu lines|1 error|10 kinds|not shown]", &l), 1);
			inputs++;
			lines += l;
		}
	}
	assert_int_equal(inputs, 5000);
	assert_int_equal(lines, 5000000);
	buf_release(&out);
	model_release(&m);
}

static void a_small_budget_makes_the_header_give_up_name_then_reference(void **state)
{
	(void)state;
	struct model m = {0};
	char name[301] = {0};
	for (size_t i = 0; i < 300; i++)
		name[i] = "qzx/"[i % 4];
	struct extract_input *in = model_input(&m, name, "5f00c0de");
	model_gap(&m, UINT64_MAX / 2, 77, 0, 5000000);
	in->error_kinds = 5;
	m.x.budget_tokens = 100;
	struct buf out = rendered(&m.x, RENDER_TEXT);
	assert_int_equal(strncmp(out.ptr, "[ctxcut show 5f00c0de:A-B for more|9223372036854775807 lines|", 61), 0);
	buf_release(&out);
	in->reference = in->name;
	out = rendered(&m.x, RENDER_TEXT);
	assert_int_equal(strncmp(out.ptr, "[ctxcut|9223372036854775807 lines|", 34), 0);
	assert_non_null(strstr(out.ptr, "|77 errors of 5 kinds|77 left out]"));
	assert_true(tokens_count(ENCODING_O200K, buf_span(&out)) <= 100);
	buf_release(&out);
	m.x.budget_tokens = 0;
	out = rendered(&m.x, RENDER_TEXT);
	assert_non_null(strstr(out.ptr, name));
	buf_release(&out);
	model_release(&m);
}

static void names_are_words_for_a_shell(void **state)
{
	(void)state;
	static const struct {
		const char *name, *word;
	} cases[] = {
		{"plain-1.log", "plain-1.log"}, {"a b", "'a b'"},
		{"it's", "'it'\\''s'"},         {"[x]", "'[x]'"},
		{"2-1870", "'2-1870'"},         {"", "''"},
		{"new\nline", "$'new\\012line'"}, {"\xff'\\9", "$'\\377\\'\\1349'"},
		{"naïve", "naïve"},             {"a|b", "'a|b'"},
		{"~", "'~'"},                   {"$(id)", "'$(id)'"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct model m = {0};
		model_input(&m, cases[i].name, cases[i].name);
		model_gap(&m, 9, 0, 0, 2);
		if (*cases[i].name) {
			struct buf expected = {0};
			buf_addf(&expected, "[ctxcut show %s:A-B for more|9 lines|", cases[i].word);
			struct buf out = rendered(&m.x, RENDER_TEXT);
			assert_int_equal(strncmp(out.ptr, expected.ptr, expected.len), 0);
			buf_release(&out);
			buf_release(&expected);
		}
		m.x.inputs[0].reference = SPAN("");
		struct buf expected = {0};
		buf_addf(&expected, "[ctxcut|%s|9 lines|", cases[i].word);
		struct buf out = rendered(&m.x, RENDER_TEXT);
		assert_int_equal(strncmp(out.ptr, expected.ptr, expected.len), 0);
		buf_release(&out);
		buf_release(&expected);
		model_release(&m);
	}
}

static void markers_take_a_level_that_no_line_has(void **state)
{
	(void)state;
	struct model m = {0};
	model_input(&m, "a", "");
	model_line(&m, "x", CLASS_PLAIN);
	model_gap(&m, 4, 0, 0, 2);
	static const struct {
		const char *line, *opening;
	} steps[] = {
		{"[[two", "[ctxcut|"},         {"  [INFO] one", "[[[ctxcut|"}, {"[[[[[five", "[[[ctxcut|"},
		{"\t[[[three", "[[[[ctxcut|"}, {"[[[[", "[[[[[[ctxcut|"},
	};
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		model_line(&m, steps[i].line, CLASS_PLAIN);
		struct buf out = rendered(&m.x, RENDER_TEXT);
		assert_int_equal(strncmp(out.ptr, steps[i].opening, strlen(steps[i].opening)), 0);
		buf_release(&out);
	}
	model_release(&m);
}

static void marks_of_cuts_take_a_level_that_no_text_has(void **state)
{
	(void)state;
	static const struct cut cut = {3, 17}; /* bytes: an ellipsis is three */
	struct model m = {0};
	model_input(&m, "a", "");
	struct extract_line *line = model_line(&m, "jam…[20 cut]…set", CLASS_PLAIN);
	line->cuts = &cut;
	line->cut_count = 1;
	model_gap(&m, 4, 0, 0, 2);
	struct buf out = rendered(&m.x, RENDER_TEXT);
	assert_non_null(strstr(out.ptr, "\njam…[20 cut]…set\n"));
	buf_release(&out);
	model_line(&m, "someone writes …[5 cut]… here", CLASS_PLAIN);
	out = rendered(&m.x, RENDER_TEXT);
	assert_int_equal(strncmp(out.ptr, "[[ctxcut|", 9), 0);
	assert_non_null(strstr(out.ptr, "\njam…[[20 cut]]…set\n"));
	assert_non_null(strstr(out.ptr, "\nsomeone writes …[5 cut]… here\n"));
	buf_release(&out);
	out = rendered(&m.x, RENDER_MARKDOWN);
	assert_non_null(strstr(out.ptr, ", cuts in 2 brackets\n"));
	assert_non_null(strstr(out.ptr, "\njam…[[20 cut]]…set\n"));
	buf_release(&out);
	out = rendered(&m.x, RENDER_JSON);
	assert_non_null(strstr(out.ptr, "\"brackets\":2,"));
	assert_non_null(strstr(out.ptr, "\"jam…[[20 cut]]…set\""));
	buf_release(&out);
	model_release(&m);
}

/* Reads a text rendering back by the rule of FORMAT.md alone and holds it against the model. */
static void assert_text_is_the_model(const struct extract *x, const struct buf *out)
{
	const char *at = out->ptr;
	size_t level = strspn(at, "[");
	assert_true(level > 0);
	const struct extract_line *line = x->lines;
	uint64_t next_no = 1, mentioned = 0, total = 0;
	for (const char *end; *at; at = end + 1) {
		end = strchr(at, '\n');
		assert_non_null(end);
		if (strspn(at, "[") != level) {
			assert_true(line < x->lines + x->line_count);
			assert_int_equal(line->no, next_no);
			assert_int_equal(line->text.len, (size_t)(end - at));
			assert_memory_equal(line->text.ptr, at, line->text.len);
			line++;
			next_no++;
			total++;
			continue;
		}
		for (size_t i = 1; i <= level; i++)
			assert_int_equal(end[-(ptrdiff_t)i], ']');
		const char *inside = at + level;
		unsigned long long first = 0, last = 0;
		int used = 0;
		if (sscanf(inside, "%llu-%llu|%n", &first, &last, &used) != 2 || used == 0) {
			last = first;
			if (sscanf(inside, "%llu|%n", &first, &used) == 1 && used > 0)
				last = first;
			else
				first = last = 0;
		}
		if (first) { /* a gap or a fold */
			assert_int_equal(first, next_no);
			assert_true(last >= first);
			unsigned long long count = strtoull(inside + used + (strncmp(inside + used, "×", 2) == 0 ? 2 : 0), NULL, 10);
			assert_int_equal(count, last - first + 1);
			next_no = last + 1;
			total += count;
		} else if (memmem(inside, (size_t)(end - inside), "not shown", 9)) {
			const char *lines = NULL; /* the last " line": a name may hold one too */
			for (const char *l = inside; (l = memmem(l, (size_t)(end - l), " line", 5)) != NULL; l++)
				lines = l;
			assert_non_null(lines);
			while (lines[-1] >= '0' && lines[-1] <= '9')
				lines--;
			mentioned += strtoull(lines, NULL, 10);
		} else {
			next_no = 1;
		}
	}
	assert_ptr_equal(line, x->lines + x->line_count);
	uint64_t expected = 0;
	for (size_t i = 0; i < x->input_count; i++)
		expected += x->inputs[i].lines;
	assert_int_equal(total + mentioned, expected);
}

static void every_printed_line_is_the_models_and_every_other_is_counted(void **state)
{
	(void)state;
	uint64_t seed = 1;
	for (int round = 0; round < 3000; round++) {
		struct model m = {0};
		model_by_chance(&m, &seed);
		struct buf out = rendered(&m.x, RENDER_TEXT);
		assert_text_is_the_model(&m.x, &out);
		buf_release(&out);
		model_release(&m);
	}
}

static void no_line_ends_its_fence(void **state)
{
	(void)state;
	uint64_t seed = 2;
	for (int round = 0; round < 1000; round++) {
		struct model m = {0};
		model_by_chance(&m, &seed);
		struct buf out = rendered(&m.x, RENDER_MARKDOWN);
		const struct extract_line *line = m.x.lines;
		size_t fence = 0;
		for (const char *at = out.ptr, *end; *at; at = end + 1) {
			end = strchr(at, '\n');
			size_t ticks = strspn(at, "`"), rest = strcspn(at + ticks, "\n");
			if (fence == 0) {
				fence = ticks;
				assert_true(fence >= 3 || strncmp(at, "# ", 2) == 0 || strncmp(at, "## ", 3) == 0 ||
				            strncmp(at, "- ", 2) == 0);
				if (fence)
					assert_int_equal(strtoull(at + ticks, NULL, 10), line->no);
			} else if (ticks >= fence && rest == 0) {
				fence = 0;
			} else {
				assert_int_equal(line->text.len, (size_t)(end - at));
				assert_memory_equal(line->text.ptr, at, line->text.len);
				line++;
			}
		}
		assert_int_equal(fence, 0);
		assert_ptr_equal(line, m.x.lines + m.x.line_count);
		buf_release(&out);
		model_release(&m);
	}
}

static void the_token_figure_is_that_of_the_output(void **state)
{
	(void)state;
	for (size_t e = 0; e < 3; e++) {
		/* Every size around the places where the figure itself grows a token. */
		struct model m = {0};
		model_input(&m, "a.log", "a.log@12345678");
		model_gap(&m, 5000, 0, 0, 12);
		for (int n = 0; n < 1200; n++) {
			model_line(&m, n % 7 ? "x" : n % 2 ? "  y" : "/z", CLASS_PLAIN);
			if (n > 5 && n < 380)
				continue; /* the figure is far from 1000 */
			for (int format = RENDER_TEXT; format <= RENDER_MARKDOWN; format++) {
				if (n < 6 && format == RENDER_JSON)
					continue;
				struct buf out = {0};
				struct render_options o = {.format = (enum render_format)format, .encoding = encodings[e]};
				size_t tokens = render(&m.x, &o, &out);
				assert_int_equal(tokens, tokens_count(encodings[e], buf_span(&out)));
				char figure[48];
				snprintf(figure, sizeof figure, format == RENDER_JSON ? "\"tokens_after\":%zu," : "%zu tokens", tokens);
				assert_non_null(strstr(out.ptr, figure));
				buf_release(&out);
			}
			if (n == 700)
				break;
		}
		model_release(&m);
	}
}

static void colour_changes_nothing_else(void **state)
{
	(void)state;
	uint64_t seed = 3;
	for (int round = 0; round < 300; round++) {
		struct model m = {0};
		model_by_chance(&m, &seed);
		struct render_options o = {.color = false, .line_numbers = round % 2};
		struct buf plain = {0}, colored = {0}, stripped = {0};
		size_t tokens = render(&m.x, &o, &plain);
		o.color = true;
		assert_int_equal(render(&m.x, &o, &colored), tokens);
		assert_int_not_equal(colored.len, plain.len);
		for (size_t i = 0; i < colored.len; i++) {
			if (colored.ptr[i] == '\033')
				while (colored.ptr[i] != 'm')
					i++;
			else
				buf_add_char(&stripped, colored.ptr[i]);
		}
		assert_string_equal(stripped.ptr, plain.ptr);
		buf_release(&plain);
		buf_release(&colored);
		buf_release(&stripped);
		model_release(&m);
	}
}

static void rendering_twice_gives_the_same_and_appends(void **state)
{
	(void)state;
	uint64_t seed = 4;
	for (int round = 0; round < 100; round++) {
		struct model m = {0};
		model_by_chance(&m, &seed);
		for (int format = RENDER_TEXT; format <= RENDER_MARKDOWN; format++) {
			struct buf once = rendered(&m.x, (enum render_format)format), again = {0};
			buf_add_str(&again, "before");
			struct render_options o = {.format = (enum render_format)format};
			assert_int_equal(render(&m.x, &o, &again), tokens_count(ENCODING_O200K, buf_span(&once)));
			assert_int_equal(again.len, once.len + 6);
			assert_memory_equal(again.ptr + 6, once.ptr, once.len);
			buf_release(&once);
			buf_release(&again);
		}
		model_release(&m);
	}
}

static void the_charged_cost_of_a_gap_is_its_true_cost(void **state)
{
	(void)state;
	uint64_t seed = 5;
	for (int round = 0; round < 4000; round++) {
		struct model m = {0};
		model_input(&m, "a", "");
		uint64_t above = chance(&seed, 3) ? chance(&seed, 3000) : chance(&seed, 2000000000);
		if (above)
			model_gap(&m, above, 0, 0, 1);
		model_line(&m, nasty_lines[chance(&seed, NASTY_LINES)], CLASS_PLAIN);
		uint64_t lines = 1 + (chance(&seed, 2) ? chance(&seed, 4) : chance(&seed, 2000000000));
		struct extract without = m.x;
		struct piece *gap = model_gap(&m, lines, chance(&seed, lines + 1), 0, 1 + chance(&seed, lines));
		if (lines > 1) {
			gap->warnings = chance(&seed, lines - gap->errors + 1);
			gap->kinds_estimated = chance(&seed, 2);
		}
		for (size_t e = 0; e < 3; e++) {
			struct buf with_gap = {0}, no_gap = {0};
			struct render_options o = {.encoding = encodings[e]};
			size_t after = render(&m.x, &o, &with_gap);
			without.inputs = m.x.inputs; /* the same header, but for its figure */
			without.pieces = m.x.pieces;
			size_t before = render(&without, &o, &no_gap);
			size_t charged = render_marker_cost(encodings[e], gap);
			assert_true(charged <= render_gap_cost(encodings[e], gap->first_line, gap->last_line));
			const char *marker = strrchr(with_gap.ptr, '\n');
			for (marker--; marker[-1] != '\n';)
				marker--;
			if (strspn(marker, "[") <= 2 && !encoding_is_estimate(encodings[e]))
				assert_int_equal(charged, tokens_count(encodings[e], span_of_str(marker)));
			assert_true(after <= before + charged + 2); /* the header's figure may have grown, and with it a token */
			buf_release(&with_gap);
			buf_release(&no_gap);
		}
		model_release(&m);
	}
}

static void extreme_numbers_are_printed_whole(void **state)
{
	(void)state;
	struct model m = {0};
	struct extract_input *in = model_input(&m, "a", "");
	model_gap(&m, UINT64_MAX - 1, UINT64_MAX - 1, 0, UINT64_MAX - 2);
	model_line(&m, "last", CLASS_PLAIN);
	in->tokens = UINT64_MAX;
	in->errors = UINT64_MAX - 1;
	struct buf out = rendered(&m.x, RENDER_TEXT);
	assert_non_null(strstr(out.ptr, "|18446744073709551615→"));
	assert_non_null(strstr(out.ptr, "\n[1-18446744073709551614|18446744073709551614 lines|18446744073709551614 errors|"
	                                "18446744073709551613 kinds]\nlast\n"));
	buf_release(&out);
	in->tokens_estimated = true;
	out = rendered(&m.x, RENDER_TEXT);
	assert_non_null(strstr(out.ptr, "|~18400000000000000000→"));
	buf_release(&out);
	model_release(&m);
}

static void nothing_at_all_still_has_a_header(void **state)
{
	(void)state;
	struct model m = {0};
	struct buf out = rendered(&m.x, RENDER_TEXT);
	assert_int_equal(strncmp(out.ptr, "[ctxcut|0 lines|0→", strlen("[ctxcut|0 lines|0→")), 0);
	buf_release(&out);
	model_input(&m, "run it", "");
	m.x.status_known = true;
	m.x.exit_status = 3;
	out = rendered(&m.x, RENDER_TEXT);
	assert_non_null(strstr(out.ptr, "|exit 3]\n"));
	buf_release(&out);
	model_release(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_text_form_reads_as_documented),
		cmocka_unit_test(the_markdown_form_reads_as_documented),
		cmocka_unit_test(what_fits_is_printed_bare),
		cmocka_unit_test(line_numbers_stand_before_each_line),
		cmocka_unit_test(small_gaps_and_counts_are_short),
		cmocka_unit_test(errors_are_stated_with_what_is_left_out),
		cmocka_unit_test(the_ways_a_command_ends_are_told_apart),
		cmocka_unit_test(estimates_are_labelled),
		cmocka_unit_test(an_input_without_picks_is_mentioned_or_counted),
		cmocka_unit_test(thousands_of_inputs_stay_within_a_small_budget),
		cmocka_unit_test(a_small_budget_makes_the_header_give_up_name_then_reference),
		cmocka_unit_test(names_are_words_for_a_shell),
		cmocka_unit_test(markers_take_a_level_that_no_line_has),
		cmocka_unit_test(marks_of_cuts_take_a_level_that_no_text_has),
		cmocka_unit_test(every_printed_line_is_the_models_and_every_other_is_counted),
		cmocka_unit_test(no_line_ends_its_fence),
		cmocka_unit_test(the_token_figure_is_that_of_the_output),
		cmocka_unit_test(colour_changes_nothing_else),
		cmocka_unit_test(rendering_twice_gives_the_same_and_appends),
		cmocka_unit_test(the_charged_cost_of_a_gap_is_its_true_cost),
		cmocka_unit_test(extreme_numbers_are_printed_whole),
		cmocka_unit_test(nothing_at_all_still_has_a_header),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
