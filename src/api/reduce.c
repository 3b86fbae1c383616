/* The public handle: options, inputs pushed through the scan, the walk over picks. */
#include "api/reduction.h"

#include "base/mem.h"
#include "text/clean.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BINARY_HEAD_BYTES = 64 * 1024, EXACT_TOKENS_BYTES = 4 * 1024 * 1024, SAMPLE_BLOCKS = 128, SAMPLE_BYTES = 16 * 1024 };

const char *ctxcut_version(void) { return CTXCUT_VERSION; }

static enum ctxcut_status fail(struct ctxcut *c, const struct err *err)
{
	buf_clear(&c->error);
	buf_add_str(&c->error, err->text);
	return status_of(err->code);
}

enum ctxcut_status reduction_note(struct ctxcut *c, const struct err *err)
{
	enum ctxcut_status status = fail(c, err);
	MEM_GROW(c->messages, c->message_cap, c->message_count + 1);
	c->messages[c->message_count++] = mem_strdup(err->text);
	if (c->worst == CTXCUT_OK || (c->worst == CTXCUT_INPUT && status == CTXCUT_STORE))
		c->worst = status;
	return status;
}

struct ctxcut *ctxcut_new(void)
{
	struct ctxcut *c = mem_zalloc(1, sizeof *c);
	settings_init(&c->settings);
	return c;
}

static void input_free(struct input *in)
{
	if (!in)
		return;
	free(in->name);
	scan_release(&in->scan);
	classifier_free(in->classifier);
	held_release(&in->held);
	lines_release(&in->lines);
	buf_release(&in->head);
	free(in);
}

static void extract_release(struct extract *x)
{
	free(x->inputs);
	free(x->pieces);
	free(x->lines);
	*x = (struct extract){0};
}

void ctxcut_free(struct ctxcut *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->input_count; i++)
		input_free(c->inputs[i]);
	free(c->inputs);
	for (size_t i = 0; i < c->message_count; i++)
		free(c->messages[i]);
	free(c->messages);
	free(c->baseline.keys);
	if (!c->filters_lent)
		filter_set_free(c->filters);
	decoder_free(c->decoder);
	store_free(c->store);
	settings_release(&c->settings);
	extract_release(&c->extract);
	arena_release(&c->arena);
	buf_release(&c->error);
	free(c);
}

enum ctxcut_status ctxcut_set(struct ctxcut *c, const char *name, const char *value)
{
	struct err err = {0};
	bool late_ok = strcmp(name, "format") == 0 || strcmp(name, "color") == 0 || strcmp(name, "line-numbers") == 0;
	if (c->input_count && !late_ok)
		return err_set(&err, ERR_USAGE, "%s: is set after the first input", name), fail(c, &err);
	return settings_set(&c->settings, name, value, &err) == ERR_OK ? CTXCUT_OK : fail(c, &err);
}

enum ctxcut_status ctxcut_set_status(struct ctxcut *c, int exit_status, int term_signal)
{
	struct err err = {0};
	if (c->finished)
		return err_set(&err, ERR_USAGE, "status: is set after ctxcut_finish"), fail(c, &err);
	if (term_signal < 0 || term_signal > 127 || (!term_signal && (exit_status < 0 || exit_status > 255)))
		return err_set(&err, ERR_USAGE, "status: there is no status %d, or no signal %d", exit_status, term_signal), fail(c, &err);
	c->settings.status_known = true;
	c->settings.exit_status = term_signal ? 128 + term_signal : exit_status;
	c->settings.term_signal = term_signal;
	return CTXCUT_OK;
}

const char *ctxcut_error(const struct ctxcut *c) { return c->error.ptr ? c->error.ptr : ""; }
size_t ctxcut_message_count(const struct ctxcut *c) { return c->message_count; }
const char *ctxcut_message(const struct ctxcut *c, size_t i) { return i < c->message_count ? c->messages[i] : ""; }
void ctxcut_stop(void) { source_stop_all(); }

/* ---- baseline ----------------------------------------------------------------------------------------------------- */

static bool baseline_has(void *user, uint64_t key)
{
	const struct baseline *b = user;
	if (!b->cap)
		return false;
	key |= !key;
	for (size_t i = key & (b->cap - 1); b->keys[i]; i = (i + 1) & (b->cap - 1))
		if (b->keys[i] == key)
			return true;
	return false;
}

