/* Inputs of the public handle: read or pushed, through the scan, into the pool of lines that may be chosen. */
#include "api/reduction.h"

#include "api/ahead.h"
#include "api/pass.h"
#include "api/printed.h"
#include "base/mem.h"
#include "select/score.h"
#include "text/clean.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { BINARY_HEAD_BYTES = 64 * 1024, EXACT_TOKENS_BYTES = 4 * 1024 * 1024, FORGET_LEAST_BYTES = 1024 * 1024,
       BOUND_FROM = 4, /* bytes a token */
       FORGET_ALL_BYTES = 8 * 1024 * 1024 };

static void scan_free(struct scan *scan)
{
	if (scan)
		scan_release(scan);
	free(scan);
}

void inputs_free(struct input *in)
{
	if (!in)
		return;
	free(in->name);
	scan_free(in->scan);
	classifier_free(in->classifier);
	held_release(&in->held);
	lines_release(&in->lines);
	buf_release(&in->head);
	key_blocks_release(&in->keys);
	free(in);
}

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

/* NULL: streams are not stored. Without a budget nothing is left out, so nothing need be had back. */
static struct store *store_at_need(struct ctxcut *c)
{
	if (c->settings.store && c->settings.budget_tokens != BUDGET_NONE && !c->store_tried) {
		c->store_tried = true;
		if (store_open(&c->store, c->settings.store_dir, 0, &c->store_err) != ERR_OK)
			c->store_err.code = ERR_STORE;
	}
	return c->store;
}

void inputs_begin(struct ctxcut *c)
{
	shelf_init(&c->shelf, c->settings.limits.memory_bytes);
	pool_init(&c->pool, c->settings.limits.candidates, c->settings.budget_tokens);
	if (c->settings.redact)
		c->redact = masking_new();
}

struct cost_user {
	struct ctxcut *c;
	struct input *in;
	struct width width;
	struct printed printed;
	uint32_t *tokens; /* by record; 0: not known yet */
};

static uint32_t record_cost(void *user, size_t i)
{
	struct cost_user *u = user;
	if (u->tokens[i])
		return u->tokens[i];
	const struct record *r = &u->in->scan->records[i];
	if (key_blocks_find(&u->in->keys, r->no) != SIZE_MAX)
		return u->tokens[i] = (uint32_t)tokens_count(u->c->settings.encoding, KEY_LINE_MASK) + 1;
	/* What cannot be read is met again, and told, when it is to be printed. */
	struct excerpt_options how = excerpt_of(&u->c->settings, u->width, (enum line_class)r->class);
	if (printed_line(&u->printed, &u->in->held, r->off, r->len, &how, NULL) != ERR_OK)
		return 1;
	buf_add_char(&u->printed.text, '\n');
	u->tokens[i] = (uint32_t)tokens_count(u->c->settings.encoding, buf_span(&u->printed.text));
	return u->tokens[i];
}

/* Scores the lines and keeps those that may be chosen. */
static void pool_input(struct ctxcut *c, struct input *in)
{
	struct scan *scan = in->scan;
	struct scored scored = {0};
	struct cost_user user = {.c = c, .in = in, .tokens = mem_zalloc(scan->count, sizeof *user.tokens),
	                         .printed = {.rules = c->redact}};
	width_for(reduction_budget(c), 0, &user.width);
	score(&scored, scan, reduction_budget(c), record_cost, &user);
	scan_drop_kinds(scan);
	pool_add(&c->pool, scan, &scored, user.tokens);
	scored_release(&scored);
	printed_release(&user.printed);
	free(user.tokens);
}

/* The input closed last is done with: no status that comes now is that of its command. */
void inputs_sum(struct ctxcut *c)
{
	struct input *in = c->closed;
	if (!in || in->summed)
		return;
	in->summed = true;
	if (c->settings.status_known)
		filters_apply_status(in->scan, c->settings.exit_status);
	in->line_count = in->scan->lines;
	in->errors = in->scan->errors;
	in->warnings = in->scan->warnings;
	c->lines_read += in->scan->lines;
	c->at_level += in->scan->at_level;
	c->queried += in->scan->queried;
	c->in_time += in->scan->in_time;
}

static void count_input_tokens(struct ctxcut *c, struct input *in);

