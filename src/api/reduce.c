/* The public handle: options, messages, the walk over picks. */
#include "api/reduction.h"

#include "api/join.h"
#include "api/pass.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *ctxcut_version(void) { return CTXCUT_VERSION; }

enum ctxcut_status reduction_fail(struct ctxcut *c, const struct err *err)
{
	buf_clear(&c->error);
	buf_add_str(&c->error, err->text);
	return status_of(err->code);
}

enum ctxcut_status reduction_note(struct ctxcut *c, const struct err *err)
{
	enum ctxcut_status status = reduction_fail(c, err);
	MEM_GROW(c->messages, c->message_cap, c->message_count + 1);
	c->messages[c->message_count++] = mem_strdup(err->text);
	if (c->worst == CTXCUT_OK || (c->worst == CTXCUT_INPUT && status == CTXCUT_STORE))
		c->worst = status;
	return status;
}

void reduction_tell(struct ctxcut *c, const char *text)
{
	MEM_GROW(c->messages, c->message_cap, c->message_count + 1);
	c->messages[c->message_count++] = mem_strdup(text);
}

struct ctxcut *ctxcut_new(void)
{
	struct ctxcut *c = mem_zalloc(1, sizeof *c);
	settings_init(&c->settings);
	return c;
}

void ctxcut_free(struct ctxcut *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->input_count; i++)
		inputs_free(c->inputs[i]);
	free(c->inputs);
	redact_free(c->redact);
	shelf_release(&c->shelf);
	pool_release(&c->pool);
	for (size_t i = 0; i < c->message_count; i++)
		free(c->messages[i]);
	free(c->messages);
	free(c->baseline.keys);
	if (!c->filters_lent)
		filter_set_free(c->filters);
	decoder_free(c->decoder);
	store_free(c->store);
	join_free(c->join);
	settings_release(&c->settings);
	free(c->extract.inputs);
	pieces_release(&c->pieces);
	free(c->texts);
	arena_release(&c->arena);
	buf_release(&c->error);
	buf_release(&c->scratch);
	free(c);
}

enum ctxcut_status ctxcut_set(struct ctxcut *c, const char *name, const char *value)
{
	struct err err = {0};
	bool late_ok = strcmp(name, "format") == 0 || strcmp(name, "color") == 0 || strcmp(name, "line-numbers") == 0;
	if (c->input_count && !late_ok)
		return err_set(&err, ERR_USAGE, "%s: is set after the first input", name), reduction_fail(c, &err);
	if (settings_set(&c->settings, name, value, &err) != ERR_OK)
		return reduction_fail(c, &err);
	if (c->finished && strcmp(name, "color") != 0)
		reduction_fit(c); /* another form has other costs */
	return CTXCUT_OK;
}

enum ctxcut_status ctxcut_set_status(struct ctxcut *c, int exit_status, int term_signal)
{
	struct err err = {0};
	if (c->finished)
		return err_set(&err, ERR_USAGE, "status: is set after ctxcut_finish"), reduction_fail(c, &err);
	if (term_signal < 0 || term_signal > 127 || (!term_signal && (exit_status < 0 || exit_status > 255)))
		return err_set(&err, ERR_USAGE, "status: there is no status %d, or no signal %d", exit_status, term_signal), reduction_fail(c, &err);
	c->settings.status_known = true;
	c->settings.exit_status = term_signal ? 128 + term_signal : exit_status;
	c->settings.term_signal = term_signal;
	return CTXCUT_OK;
}

const char *ctxcut_error(const struct ctxcut *c) { return c->error.ptr ? c->error.ptr : ""; }
size_t ctxcut_message_count(const struct ctxcut *c) { return c->message_count; }
const char *ctxcut_message(const struct ctxcut *c, size_t i) { return i < c->message_count ? c->messages[i] : ""; }
void ctxcut_stop(void) { source_stop_all(); }

enum ctxcut_status ctxcut_baseline_file(struct ctxcut *c, const char *path)
{
	struct err err = {0};
	size_t kinds = c->baseline.count;
	if (baseline_read(&c->baseline, path, &c->settings, &err) == ERR_OK)
		return CTXCUT_OK;
	/* Of a file that could not be opened the caller knows at once; of one read in part a message is left. */
	return c->baseline.count == kinds ? reduction_fail(c, &err) : reduction_note(c, &err);
}

/* ---- results ------------------------------------------------------------------------------------------------------ */

/* That nothing is as it was asked for is an answer, not a fault. */
static void tell_empty_answers(struct ctxcut *c)
{
	const struct settings *s = &c->settings;
	if (s->has_since && s->has_until && stamp_compare(&s->since, &s->until) > 0)
		reduction_tell(c, "since is later than until: no line stands between them");
	else if (c->lines_read && (s->has_since || s->has_until) && !c->in_time)
		reduction_tell(c, "no line has a time stamp in the range that was asked for");
	if (c->lines_read && s->level != LEVEL_NONE && !c->at_level)
		reduction_tell(c, "no line states the level that was asked for, or a higher one");
	if (c->lines_read && s->query_pattern && !c->queried)
		reduction_tell(c, "no line matches the query");
}

