/* Outlines of whatever bytes: the scanner's promises hold for text that is no program at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"
#include "tree/outline.h"
#include "tree/profile.h"

static struct span text_of(const struct buf *b) { return buf_span(b); }

static const struct symbol *find(const struct outline *o, const char *qualified)
{
	struct buf name = {0};
	const struct symbol *found = NULL;
	for (size_t i = 0; i < o->count && !found; i++) {
		buf_clear(&name);
		outline_qualified_name(o, &o->symbols[i], &name);
		if (span_eq(text_of(&name), span_of_str(qualified)))
			found = &o->symbols[i];
	}
	buf_release(&name);
	return found;
}

/* ---- what holds for every outline --------------------------------------------------------------------------------- */

static uint32_t lines_of(struct span text)
{
	uint32_t n = 0;
	for (size_t i = 0; i < text.len; i++)
		n += text.ptr[i] == '\n';
	return n + (text.len && text.ptr[text.len - 1] != '\n');
}

static void assert_sound(const struct outline *o, struct span text)
{
	uint32_t lines = lines_of(text);
	assert_int_equal(o->line_count, lines);
	for (size_t i = 0; i < o->count; i++) {
		const struct symbol *s = &o->symbols[i];
		assert_true(s->kind < SYMBOL_KINDS);
		assert_true(s->lead_line >= 1 && s->lead_line <= s->first_line);
		assert_true(s->first_line <= s->last_line);
		assert_true(s->last_line <= lines);
		assert_true(s->name_line >= s->lead_line && s->name_line <= lines);
		assert_true(s->name_len > 0);
		assert_true(s->parent == SYMBOL_NO_PARENT || s->parent < i);
		assert_true((size_t)s->name_off + s->name_len <= o->text.len);
		assert_true((size_t)s->scope_off + s->scope_len <= o->text.len);
		assert_true((size_t)s->signature_off + s->signature_len <= o->text.len);
		assert_true(i == 0 || o->symbols[i - 1].first_line <= s->first_line);
	}
}