void reduction_complete(struct ctxcut *c)
{
	struct input *in = c->closed;
	if (!in)
		return;
	inputs_sum(c);
	c->closed = NULL;
	count_input_tokens(c, in);
	scan_finish(in->scan);
	in->error_kinds = scan_error_kinds(in->scan);
	if (c->settings.budget_tokens != BUDGET_NONE || c->settings.never_whole)
		pool_input(c, in);
	scan_free(in->scan);
	classifier_free(in->classifier);
	in->scan = NULL;
	in->classifier = NULL;
}

static struct input *input_new(struct ctxcut *c, const char *name)
{
	struct input *in = mem_zalloc(1, sizeof *in);
	struct scan_options options = scan_options_of(c);
	if (c->input_count == 0)
		inputs_begin(c);
	reduction_complete(c);
	reduction_load_filters(c);
	if (c->filters) {
		in->classifier = classifier_new(c->filters);
		options.classify = classifier_line;
		options.classify_user = in->classifier;
		options.standing = classifier_standing(in->classifier);
	}
	in->name = mem_strdup(name);
	in->scan = mem_zalloc(1, sizeof *in->scan);
	scan_init(in->scan, &c->settings.limits, &options);
	lines_init(&in->lines);
	MEM_GROW(c->inputs, c->input_cap, c->input_count + 1);
	c->inputs[c->input_count++] = in;
	return in;
}

static struct input *stream_new(struct ctxcut *c, const char *name)
{
	struct input *in = input_new(c, name);
	held_init_stream(&in->held, &c->shelf, store_at_need(c));
	in->held.store_err = c->store_err;
	in->held.sampling = true;
	return in;
}

/* A lower bound of what a line adds to the tokens of the whole, so that most inputs need no second look to know that they
 * are over the budget. Merges with the line end before it may save two; blanks may vanish in it altogether. */
static void bound_tokens(struct ctxcut *c, const struct line *line)
{
	/* What fits is counted later anyway: its lines need not be twice. */
	if (line->off < c->settings.budget_tokens * BOUND_FROM)
		return;
	struct span text = span_trim(clean_view(line->text, &c->scratch));
	size_t n = tokens_count_upto(c->settings.encoding, text, c->settings.budget_tokens + 2);
	c->pass_tokens += n > 2 ? n - 2 : 0;
}

/* Not when the input is over the budget already. A mask may be shorter than its secret. */
static bool is_bound_wanted(const struct ctxcut *c)
{
	return c->settings.budget_tokens && c->pass_tokens <= c->settings.budget_tokens && !c->redact;
}

/* Of what stands behind `from` only the records' lines are wanted again. */
static void forget_between_records(struct input *in, uint64_t from)
{
	const struct scan *s = in->scan;
	size_t i = 0, end = s->count;
	while (i < end) {
		size_t mid = (i + end) / 2;
		if (s->records[mid].off < from)
			i = mid + 1;
		else
			end = mid;
	}
	for (; i < s->count; i++) {
		if (s->records[i].off > from)
			held_forget(&in->held, from, s->records[i].off);
		from = s->records[i].off + s->records[i].len;
	}
	/* Of the last ones it is not decided yet. */
	in->forgotten_to = s->young < s->count ? s->records[s->young].off : from;
}

/* The scan has dropped records. Of an input that will not be printed whole, and whose tokens are not counted one by one, the
 * bytes around those that are left will not be read again. */
static void forget_dropped(struct ctxcut *c, struct input *in)
{
	const struct scan *s = in->scan;
	size_t budget = c->settings.budget_tokens;
	if (!budget || c->pass_tokens <= budget || !s->count || s->records[s->count - 1].off < EXACT_TOKENS_BYTES ||
	    held_scratch(&in->held) < FORGET_LEAST_BYTES)
		return;
	forget_between_records(in, in->forgotten_to);
	held_settle(&in->held, in->forgotten_to);
	/* Records of the part before go too, now and then. */
	if (held_scratch(&in->held) > 2 * in->scratch_bytes + FORGET_ALL_BYTES) {
		forget_between_records(in, 0);
		in->scratch_bytes = held_scratch(&in->held);
	}
}

/* Of the type ahead_take. */
static void input_take(void *user, const struct seen *lines, size_t count)
{
	struct ctxcut *c = user;
	struct input *in = c->open;
	for (size_t i = 0; i < count && is_bound_wanted(c); i++)
		bound_tokens(c, &lines[i].line);
	for (size_t i = 0; i < count && c->redact; i++)
		key_blocks_line(&in->keys, lines[i].line.no, clean_view(lines[i].line.text, &c->scratch));
	size_t records = in->scan->count;
	scan_seen(in->scan, lines, count);
	if (in->scan->count < records)
		forget_dropped(c, in);
}