static void baseline_add(struct baseline *b, uint64_t key)
{
	key |= !key;
	if (baseline_has(b, key))
		return;
	if (2 * (b->count + 1) > b->cap) {
		struct baseline grown = {.cap = b->cap ? 2 * b->cap : 1024};
		grown.keys = mem_zalloc(grown.cap, sizeof *grown.keys);
		for (size_t i = 0; i < b->cap; i++)
			if (b->keys[i])
				baseline_add(&grown, b->keys[i]);
		free(b->keys);
		*b = grown;
	}
	size_t i = key & (b->cap - 1);
	while (b->keys[i])
		i = (i + 1) & (b->cap - 1);
	b->keys[i] = key;
	b->count++;
}

static struct scan_options scan_options_of(struct ctxcut *c);

enum ctxcut_status ctxcut_baseline_file(struct ctxcut *c, const char *path)
{
	struct err err = {0};
	struct source *source;
	if (source_open(&source, path, &err) != ERR_OK)
		return err_at(&err, "baseline"), fail(c, &err);
	struct scan_options options = {.ci = c->settings.ci};
	struct scan scan;
	scan_init(&scan, &c->settings.limits, &options);
	struct lines lines;
	lines_init(&lines);
	char *window = mem_alloc(READ_WINDOW_BYTES);
	struct line line;
	ssize_t n;
	while ((n = source_read(source, window, READ_WINDOW_BYTES, &err)) > 0) {
		lines_push(&lines, span_of(window, (size_t)n));
		while (lines_next(&lines, &line))
			scan_line(&scan, &line);
	}
	if (lines_finish(&lines, &line))
		scan_line(&scan, &line);
	for (size_t i = 0; i < miner_shape_count(scan.miner); i++)
		baseline_add(&c->baseline, miner_shape_key(scan.miner, (uint32_t)i));
	free(window);
	lines_release(&lines);
	scan_release(&scan);
	source_free(source);
	if (n < 0)
		return err_at(&err, "baseline"), reduction_note(c, &err);
	return CTXCUT_OK;
}

/* ---- inputs ------------------------------------------------------------------------------------------------------- */

static bool query_matches(void *user, struct span judged)
{
	return pattern_find(user, judged, 0, NULL) == PATTERN_YES;
}

static struct scan_options scan_options_of(struct ctxcut *c)
{
	struct settings *s = &c->settings;
	return (struct scan_options){
		.ci = s->ci, .level = s->level, .since = s->has_since ? &s->since : NULL, .until = s->has_until ? &s->until : NULL,
		.query = s->query_pattern ? query_matches : NULL, .query_user = s->query_pattern,
		.known = c->baseline.cap ? baseline_has : NULL, .known_user = &c->baseline,
	};
}

static struct store *store_at_need(struct ctxcut *c)
{
	struct err err = {0};
	if (c->settings.store && !c->store_tried) {
		c->store_tried = true;
		if (store_open(&c->store, c->settings.store_dir, 0, &err) != ERR_OK) {
			err.code = ERR_STORE;
			reduction_note(c, &err);
		}
	}
	return c->store;
}

static struct input *input_new(struct ctxcut *c, const char *name)
{
	struct input *in = mem_zalloc(1, sizeof *in);
	struct scan_options options = scan_options_of(c);
	reduction_load_filters(c);
	if (c->filters) {
		in->classifier = classifier_new(c->filters);
		options.classify = classifier_line;
		options.classify_user = in->classifier;
	}
	in->name = mem_strdup(name);
	scan_init(&in->scan, &c->settings.limits, &options);
	lines_init(&in->lines);
	MEM_GROW(c->inputs, c->input_cap, c->input_count + 1);
	c->inputs[c->input_count++] = in;
	return in;
}

/* A lower bound of what a line adds to the tokens of the whole: merges with the line end before it may save two. */
static void bound_tokens(struct ctxcut *c, struct input *in, const struct line *line)
{
	size_t budget = c->settings.budget_tokens;
	if (!budget || in->pass_tokens > budget)
		return;
	size_t n = tokens_count_upto(c->settings.encoding, line->text, budget + 2);
	in->pass_tokens += n > 2 ? n - 2 : (size_t)(n > 0);
}