enum ctxcut_status ctxcut_finish(struct ctxcut *c)
{
	if (c->open)
		ctxcut_end(c);
	if (c->input_count == 0)
		inputs_begin(c);
	if (!c->finished) {
		inputs_sum(c);
		reduction_note_filters(c);
		tell_empty_answers(c);
		reduction_fit(c);
	}
	c->finished = true;
	return c->worst;
}

size_t reduction_render(struct ctxcut *c, struct buf *out)
{
	struct render_options options = {.format = c->settings.format, .encoding = c->settings.encoding, .color = c->settings.color,
	                                 .line_numbers = c->settings.line_numbers};
	return render(&c->extract, &options, out);
}

/* Lines of a pass-through are fetched at the first need. */
static enum ctxcut_status hold_lines(struct ctxcut *c)
{
	struct err err = {0};
	if (!c->streams)
		return CTXCUT_OK;
	c->streams = false;
	return pass_hold(c, &err) == ERR_OK ? CTXCUT_OK : reduction_fail(c, &err);
}

/* What is passed through bare has no header that could say it. */
static void tell_redactions(struct ctxcut *c)
{
	size_t n = c->line_redactions;
	char text[64];
	if (!n || c->redactions_told)
		return;
	c->redactions_told = true;
	snprintf(text, sizeof text, n == 1 ? "%zu masked secret" : "%zu masked secrets", n);
	reduction_tell(c, text);
}

enum ctxcut_status ctxcut_render(struct ctxcut *c, ctxcut_write *write, void *user)
{
	struct err err = {0};
	if (!c->finished)
		return err_set(&err, ERR_USAGE, "nothing to render: call ctxcut_finish first"), reduction_fail(c, &err);
	if (c->streams && c->settings.format == RENDER_TEXT) {
		if (pass_write(c, write, user, &err) != ERR_OK)
			return reduction_fail(c, &err);
		tell_redactions(c);
		return CTXCUT_OK;
	}
	enum ctxcut_status status = hold_lines(c);
	struct buf out = {0};
	reduction_render(c, &out);
	int stopped = out.len ? write(user, out.ptr, out.len) : 0;
	buf_release(&out);
	if (stopped)
		return err_set(&err, ERR_OUTPUT, "the output could not be written"), reduction_fail(c, &err);
	return status;
}

int ctxcut_next_pick(const struct ctxcut *c, size_t *cursor, struct ctxcut_pick *out)
{
	if (!c->finished || *cursor >= c->extract.piece_count)
		return 0;
	const struct piece *p = &c->extract.pieces[(*cursor)++];
	*out = (struct ctxcut_pick){
		.kind = p->kind == PIECE_LINES ? CTXCUT_LINES : p->kind == PIECE_GAP ? CTXCUT_GAP : CTXCUT_FOLD,
		.input = p->input, .first_line = p->first_line, .last_line = p->last_line,
		.errors = p->errors, .warnings = p->warnings, .kinds = p->kinds,
	};
	return 1;
}

int ctxcut_next_source(const struct ctxcut *c, size_t *cursor, struct ctxcut_source *out)
{
	if (!c->finished || *cursor >= c->extract.source_count)
		return 0;
	const struct extract_source *s = &c->extract.sources[(*cursor)++];
	*out = (struct ctxcut_source){.input = s->input, .line = s->line, .reference = s->reference.ptr,
	                              .kind = s->kind.ptr ? s->kind.ptr : "", .name = s->name.ptr ? s->name.ptr : ""};
	return 1;
}

const char *ctxcut_line(const struct ctxcut *c, size_t input, uint64_t line_no, size_t *len)
{
	const struct extract *x = &c->extract;
	if (c->streams && hold_lines((struct ctxcut *)(uintptr_t)c) != CTXCUT_OK) /* a cache, seen from outside */
		return NULL;
	for (size_t i = 0; i < x->piece_count; i++) {
		const struct piece *p = &x->pieces[i];
		if (p->kind != PIECE_LINES || p->input != input || line_no < p->first_line || line_no > p->last_line)
			continue;
		const struct extract_line *line = &x->lines[p->line_begin + (size_t)(line_no - p->first_line)];
		*len = line->text.len;
		return line->text.ptr;
	}
	return NULL;
}

size_t ctxcut_input_count(const struct ctxcut *c) { return c->input_count; }

enum ctxcut_status ctxcut_input(const struct ctxcut *c, size_t i, struct ctxcut_input_info *out)
{
	if (i >= c->extract.input_count)
		return CTXCUT_USAGE;
	struct extract_input *in = &c->extract.inputs[i];
	if (c->closed && c->closed == c->inputs[i]) { /* known late, seen from outside */
		reduction_complete((struct ctxcut *)(uintptr_t)c);
		in->tokens = c->inputs[i]->tokens;
		in->tokens_estimated = c->inputs[i]->tokens_estimated;
		in->error_kinds = c->inputs[i]->error_kinds;
	}
	*out = (struct ctxcut_input_info){
		.name = in->name.ptr, .reference = in->reference.ptr ? in->reference.ptr : "", .lines = in->lines, .bytes = in->bytes,
		.tokens = in->tokens, .tokens_estimated = in->tokens_estimated || encoding_is_estimate(c->settings.encoding),
		.errors = in->errors, .error_kinds = in->error_kinds, .warnings = in->warnings, .errors_shown = in->errors_shown,
	};
	return CTXCUT_OK;
}