static void input_bytes(void *user, struct span bytes)
{
	struct ctxcut *c = user;
	struct input *in = c->open;
	if (in->head.len < BINARY_HEAD_BYTES)
		buf_add_span(&in->head, span_head(bytes, BINARY_HEAD_BYTES - in->head.len));
	held_append(&in->held, bytes);
	ahead_push(&in->lines, bytes, input_take, c);
}

/* What is cut out of a text has half a token too many at each end, unless it is cut between lines. */
static struct span whole_lines(struct span s)
{
	const char *first = memchr(s.ptr, '\n', s.len), *last = memrchr(s.ptr, '\n', s.len);
	return first == last ? s : span_of(first + 1, (size_t)(last - first));
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
		for (size_t i = 0; i < sample_count(&in->held.sample); i++) {
			struct span part = whole_lines(sample_block(&in->held.sample, i));
			tokens += (double)tokens_count(c->settings.encoding, part);
			counted += (double)part.len;
		}
		in->tokens = (uint64_t)(tokens * ((double)bytes / counted));
		in->tokens_estimated = true;
	}
	sample_release(&in->held.sample);
	free(block);
}

/* What is known to be no text has no lines to read: those that look like text are none of its own, and are no errors. */
static void leave_out(struct ctxcut *c, struct input *in, const char *kind)
{
	struct scan *s = in->scan;
	struct buf text = {0};
	buf_addf(&text, "%s: %s", in->name, kind);
	reduction_tell(c, text.ptr);
	buf_release(&text);
	for (size_t i = 0; i < s->count; i++) {
		s->records[i].class = CLASS_PLAIN;
		s->records[i].role = RECORD_EXCLUDED;
	}
	for (size_t i = 0; i < s->runs.count; i++)
		s->runs.at[i].errors = s->runs.at[i].warnings = 0;
	for (size_t i = 0; i < miner_shape_count(s->miner); i++)
		s->errored[i] = false;
	s->errors = s->warnings = 0;
}

static void input_close(struct ctxcut *c, struct input *in, const char *decoded_from)
{
	ahead_finish(&in->lines, input_take, c);
	scan_tally(in->scan);
	classifier_finish(in->classifier, in->scan);
	lines_release(&in->lines);
	held_close(&in->held);
	in->binary = source_looks_binary(buf_span(&in->head));
	if (in->held.spool_err.code != ERR_OK) { /* none of what follows can be shown */
		err_at(&in->held.spool_err, "%s", strcmp(in->name, "-") == 0 ? "standard input" : in->name);
		reduction_note(c, &in->held.spool_err);
		in->incomplete = in->told = true;
	}
	const char *kind = in->binary ? source_binary_kind(buf_span(&in->head)) : "";
	if (*kind)
		leave_out(c, in, kind);
	buf_release(&in->head);
	if (decoded_from != in->decoded_from)
		snprintf(in->decoded_from, sizeof in->decoded_from, "%s", decoded_from);
	key_blocks_finish(&in->keys);
	c->open = NULL;
	c->closed = in;
}

/* All of it into the input that is open. */
static enum ctxcut_status take_source(struct ctxcut *c, struct source *source, struct input *in)
{
	struct err err = {0};
	enum ctxcut_status status = CTXCUT_OK;
	if (ahead_read(source, &in->held, c->settings.threads, c->settings.ci, &in->head, BINARY_HEAD_BYTES, input_take, c, &err) != ERR_OK) {
		in->incomplete = true;
		status = reduction_note(c, &err);
	}
	if (source_was_stopped())
		in->incomplete = true;
	return status;
}

static enum ctxcut_status read_source(struct ctxcut *c, struct source *source, struct input *in)
{
	c->open = in;
	enum ctxcut_status status = take_source(c, source, in);
	input_close(c, in, source_decoded_from(source));
	return status;
}

static enum ctxcut_status ready(struct ctxcut *c)
{
	struct err err = {0};
	if (c->finished)
		return err_set(&err, ERR_USAGE, "inputs are closed: ctxcut_finish was called"), reduction_fail(c, &err);
	if (c->open)
		return err_set(&err, ERR_USAGE, "%s: is still open: call ctxcut_end first", c->open->name), reduction_fail(c, &err);
	return settings_ready(&c->settings, &err) == ERR_OK ? CTXCUT_OK : reduction_fail(c, &err);
}