static void input_take(struct ctxcut *c, struct input *in, const struct line *line)
{
	bound_tokens(c, in, line);
	scan_line(&in->scan, line);
}

static void input_bytes(void *user, struct span bytes)
{
	struct ctxcut *c = user;
	struct input *in = c->open;
	struct line line;
	if (in->head.len < BINARY_HEAD_BYTES)
		buf_add_span(&in->head, span_head(bytes, BINARY_HEAD_BYTES - in->head.len));
	held_append(&in->held, bytes);
	lines_push(&in->lines, bytes);
	while (lines_next(&in->lines, &line))
		input_take(c, in, &line);
}

/* Exact for inputs of moderate size; larger ones are extrapolated from evenly spread blocks, and said to be. */
static void count_input_tokens(struct ctxcut *c, struct input *in)
{
	uint64_t bytes = in->held.bytes;
	char *block = mem_alloc(READ_WINDOW_BYTES);
	if (bytes <= EXACT_TOKENS_BYTES) {
		struct token_stream *stream = token_stream_new(c->settings.encoding);
		for (uint64_t off = 0; off < bytes;) {
			size_t n = bytes - off < READ_WINDOW_BYTES ? (size_t)(bytes - off) : (size_t)READ_WINDOW_BYTES;
			if (held_read(&in->held, off, block, n, NULL) != ERR_OK) {
				in->tokens_estimated = true;
				break;
			}
			token_stream_feed(stream, span_of(block, n));
			off += n;
		}
		in->tokens = token_stream_finish(stream);
		token_stream_free(stream);
	} else {
		double tokens = 0, counted = 0;
		for (uint64_t b = 0; b < SAMPLE_BLOCKS; b++) {
			uint64_t off = (bytes - SAMPLE_BYTES) / (SAMPLE_BLOCKS - 1) * b;
			if (held_read(&in->held, off, block, SAMPLE_BYTES, NULL) != ERR_OK)
				continue;
			tokens += (double)tokens_count(c->settings.encoding, span_of(block, SAMPLE_BYTES));
			counted += SAMPLE_BYTES;
		}
		in->tokens = counted > 0 ? (uint64_t)(tokens * ((double)bytes / counted)) : 0;
		in->tokens_estimated = true;
	}
	free(block);
}

static void input_close(struct ctxcut *c, struct input *in, const char *decoded_from)
{
	struct line line;
	if (lines_finish(&in->lines, &line))
		input_take(c, in, &line);
	lines_release(&in->lines);
	in->binary = source_looks_binary(buf_span(&in->head));
	buf_release(&in->head);
	snprintf(in->decoded_from, sizeof in->decoded_from, "%s", decoded_from);
	count_input_tokens(c, in);
	scan_finish(&in->scan);
	c->open = NULL;
}

static enum ctxcut_status read_source(struct ctxcut *c, struct source *source, struct input *in)
{
	struct err err = {0};
	enum ctxcut_status status = CTXCUT_OK;
	char *window = mem_alloc(READ_WINDOW_BYTES);
	ssize_t n;
	c->open = in;
	while ((n = source_read(source, window, READ_WINDOW_BYTES, &err)) > 0)
		input_bytes(c, span_of(window, (size_t)n));
	if (n < 0) {
		in->incomplete = true;
		status = reduction_note(c, &err);
	}
	if (source_was_stopped())
		in->incomplete = true;
	input_close(c, in, source_decoded_from(source));
	free(window);
	return status;
}

static enum ctxcut_status ready(struct ctxcut *c)
{
	struct err err = {0};
	if (c->finished)
		return err_set(&err, ERR_USAGE, "inputs are closed: ctxcut_finish was called"), fail(c, &err);
	if (c->open)
		return err_set(&err, ERR_USAGE, "%s: is still open: call ctxcut_end first", c->open->name), fail(c, &err);
	return settings_ready(&c->settings, &err) == ERR_OK ? CTXCUT_OK : fail(c, &err);
}

