/* The JSON form: one object on one line, as ctxcut.schema.json beside this file says. */
#include "render/writer.h"

#include "base/mem.h"
#include "log/class.h"
#include "text/clean.h"
#include "text/utf8.h"

#include <assert.h>
#include <jansson.h>

enum { SCHEMA_VERSION = 1 };

struct json_state {
	json_t *inputs, *picks; /* borrowed from the document */
	json_int_t input;       /* index in `inputs` of the one whose pieces are walked */
	struct buf scratch;     /* owned */
};

/* JSON numbers beyond this are not safe with jansson; no real count comes near. */
static json_t *number(uint64_t n) { return json_integer(n > INT64_MAX ? INT64_MAX : (json_int_t)n); }

static json_t *string(struct span s)
{
	json_t *json = json_stringn(s.ptr ? s.ptr : "", s.len);
	if (!json) { /* not UTF-8: never from a cleaned line, but a name may be any bytes */
		struct buf cleaned = {0};
		clean_line(&cleaned, s);
		json = json_stringn(buf_span(&cleaned).ptr, cleaned.len);
		buf_release(&cleaned);
	}
	return json;
}

static void set(json_t *object, const char *key, json_t *value)
{
	if (!object || !value || json_object_set_new_nocheck(object, key, value) != 0)
		mem_exhausted();
}

static void append(json_t *array, json_t *value)
{
	if (!array || !value || json_array_append_new(array, value) != 0)
		mem_exhausted();
}

/* Counts that are zero and flags that are false are left out of picks: the budget applies to this form too. */
static void set_count(json_t *object, const char *key, uint64_t n)
{
	if (n)
		set(object, key, number(n));
}

static void set_flag(json_t *object, const char *key, bool flag)
{
	if (flag)
		set(object, key, json_true());
}

static json_t *input_object(const struct extract_input *in)
{
	json_t *object = json_object();
	set(object, "name", string(in->name));
	/* A reference must come back byte for byte, which a JSON string can only do for UTF-8. */
	if (in->reference.len && utf8_valid(in->reference))
		set(object, "reference", string(in->reference));
	set(object, "lines", number(in->lines));
	set(object, "bytes", number(in->bytes));
	set(object, "tokens", number(in->tokens));
	set_flag(object, "tokens_estimated", in->tokens_estimated);
	set(object, "errors", number(in->errors));
	set(object, "error_kinds", number(in->error_kinds));
	set(object, "errors_shown", number(in->errors_shown));
	set(object, "warnings", number(in->warnings));
	set_flag(object, "binary", in->binary);
	set_flag(object, "incomplete", in->incomplete);
	if (in->decoded_from.len)
		set(object, "decoded_from", string(in->decoded_from));
	return object;
}

static void json_input(struct writer *w, size_t i)
{
	struct json_state *state = w->state;
	state->input = (json_int_t)json_array_size(state->inputs);
	append(state->inputs, input_object(&w->x->inputs[i]));
}

static json_t *pick(struct writer *w, const char *kind, const struct piece *p)
{
	struct json_state *state = w->state;
	json_t *object = json_object();
	set(object, "kind", json_string(kind));
	if (state->input)
		set(object, "input", json_integer(state->input));
	set(object, "first", number(p->first_line));
	set(object, "last", number(p->last_line));
	append(state->picks, object);
	return object;
}

static void json_lines(struct writer *w, const struct piece *p)
{
	struct json_state *state = w->state;
	json_t *object = pick(w, "lines", p);
	enum line_class most = CLASS_PLAIN;
	json_t *text = json_array(), *clipped = NULL;
	for (size_t i = p->line_begin; i < p->line_end; i++) {
		const struct extract_line *line = &w->x->lines[i];
		if (line->class > most)
			most = line->class;
		buf_clear(&state->scratch);
		put_line(&state->scratch, line, w->plan->level);
		append(text, string(buf_span(&state->scratch)));
		if (line->cut_count) {
			if (!clipped)
				clipped = json_array();
			append(clipped, number(line->no));
		}
	}
	set_count(object, "errors", p->errors);
	set_count(object, "warnings", p->warnings);
	if (most != CLASS_PLAIN)
		set(object, "class", json_string(line_class_name(most)));
	if (clipped)
		set(object, "clipped", clipped);
	set(object, "text", text);
	json_t *sources = NULL;
	for (uint64_t no = p->first_line; w->x->source_count && no <= p->last_line; no++) {
		size_t count;
		const struct extract_source *s = sources_of_line(w->x, p->input, no, &count);
		for (size_t i = 0; i < count; i++) {
			if (!utf8_valid(s[i].reference))
				continue; /* it could not be had back */
			json_t *source = json_object();
			set(source, "line", number(no));
			set(source, "reference", string(s[i].reference));
			if (s[i].kind.len)
				set(source, "kind", string(s[i].kind));
			if (s[i].name.len)
				set(source, "name", string(s[i].name));
			if (!sources)
				sources = json_array();
			append(sources, source);
		}
	}
	if (sources)
		set(object, "sources", sources);
}