/* Whether a path can serve as a reference: a regular file, and not one that means another one to each process. */
static bool lasts(const char *path, const struct stat *st)
{
	return S_ISREG(st->st_mode) && strncmp(path, "/dev/", 5) != 0 && strncmp(path, "/proc/", 6) != 0;
}

enum ctxcut_status ctxcut_add_file(struct ctxcut *c, const char *path)
{
	struct err err = {0};
	struct source *source;
	struct stat before;
	enum ctxcut_status status = ready(c);
	if (status != CTXCUT_OK)
		return status;
	bool known = stat(path, &before) == 0;
	if (source_open(&source, path, &err) != ERR_OK)
		return reduction_note(c, &err);
	struct input *in;
	if (!known || !lasts(path, &before)) {
		in = stream_new(c, path);
	} else {
		in = input_new(c, path);
		in->is_file = true;
		if (!source_is_plain_file(source) || held_init_file(&in->held, &c->shelf, path, &before, NULL) != ERR_OK)
			held_init_stream(&in->held, &c->shelf, NULL);
		in->held.sampling = true;
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
	status = read_source(c, source, stream_new(c, name));
	source_free(source);
	return status;
}

enum ctxcut_status ctxcut_begin(struct ctxcut *c, const char *name)
{
	enum ctxcut_status status = ready(c);
	if (status != CTXCUT_OK)
		return status;
	c->open = stream_new(c, name);
	c->decoder = c->settings.decode ? decoder_new() : NULL;
	return CTXCUT_OK;
}

static enum ctxcut_status no_open_input(struct ctxcut *c)
{
	struct err err = {0};
	err_set(&err, ERR_USAGE, "no input is open: call ctxcut_begin first");
	return reduction_fail(c, &err);
}

static enum ctxcut_status fed_from(struct ctxcut *c)
{
	struct err err = {0};
	err_set(&err, ERR_USAGE, "%s: all of it was read by ctxcut_feed_from: call ctxcut_end", c->open->name);
	return reduction_fail(c, &err);
}

enum ctxcut_status ctxcut_feed(struct ctxcut *c, const void *bytes, size_t len)
{
	struct err err = {0};
	if (!c->open)
		return no_open_input(c);
	if (c->open->fed_from)
		return fed_from(c);
	c->open->fed |= len > 0;
	if (!c->decoder) {
		for (struct span left = span_of(bytes, len); left.len; left = span_from(left, READ_WINDOW_BYTES))
			input_bytes(c, span_head(left, READ_WINDOW_BYTES));
		return CTXCUT_OK;
	}
	if (decoder_feed(c->decoder, span_of(bytes, len), input_bytes, c, &err) == ERR_OK)
		return CTXCUT_OK;
	c->open->incomplete = true;
	return reduction_note(c, &err);
}

/* Behind bytes that were pushed, so are these. */
static enum ctxcut_status feed_on(struct ctxcut *c, ctxcut_read *read, void *user)
{
	enum ctxcut_status status = CTXCUT_OK;
	char *window = mem_alloc(READ_WINDOW_BYTES);
	for (size_t n; status == CTXCUT_OK && (n = read(user, window, READ_WINDOW_BYTES)) > 0;)
		status = ctxcut_feed(c, window, n);
	free(window);
	return status;
}

enum ctxcut_status ctxcut_feed_from(struct ctxcut *c, ctxcut_read *read, void *user)
{
	struct source *source;
	if (!c->open)
		return no_open_input(c);
	if (c->open->fed_from)
		return fed_from(c);
	if (c->open->fed)
		return feed_on(c, read, user);
	c->open->fed_from = true;
	source_open_reader(&source, read, user, c->open->name, c->settings.decode);
	enum ctxcut_status status = take_source(c, source, c->open);
	snprintf(c->open->decoded_from, sizeof c->open->decoded_from, "%s", source_decoded_from(source));
	source_free(source);
	decoder_free(c->decoder);
	c->decoder = NULL;
	return status;
}

enum ctxcut_status ctxcut_end(struct ctxcut *c)
{
	struct err err = {0};
	enum ctxcut_status status = CTXCUT_OK;
	if (!c->open)
		return no_open_input(c);
	if (c->decoder && decoder_finish(c->decoder, input_bytes, c, &err) != ERR_OK) {
		c->open->incomplete = true;
		status = reduction_note(c, &err);
	}
	input_close(c, c->open, c->decoder ? decoder_decoded_from(c->decoder) : c->open->decoded_from);
	decoder_free(c->decoder);
	c->decoder = NULL;
	return status;
}