enum ctxcut_status ctxcut_add_file(struct ctxcut *c, const char *path)
{
	struct err err = {0};
	struct source *source;
	enum ctxcut_status status = ready(c);
	if (status != CTXCUT_OK)
		return status;
	if (source_open(&source, path, &err) != ERR_OK)
		return reduction_note(c, &err);
	struct input *in = input_new(c, path);
	in->is_file = true;
	if (!source_is_plain_file(source))
		held_init_stream(&in->held, NULL, c->settings.limits.memory_bytes);
	else if (held_init_file(&in->held, path, &err) != ERR_OK) {
		held_init_stream(&in->held, NULL, c->settings.limits.memory_bytes);
	}
	status = read_source(c, source, in);
	source_free(source);
	return status;
}

enum ctxcut_status ctxcut_add_fd(struct ctxcut *c, int fd, const char *name)
{
	struct err err = {0};
	struct source *source;
	enum ctxcut_status status = ready(c);
	if (status != CTXCUT_OK)
		return status;
	if (source_open_fd(&source, fd, name, &err) != ERR_OK)
		return reduction_note(c, &err);
	struct input *in = input_new(c, name);
	held_init_stream(&in->held, store_at_need(c), c->settings.limits.memory_bytes);
	status = read_source(c, source, in);
	source_free(source);
	return status;
}

enum ctxcut_status ctxcut_begin(struct ctxcut *c, const char *name)
{
	enum ctxcut_status status = ready(c);
	if (status != CTXCUT_OK)
		return status;
	c->open = input_new(c, name);
	held_init_stream(&c->open->held, store_at_need(c), c->settings.limits.memory_bytes);
	c->decoder = decoder_new();
	return CTXCUT_OK;
}

static enum ctxcut_status no_open_input(struct ctxcut *c)
{
	struct err err = {0};
	err_set(&err, ERR_USAGE, "no input is open: call ctxcut_begin first");
	return fail(c, &err);
}

enum ctxcut_status ctxcut_feed(struct ctxcut *c, const void *bytes, size_t len)
{
	struct err err = {0};
	if (!c->open)
		return no_open_input(c);
	if (decoder_feed(c->decoder, span_of(bytes, len), input_bytes, c, &err) == ERR_OK)
		return CTXCUT_OK;
	c->open->incomplete = true;
	return reduction_note(c, &err);
}

enum ctxcut_status ctxcut_end(struct ctxcut *c)
{
	struct err err = {0};
	enum ctxcut_status status = CTXCUT_OK;
	if (!c->open)
		return no_open_input(c);
	if (decoder_finish(c->decoder, input_bytes, c, &err) != ERR_OK) {
		c->open->incomplete = true;
		status = reduction_note(c, &err);
	}
	input_close(c, c->open, decoder_decoded_from(c->decoder));
	decoder_free(c->decoder);
	c->decoder = NULL;
	return status;
}

/* ---- results ------------------------------------------------------------------------------------------------------ */

enum ctxcut_status ctxcut_finish(struct ctxcut *c)
{
	if (c->open)
		ctxcut_end(c);
	if (!c->finished) {
		reduction_note_filters(c);
		for (size_t i = 0; i < c->input_count && c->settings.status_known; i++)
			filters_apply_status(&c->inputs[i]->scan, c->settings.exit_status);
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

enum ctxcut_status ctxcut_render(struct ctxcut *c, ctxcut_write *write, void *user)
{
	struct err err = {0};
	if (!c->finished)
		return err_set(&err, ERR_USAGE, "nothing to render: call ctxcut_finish first"), fail(c, &err);
	struct buf out = {0};
	reduction_render(c, &out);
	int stopped = out.len ? write(user, out.ptr, out.len) : 0;
	buf_release(&out);
	if (stopped)
		return err_set(&err, ERR_OUTPUT, "the output could not be written"), fail(c, &err);
	return CTXCUT_OK;
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

const char *ctxcut_line(const struct ctxcut *c, size_t input, uint64_t line_no, size_t *len)
{
	const struct extract *x = &c->extract;
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
	const struct extract_input *in = &c->extract.inputs[i];
	*out = (struct ctxcut_input_info){
		.name = in->name.ptr, .reference = in->reference.ptr ? in->reference.ptr : "", .lines = in->lines, .bytes = in->bytes,
		.tokens = in->tokens, .tokens_estimated = in->tokens_estimated || encoding_is_estimate(c->settings.encoding),
		.errors = in->errors, .error_kinds = in->error_kinds, .warnings = in->warnings, .errors_shown = in->errors_shown,
	};
	return CTXCUT_OK;
}
