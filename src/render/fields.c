#include "render/writer.h"

#include "text/clean.h"
#include "text/utf8.h"

void put_u64(struct buf *out, uint64_t n)
{
	char digits[20];
	size_t at = sizeof digits;
	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	buf_add(out, digits + at, sizeof digits - at);
}

void put_range(struct buf *out, uint64_t first, uint64_t last)
{
	put_u64(out, first);
	if (last != first) {
		buf_add_char(out, '-');
		put_u64(out, last);
	}
}

static bool is_plain_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80 ||
	       (c != '\0' && strchr("_@%+=:,./-", c));
}

/* A word of digits and '-' would read like the range of a gap. */
static bool looks_like_range(struct span w)
{
	for (size_t i = 0; i < w.len; i++)
		if (w.ptr[i] != '-' && (w.ptr[i] < '0' || w.ptr[i] > '9'))
			return false;
	return true;
}

void put_word(struct buf *out, struct span w)
{
	bool printable = utf8_valid(w) && clean_is_clean(w);
	bool plain = printable && !looks_like_range(w);
	for (size_t i = 0; plain && i < w.len; i++)
		plain = is_plain_byte(w.ptr[i]);
	if (plain) {
		buf_add_span(out, w);
		return;
	}
	buf_add_str(out, printable ? "'" : "$'");
	for (size_t i = 0; i < w.len; i++) {
		char c = w.ptr[i];
		if (c == '\'')
			buf_add_str(out, printable ? "'\\''" : "\\'");
		else if (printable || (c >= ' ' && c < 0x7f && c != '\\'))
			buf_add_char(out, c);
		else
			buf_addf(out, "\\%03o", (unsigned)(unsigned char)c); /* octal ends after three digits, \x does not */
	}
	buf_add_char(out, '\'');
}

bool reference_names(const struct extract_input *in)
{
	return in->name.len && span_starts(in->reference, in->name) &&
	       (in->reference.len == in->name.len || in->reference.ptr[in->name.len] == '@');
}

static void next(struct fields *f)
{
	if (f->any)
		buf_add_str(f->out, f->separator);
	f->any = true;
}

static void text(struct fields *f, const char *s)
{
	next(f);
	buf_add_str(f->out, s);
}

static void word(struct fields *f, struct span s)
{
	next(f);
	f->put_word(f->out, "", s, "");
}

/* "3 errors", "1 error"; nothing for zero. */
static void count(struct fields *f, uint64_t n, const char *noun)
{
	if (n == 0)
		return;
	next(f);
	put_u64(f->out, n);
	buf_add_char(f->out, ' ');
	buf_add_str(f->out, noun);
	if (n != 1)
		buf_add_char(f->out, 's');
}

static void line_count(struct fields *f, uint64_t lines)
{
	if (lines)
		count(f, lines, "line");
	else
		text(f, "0 lines");
}

/* "41 errors of 3 kinds|29 left out": promise P6 wants the second number. */
static void errors(struct fields *f, uint64_t all, uint64_t kinds, uint64_t shown)
{
	if (all == 0)
		return;
	count(f, all, "error");
	if (kinds && all > 1) {
		buf_add_str(f->out, " of ");
		put_u64(f->out, kinds);
		buf_add_str(f->out, kinds == 1 ? " kind" : " kinds");
	}
	next(f);
	if (shown >= all) {
		buf_add_str(f->out, all == 1 ? "shown" : "all shown");
	} else {
		put_u64(f->out, all - shown);
		buf_add_str(f->out, " left out");
	}
}

static void notes(struct fields *f, const struct extract_input *in)
{
	if (in->binary)
		text(f, "binary");
	if (in->incomplete)
		text(f, "incomplete");
	if (in->decoded_from.len) {
		text(f, "from ");
		buf_add_span(f->out, in->decoded_from);
	}
}

/* An extrapolated figure to three digits: it knows no more. */
static uint64_t rounded(uint64_t n)
{
	uint64_t unit = 1;
	while (n / unit >= 1000)
		unit *= 10;
	uint64_t down = n / unit * unit;
	return n - down >= unit - unit / 2 && unit > 1 && down <= UINT64_MAX - unit ? down + unit : down;
}

/* "612345→1904 tokens", with ~ and ≤ where they belong. */
static void tokens(struct fields *f, const struct totals *all, size_t after, enum encoding encoding)
{
	bool estimate = encoding_is_estimate(encoding);
	next(f);
	if (all->tokens_estimated)
		buf_add_char(f->out, '~');
	else if (estimate)
		buf_add_str(f->out, "≤");
	put_u64(f->out, all->tokens_estimated ? rounded(all->tokens) : all->tokens);
	buf_add_str(f->out, estimate ? "→≤" : "→");
	put_u64(f->out, after);
	buf_add_str(f->out, estimate ? " tokens (estimate)" : " tokens");
}