static void json_gap(struct writer *w, const struct piece *p)
{
	json_t *object = pick(w, "gap", p);
	set(object, "lines", number(piece_line_count(p)));
	set_count(object, "errors", p->errors);
	set_count(object, "warnings", p->warnings);
	set_count(object, "kinds", p->kinds);
	set_flag(object, "kinds_estimated", p->kinds_estimated);
}

static void json_fold(struct writer *w, const struct piece *p)
{
	json_t *object = pick(w, "fold", p);
	set(object, "lines", number(piece_line_count(p)));
	set_count(object, "errors", p->errors);
	set_count(object, "warnings", p->warnings);
	if (p->varied.len)
		set(object, "varied", string(p->varied));
}

static void json_mention(struct writer *w, size_t i)
{
	json_input(w, i);
	for (size_t k = w->plan->inputs[i].piece_begin; k < w->plan->inputs[i].piece_end; k++)
		json_gap(w, &w->x->pieces[k]);
}

/* The rest is a member of the document, set when the totals are. */
static void json_rest(struct writer *w, const struct totals *rest)
{
	(void)w;
	(void)rest;
}

static const struct writer_ops json_writer = {
	.input = json_input, .mention = json_mention, .lines = json_lines,
	.gap = json_gap,     .fold = json_fold,       .rest = json_rest,
};

static json_t *totals_object(const struct writer *w)
{
	const struct extract *x = w->x;
	const struct totals *all = &w->plan->all;
	json_t *object = json_object();
	set(object, "tokens_before", number(all->tokens));
	set(object, "tokens_after", number(0));
	set_flag(object, "tokens_estimated", all->tokens_estimated || encoding_is_estimate(w->o->encoding));
	set(object, "encoding", json_string(encoding_name(w->o->encoding)));
	set(object, "budget", x->budget_tokens ? number(x->budget_tokens) : json_null());
	set(object, "lines", number(all->lines));
	set(object, "errors", number(all->errors));
	set(object, "errors_shown", number(all->errors_shown));
	set(object, "warnings", number(all->warnings));
	set(object, "exit_status", x->status_known ? json_integer(x->exit_status) : json_null());
	if (x->status_known && x->term_signal)
		set(object, "signal", json_integer(x->term_signal));
	set_count(object, "masked_secrets", x->redactions);
	return object;
}

static json_t *rest_object(const struct totals *rest)
{
	json_t *object = json_object();
	set(object, "inputs", number(rest->inputs));
	set(object, "lines", number(rest->lines));
	set_count(object, "errors", rest->errors);
	set_count(object, "warnings", rest->warnings);
	return object;
}

static int append_bytes(const char *bytes, size_t len, void *user)
{
	buf_add(user, bytes, len);
	return 0;
}

/* Appends the document with the true number of its own tokens as `member` of `object`. */
static size_t dump_settled(json_t *document, json_t *object, const char *member, enum encoding encoding,
                           struct buf *out)
{
	json_t *after = json_object_get(object, member);
	size_t begin = out->len, figure = FIRST_FIGURE, tokens = 0;
	for (int i = 0; i < FIGURE_TRIES; i++) {
		out->len = begin;
		json_integer_set(after, (json_int_t)figure);
		if (json_dump_callback(document, append_bytes, out, JSON_COMPACT) != 0)
			mem_exhausted();
		buf_add_char(out, '\n');
		tokens = tokens_count(encoding, span_from(buf_span(out), begin));
		if (tokens == figure)
			break;
		figure = tokens;
	}
	assert(tokens == figure);
	return figure;
}

/* What remains when nothing was chosen and even the list of inputs is too long for the budget. */
static size_t render_brief(struct writer *w)
{
	const struct totals *all = &w->plan->all;
	json_t *document = json_object();
	set(document, "version", json_integer(SCHEMA_VERSION));
	json_t *totals = json_object();
	set(document, "totals", totals);
	set(totals, "tokens_after", number(0));
	set(totals, "errors", number(all->errors));
	set(totals, "exit_status", w->x->status_known ? json_integer(w->x->exit_status) : json_null());
	set(document, "rest", rest_object(all));
	size_t tokens = dump_settled(document, totals, "tokens_after", w->o->encoding, w->out);
	json_decref(document);
	return tokens;
}

size_t json_render(struct writer *w)
{
	json_t *document = json_object();
	struct json_state state = {.inputs = json_array(), .picks = json_array()};
	json_t *totals = totals_object(w);
	set(document, "version", json_integer(SCHEMA_VERSION));
	set(document, "totals", totals);
	if (w->plan->level > 1)
		set(document, "brackets", number(w->plan->level));
	set(document, "inputs", state.inputs);
	if (w->plan->rest.inputs)
		set(document, "rest", rest_object(&w->plan->rest));
	set(document, "picks", state.picks);
	w->ops = &json_writer;
	w->state = &state;
	walk(w);
	size_t begin = w->out->len;
	size_t tokens = dump_settled(document, totals, "tokens_after", w->o->encoding, w->out);
	json_decref(document);
	buf_release(&state.scratch);
	if (w->x->line_count == 0 && w->x->budget_tokens && tokens > w->x->budget_tokens) {
		w->out->len = begin;
		tokens = render_brief(w);
	}
	return tokens;
}
