/* The samples of all language profiles: each carries texts and what they define. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tree/outline.h"
#include "tree/profile.h"

static unsigned complain(const struct profile *p, unsigned line, const char *what, struct span text)
{
	fprintf(stderr, "%s:%u: %s: %.*s\n", p->path, line, what, (int)text.len, text.ptr);
	return 1;
}

/* "kind name first-last" of a symbol. */
static void describe(const struct outline *o, const struct symbol *s, struct buf *into)
{
	buf_clear(into);
	buf_addf(into, "%s ", symbol_kind_name(s->kind));
	outline_qualified_name(o, s, into);
	buf_addf(into, " %u-%u", s->first_line, s->last_line);
}

static unsigned compare_symbols(const struct profile *p, const struct sample *sample, const struct outline *o)
{
	struct buf have = {0}, want = {0};
	unsigned wrong = 0;
	for (size_t i = 0; i < sample->symbol_count || i < o->count; i++) {
		const struct sample_symbol *w = i < sample->symbol_count ? &sample->symbols[i] : NULL;
		buf_clear(&want);
		buf_clear(&have);
		if (w)
			buf_addf(&want, "%s %.*s %u-%u", symbol_kind_name(w->kind), (int)w->name.len, w->name.ptr, w->first_line, w->last_line);
		if (i < o->count)
			describe(o, &o->symbols[i], &have);
		if (span_eq(buf_span(&want), buf_span(&have)))
			continue;
		wrong += complain(p, w ? w->line : sample->line, "the profile says", buf_span(&want));
		wrong += complain(p, w ? w->line : sample->line, "the scanner found", buf_span(&have));
		break;
	}
	buf_release(&have);
	buf_release(&want);
	return wrong;
}

static unsigned compare_imports(const struct profile *p, const struct sample *sample, const struct outline *o)
{
	struct buf want = {0};
	unsigned wrong = 0;
	for (size_t i = 0; i < sample->import_count; i++) {
		buf_add_span(&want, sample->imports[i]);
		buf_add_char(&want, '\n');
	}
	if (sample->import_count && !span_eq(buf_span(&want), buf_span(&o->imports)))
		wrong = complain(p, sample->line, "imports found", buf_span(&o->imports));
	buf_release(&want);
	return wrong;
}

static void every_profile_outlines_its_samples_as_it_says(void **state)
{
	(void)state;
	struct outliner *outliner = outliner_new();
	struct outline o = {0};
	unsigned wrong = 0;
	assert_true(language_count() > 0);
	for (size_t i = 0; i < language_count(); i++) {
		const struct language *l = language_at(i);
		const struct profile *p = language_profile(l);
		for (size_t k = 0; k < p->sample_count; k++) {
			const struct sample *s = &p->samples[k];
			outline_scan(outliner, l, s->text, &o);
			wrong += compare_symbols(p, s, &o);
			wrong += compare_imports(p, s, &o);
			if (o.unbalanced != s->unbalanced)
				wrong += complain(p, s->line, o.unbalanced ? "does not balance" : "balances", SPAN("the sample"));
		}
	}
	outline_release(&o);
	outliner_free(outliner);
	assert_int_equal(wrong, 0);
}

static void languages_are_sorted_and_found_by_their_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < language_count(); i++) {
		const struct language *l = language_at(i);
		assert_ptr_equal(language_named(span_of_str(language_name(l))), l);
		assert_true(i == 0 || strcmp(language_name(language_at(i - 1)), language_name(l)) < 0);
	}
	assert_null(language_named(SPAN("no such language")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_profile_outlines_its_samples_as_it_says),
		cmocka_unit_test(languages_are_sorted_and_found_by_their_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