/* Scans a copy that ends where its memory ends, so that a sanitizer sees a read behind it. */
static void scan_exactly(struct outliner *outliner, const struct language *l, struct span text, struct outline *o)
{
	char *copy = mem_alloc(text.len ? text.len : 1);
	if (text.len)
		memcpy(copy, text.ptr, text.len);
	outline_scan(outliner, l, span_of(copy, text.len), o);
	assert_sound(o, text);
	free(copy);
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Pieces that begin, end or interrupt something in some language. */
static const char *const pieces[] = {
	"{", "}", "(", ")", "[", "]", ";", ",", "\n", "\n\n", "\r\n", "\"", "'", "`", "\"\"\"", "'''", "/*", "*/", "//", "#", "--", "{-", "-}",
	"\\", "\\\n", "${", "#{", "\\(", "<<EOF\n", "EOF\n", "<<~A", "R\"x(", ")x\"", "r#\"", "\"#", "[==[", "]==]", "/", "/[", "=> ", "= ",
	"#if 0\n", "#if A\n", "\n#else\n", "\n#endif\n", "\n#define X(a) \\\n", "@a(", "#[", "[[", "def f", "class A", "function f(a)", "end", "do",
	"if", "fn x()", "int f(int a)", "template <", ">", "impl A for B ", "type (", "func (a *B) c()", "struct s", "typedef ", ": ", "    ",
	"\t", "\xff", "\xc3\xa9", "\x01", "=begin\n", "=end\n", "case x in\n", "<?php ", "?>", "```\n", "# h\n", "x:\n", "a:\n\tb\n", "begin",
	"$$", "$a$", "q{", "s/a/b/", "__END__\n", "<script>", "</script>",
};

static void garbage(uint64_t *random, size_t len, struct buf *into)
{
	buf_clear(into);
	while (into->len < len) {
		if (next_random(random) % 50 == 0)
			buf_add_char(into, '\0');
		else
			buf_add_str(into, pieces[next_random(random) % (sizeof pieces / sizeof *pieces)]);
	}
}

static void outlines_of_garbage_are_sound(void **state)
{
	(void)state;
	struct outliner *outliner = outliner_new();
	struct outline o = {0};
	struct buf text = {0};
	uint64_t random = 88172645463325252u;
	for (int round = 0; round < 60; round++)
		for (size_t i = 0; i < language_count(); i++) {
			garbage(&random, 1 + (size_t)(next_random(&random) % 600), &text);
			scan_exactly(outliner, language_at(i), buf_span(&text), &o);
		}
	buf_release(&text);
	outline_release(&o);
	outliner_free(outliner);
}

static void outlines_of_damaged_samples_are_sound(void **state)
{
	(void)state;
	struct outliner *outliner = outliner_new();
	struct outline o = {0};
	struct buf text = {0};
	uint64_t random = 1234567890123457u;
	for (size_t i = 0; i < language_count(); i++) {
		const struct profile *p = language_profile(language_at(i));
		for (size_t k = 0; k < p->sample_count; k++) {
			struct span sample = p->samples[k].text;
			for (int round = 0; round < 40; round++) {
				size_t cut = (size_t)next_random(&random) % sample.len, gone = (size_t)next_random(&random) % 8;
				buf_clear(&text);
				buf_add(&text, sample.ptr, cut);
				if (round % 2)
					buf_add_str(&text, pieces[next_random(&random) % (sizeof pieces / sizeof *pieces)]);
				if (round % 4)
					buf_add_span(&text, span_from(sample, cut + gone));
				scan_exactly(outliner, language_at(i), buf_span(&text), &o);
			}
		}
	}
	buf_release(&text);
	outline_release(&o);
	outliner_free(outliner);
}

/* Were the time not linear in the bytes, this would not end. */
static void repeated_pieces_end_in_time(void **state)
{
	(void)state;
	enum { BYTES = 400 * 1000 };
	struct outliner *outliner = outliner_new();
	struct outline o = {0};
	struct buf text = {0};
	for (size_t i = 0; i < language_count(); i++)
		for (size_t k = 0; k < sizeof pieces / sizeof *pieces; k++) {
			buf_clear(&text);
			while (text.len < BYTES / 8)
				buf_add_str(&text, pieces[k]);
			scan_exactly(outliner, language_at(i), buf_span(&text), &o);
		}
	buf_release(&text);
	outline_release(&o);
	outliner_free(outliner);
}

static void no_bytes_and_no_language_have_an_empty_outline(void **state)
{
	(void)state;
	struct outliner *outliner = outliner_new();
	struct outline o = {0};
	outline_scan(outliner, language_named(SPAN("c")), SPAN(""), &o);
	assert_int_equal(o.count, 0);
	assert_int_equal(o.line_count, 0);
	assert_false(o.unbalanced);
	outline_scan(outliner, NULL, SPAN("int f(void) { }"), &o);
	assert_int_equal(o.count, 0);
	outline_release(&o);
	outliner_free(outliner);
}

/* ---- what is asked of an outline ---------------------------------------------------------------------------------- */

static void a_directive_ends_where_its_line_does_however_long_it_is(void **state)
{
	(void)state;
	struct outliner *outliner = outliner_new();
	struct outline o = {0};
	/* What hides the end of the line, or does not, behind names of every length. */
	static const char *const tails[] = {"\n", "\\\n {\n", "\\\r\n {\n", "/ {\n", "/* {\n {\n*/\n", "// { \\\n", "\"\\\" {\" {\n",
	                                    "\" {\n", "\\\\ {\n"};
	for (size_t i = 0; i < sizeof tails / sizeof *tails; i++)
		for (size_t len = 1; len < 60; len++) {
			struct buf text = {0};
			buf_add_str(&text, "#define ");
			for (size_t k = 0; k < len; k++)
				buf_add_char(&text, 'A');
			buf_add_str(&text, tails[i]);
			buf_add_str(&text, "int f(void)\n{\n\treturn 1;\n}\n");
			outline_scan(outliner, language_named(SPAN("c")), buf_span(&text), &o);
			assert_false(o.unbalanced);
			assert_ptr_not_equal(find(&o, "f"), NULL);
			assert_int_equal(find(&o, "f")->last_line, o.line_count);
			outline_reset(&o);
			buf_release(&text);
		}
	outline_release(&o);
	outliner_free(outliner);
}

static void the_innermost_symbol_encloses_a_line(void **state)
{
	(void)state;
	struct outliner *outliner = outliner_new();
	struct outline o = {0};
	outline_scan(outliner, language_named(SPAN("python")),
	             SPAN("import os\n\n# said of A\nclass A:\n    def f(self):\n        pass\n\n    x = 1\n\ndef g():\n    pass\n"), &o);
	assert_int_equal(o.count, 3);
	assert_int_equal(outline_enclosing(&o, 1), SYMBOL_NO_PARENT);
	assert_int_equal(outline_enclosing(&o, 3), 0); /* the comment right above belongs to it */
	assert_int_equal(outline_enclosing(&o, 4), 0);
	assert_int_equal(outline_enclosing(&o, 6), 1);
	assert_int_equal(outline_enclosing(&o, 8), 0);
	assert_int_equal(outline_enclosing(&o, 9), SYMBOL_NO_PARENT);
	assert_int_equal(outline_enclosing(&o, 11), 2);
	outline_release(&o);
	outliner_free(outliner);
}

static void names_are_qualified_by_blocks_and_by_heads(void **state)
{
	(void)state;
	struct outliner *outliner = outliner_new();
	struct outline o = {0};
	outline_scan(outliner, language_named(SPAN("c++")),
	             SPAN("namespace n {\nstruct A { void f() { } };\ntemplate <class T> int B<T>::C::g(T t) { return 1; }\n}\n"), &o);
	assert_non_null(find(&o, "n.A.f"));
	assert_non_null(find(&o, "n.B.C.g"));
	const struct symbol *g = find(&o, "n.B.C.g");
	assert_true(span_eq(symbol_name(&o, g), SPAN("g")));
	assert_true(span_eq(symbol_scope(&o, g), SPAN("B::C")));
	assert_int_equal(g->kind, SYMBOL_METHOD);
	assert_true(span_eq(symbol_signature(&o, g), SPAN("template <class T> int B<T>::C::g(T t)")));
	outline_release(&o);
	outliner_free(outliner);
}

static void what_leads_to_a_definition_is_its_comment_and_its_decorators(void **state)
{
	(void)state;
	struct outliner *outliner = outliner_new();
	struct outline o = {0};
	outline_scan(outliner, language_named(SPAN("c")),
	             SPAN("int a; /* of a */\n\n/* of nothing */\n\n/* of f */\n// and more\nstatic int\nf(void)\n{\n}\nint g(void) { }\n"), &o);
	assert_int_equal(find(&o, "f")->lead_line, 5);
	assert_int_equal(find(&o, "f")->first_line, 7);
	assert_int_equal(find(&o, "f")->name_line, 8);
	assert_int_equal(find(&o, "f")->last_line, 10);
	assert_false(find(&o, "f")->exported);
	assert_int_equal(find(&o, "g")->lead_line, 11);
	assert_true(find(&o, "g")->exported);
	outline_scan(outliner, language_named(SPAN("java")), SPAN("/** of A */\n@X({\"}\"})\n@Y\npublic class A { }\n"), &o);
	assert_int_equal(find(&o, "A")->lead_line, 1);
	assert_int_equal(find(&o, "A")->first_line, 4);
	outline_release(&o);
	outliner_free(outliner);
}

static void a_block_left_open_ends_where_the_next_definition_begins(void **state)
{
	(void)state;
	struct outliner *outliner = outliner_new();
	struct outline o = {0};
	outline_scan(outliner, language_named(SPAN("c")), SPAN("int f(void)\n{\n\tif (a) {\n\treturn 1;\n\nint g(void)\n{\n\treturn 2;\n}\n"), &o);
	assert_true(o.unbalanced);
	assert_int_equal(o.count, 2);
	assert_true(find(&o, "f")->recovered);
	assert_int_equal(find(&o, "f")->last_line, 4);
	assert_int_equal(find(&o, "g")->first_line, 6);
	assert_int_equal(find(&o, "g")->last_line, 9);
	assert_false(find(&o, "g")->recovered);
	outline_release(&o);
	outliner_free(outliner);
}

/* ---- languages ---------------------------------------------------------------------------------------------------- */

static const char *language_at_path(const char *path, const char *head)
{
	const struct language *l = language_of(span_of_str(path), span_of_str(head));
	return l ? language_name(l) : "none";
}

static void languages_are_told_by_name_extension_text_and_first_line(void **state)
{
	(void)state;
	assert_string_equal(language_at_path("a/b/x.c", ""), "c");
	assert_string_equal(language_at_path("x.h", "#define A\nstruct a { int b; };\n"), "c");
	assert_string_equal(language_at_path("x.h", "/*\n * class of things\n */\nint class_of(void);\n"), "c");
	assert_string_equal(language_at_path("x.h", "// about\nclass A {\n};\n"), "c++");
	assert_string_equal(language_at_path("x.h", "template <class T>\nT f();\n"), "c++");
	assert_string_equal(language_at_path("x.PY", ""), "python");
	assert_string_equal(language_at_path("x.d.ts", ""), "typescript");
	assert_string_equal(language_at_path("tool", "#!/usr/bin/env python3\n"), "python");
	assert_string_equal(language_at_path("tool", "#! /usr/bin/env -S A=b node --x\n"), "javascript");
	assert_string_equal(language_at_path("tool", "// -*- C++ -*-\n"), "c++");
	assert_string_equal(language_at_path("tool", "# vim: set ft=python :\n"), "python");
	assert_string_equal(language_at_path("tool", "nothing"), "none");
	assert_string_equal(language_at_path(".c", ""), "none");
}

static void a_wrong_profile_is_refused_with_its_place(void **state)
{
	(void)state;
	struct profile *p = NULL;
	struct err err = {0};
	const char *yaml = "ctxcut-language: 1\nname: x\nabout: X.\nstyle: brace\nheads:\n  - kind: function\n    pattern: '(?<name>a'\nsamples: []\n";
	assert_int_equal(profile_read(&p, span_of_str(yaml), "x.yaml", true, &err), ERR_USAGE);
	assert_null(p);
	assert_non_null(strstr(err.text, "x.yaml:7:14: pattern, offset 9: missing"));
	yaml = "ctxcut-language: 1\nname: x\nabout: X.\nstyle: braces\n";
	assert_int_equal(profile_read(&p, span_of_str(yaml), "x.yaml", true, &err), ERR_USAGE);
	assert_string_equal(err.text, "x.yaml:4:8: 'braces' is none of brace, indentation, end, line");
	yaml = "ctxcut-language: 1\nname: x\nabout: X.\nstyle: brace\nheads:\n  - {kind: function, pattern: 'f(?<name>a)'}\nsamples:\n"
	       "  - text: 'x'\n    symbols: [function a]\n";
	assert_int_equal(profile_read(&p, span_of_str(yaml), "x.yaml", true, &err), ERR_USAGE);
	assert_non_null(strstr(err.text, "x.yaml:9:15: 'function a': write a symbol as"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outlines_of_garbage_are_sound),
		cmocka_unit_test(outlines_of_damaged_samples_are_sound),
		cmocka_unit_test(repeated_pieces_end_in_time),
		cmocka_unit_test(no_bytes_and_no_language_have_an_empty_outline),
		cmocka_unit_test(a_directive_ends_where_its_line_does_however_long_it_is),
		cmocka_unit_test(the_innermost_symbol_encloses_a_line),
		cmocka_unit_test(names_are_qualified_by_blocks_and_by_heads),
		cmocka_unit_test(what_leads_to_a_definition_is_its_comment_and_its_decorators),
		cmocka_unit_test(a_block_left_open_ends_where_the_next_definition_begins),
		cmocka_unit_test(languages_are_told_by_name_extension_text_and_first_line),
		cmocka_unit_test(a_wrong_profile_is_refused_with_its_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