static void status(struct fields *f, const struct extract *x, const struct totals *all)
{
	if (x->status_known) {
		text(f, x->term_signal ? "killed by signal " : "exit ");
		put_u64(f->out, (uint64_t)(x->term_signal ? x->term_signal : x->exit_status));
	} else if (all->stdin_read) {
		text(f, "exit unknown"); /* a pipe hides how its writer ended (promise P6) */
	}
}

void fields_header(struct fields *f, const struct writer *w, enum header_form form, size_t after)
{
	const struct extract *x = w->x;
	const struct totals *all = &w->plan->all;
	const struct extract_input *only = x->input_count == 1 ? &x->inputs[0] : NULL;
	next(f);
	if (w->plan->any_reference && form < HEADER_BARE) {
		f->put_word(f->out, "ctxcut show ", only ? only->reference : SPAN("REF"), ":A-B");
		buf_add_str(f->out, " for more");
	} else {
		buf_add_str(f->out, "ctxcut");
	}
	if (only && form == HEADER_FULL && !is_stdin(only) && !reference_names(only))
		word(f, only->name);
	if (!only)
		count(f, all->inputs, "input");
	line_count(f, all->lines);
	tokens(f, all, after, w->o->encoding);
	status(f, x, all);
	errors(f, all->errors, only && form < HEADER_LEAST ? only->error_kinds : 0, all->errors_shown);
	if (only && form < HEADER_LEAST)
		notes(f, only);
	count(f, x->redactions, "masked secret");
	/* Text says it with its own brackets. */
	if (w->o->format == RENDER_MARKDOWN && w->plan->level > 1) {
		text(f, "cuts in ");
		put_u64(f->out, w->plan->level);
		buf_add_str(f->out, " brackets");
	}
}

/* The reference names the input when there is one; else the name does, and where others have a reference, the lack of
 * one is said, lest the name be taken for it. */
static void input_name(struct fields *f, const struct writer *w, const struct extract_input *in)
{
	word(f, in->reference.len ? in->reference : in->name);
	if (in->reference.len == 0 && w->plan->any_reference)
		text(f, "no reference");
	if (in->reference.len && !reference_names(in))
		word(f, in->name);
}

void fields_input(struct fields *f, const struct writer *w, size_t i)
{
	const struct extract_input *in = &w->x->inputs[i];
	input_name(f, w, in);
	line_count(f, in->lines);
	errors(f, in->errors, in->error_kinds, in->errors_shown);
	notes(f, in);
}

static void gap_counts(struct fields *f, uint64_t lines, const struct piece *p)
{
	line_count(f, lines);
	count(f, p->errors, "error");
	count(f, p->warnings, "warning");
	/* When every line is of a kind of its own, the number of lines has said it. */
	if (p->kinds == 0 || (p->kinds >= lines && !p->kinds_estimated))
		return;
	if (p->kinds_estimated) {
		text(f, "~");
		f->any = false; /* the number follows without a separator */
	}
	count(f, p->kinds, "kind");
	f->any = true;
}

void fields_mention(struct fields *f, const struct writer *w, size_t i)
{
	const struct extract_input *in = &w->x->inputs[i];
	const struct input_plan *at = &w->plan->inputs[i];
	struct piece whole = {.errors = in->errors, .warnings = in->warnings};
	if (at->piece_end == at->piece_begin + 1) { /* as a rule: one gap holds all its lines, and their kinds */
		whole.kinds = w->x->pieces[at->piece_begin].kinds;
		whole.kinds_estimated = w->x->pieces[at->piece_begin].kinds_estimated;
	}
	input_name(f, w, in);
	gap_counts(f, in->lines, &whole);
	if (in->lines)
		text(f, "not shown");
	notes(f, in);
}

void fields_rest(struct fields *f, const struct totals *rest)
{
	next(f);
	put_u64(f->out, rest->inputs);
	buf_add_str(f->out, rest->inputs == 1 ? " other input not shown" : " other inputs not shown");
	line_count(f, rest->lines);
	count(f, rest->errors, "error");
	count(f, rest->warnings, "warning");
}

void fields_gap(struct fields *f, const struct piece *p)
{
	next(f);
	put_range(f->out, p->first_line, p->last_line);
	gap_counts(f, piece_line_count(p), p);
}

void fields_fold(struct fields *f, const struct piece *p)
{
	next(f);
	put_range(f->out, p->first_line, p->last_line);
	text(f, "×");
	put_u64(f->out, piece_line_count(p));
	buf_add_str(f->out, " like above");
}

void fields_source(struct fields *f, const struct extract_source *s)
{
	word(f, s->reference);
	if (s->kind.len == 0)
		return;
	next(f);
	buf_add_span(f->out, s->kind);
	if (s->name.len) {
		buf_add_char(f->out, ' ');
		buf_add_span(f->out, s->name);
	}
}
