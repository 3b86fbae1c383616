/* Kinds of line: the miner alone, over one or more inputs. */
#include "api/held.h"
#include "api/masking.h"
#include "api/status.h"
#include "base/mem.h"
#include "ctxcut.h"
#include "input/lines.h"
#include "input/source.h"
#include "log/miner.h"
#include "log/peel.h"
#include "text/clean.h"

#include <stdio.h>
#include <stdlib.h>

struct template_input {
	struct held held;
};

struct ctxcut_templates {
	struct miner *miner;            /* owned */
	struct template_input *inputs;  /* owned */
	size_t input_count, input_cap;
	struct shelf shelf;
	uint64_t lines;                 /* through all inputs */
	struct buf scratch, masked, unmasked; /* owned */
	struct redact *redact;          /* owned; NULL: nothing is masked */
	struct key_blocks keys;         /* of the pass that runs */
	struct err err;
	bool finished;
	char *pattern, *example;        /* owned: the strings handed out last */
	struct buf out;                 /* ids on their way to the writer */
};

struct ctxcut_templates *ctxcut_templates_new(void)
{
	struct ctxcut_templates *t = mem_zalloc(1, sizeof *t);
	t->miner = miner_new(&LIMITS_DEFAULT);
	shelf_init(&t->shelf, LIMITS_DEFAULT.memory_bytes);
	return t;
}

void ctxcut_templates_free(struct ctxcut_templates *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->input_count; i++)
		held_release(&t->inputs[i].held);
	free(t->inputs);
	shelf_release(&t->shelf);
	miner_free(t->miner);
	buf_release(&t->scratch);
	buf_release(&t->masked);
	buf_release(&t->unmasked);
	redact_free(t->redact);
	key_blocks_release(&t->keys);
	buf_release(&t->out);
	free(t->pattern);
	free(t->example);
	free(t);
}

const char *ctxcut_templates_error(const struct ctxcut_templates *t) { return t->err.text; }

void ctxcut_templates_redact(struct ctxcut_templates *t)
{
	if (!t->redact)
		t->redact = masking_new();
}

/* Secrets are masked before a line is a kind. What stands between the BEGIN of a private key and its END is key. */
static struct span judged_of(struct ctxcut_templates *t, const struct line *line, uint64_t no)
{
	struct span cleaned = clean_judged(line->text, &t->scratch);
	if (t->redact) {
		key_blocks_line(&t->keys, no, cleaned);
		buf_clear(&t->unmasked);
		buf_add_span(&t->unmasked, t->keys.begun && t->keys.begun != no ? KEY_LINE_MASK : cleaned);
		masking_apply(t->redact, &t->unmasked, &t->masked);
		cleaned = buf_span(&t->unmasked);
	}
	return peel_line(cleaned, true).text;
}

/* Feeds an input's lines to `take`; first from its source, a second time from what is held. */
typedef enum ctxcut_status take_line(struct ctxcut_templates *t, const struct line *line, uint64_t before, void *user);

static enum ctxcut_status mine(struct ctxcut_templates *t, const struct line *line, uint64_t before, void *user)
{
	(void)user;
	bool is_new;
	miner_add(t->miner, judged_of(t, line, line->no), before + line->no, &is_new);
	t->lines = before + line->no;
	return CTXCUT_OK;
}

/* `path` and what stat said of it before the source was opened; NULL for a descriptor. */
static enum ctxcut_status add_source(struct ctxcut_templates *t, struct source *source, const char *path, const struct stat *before)
{
	MEM_GROW(t->inputs, t->input_cap, t->input_count + 1);
	struct held *held = &t->inputs[t->input_count++].held;
	if (!(path && source_is_plain_file(source)) || held_init_file(held, &t->shelf, path, before, NULL) != ERR_OK)
		held_init_stream(held, &t->shelf, NULL);
	struct lines lines;
	struct line line;
	uint64_t lines_before = t->lines;
	key_blocks_release(&t->keys);
	char *window = mem_alloc(READ_WINDOW_BYTES);
	ssize_t n;
	lines_init(&lines);
	while ((n = source_read(source, window, READ_WINDOW_BYTES, &t->err)) > 0) {
		held_append(held, span_of(window, (size_t)n));
		lines_push(&lines, span_of(window, (size_t)n));
		while (lines_next(&lines, &line))
			mine(t, &line, lines_before, NULL);
	}
	if (lines_finish(&lines, &line))
		mine(t, &line, lines_before, NULL);
	held_close(held);
	lines_release(&lines);
	free(window);
	source_free(source);
	return n < 0 ? status_of(t->err.code) : CTXCUT_OK;
}

enum ctxcut_status ctxcut_templates_add_file(struct ctxcut_templates *t, const char *path)
{
	struct source *source;
	struct stat before = {0};
	bool known = stat(path, &before) == 0;
	enum err_code code = source_open(&source, path, &t->err);
	return code == ERR_OK ? add_source(t, source, known ? path : NULL, &before) : status_of(code);
}

enum ctxcut_status ctxcut_templates_add_fd(struct ctxcut_templates *t, int fd, const char *name)
{
	struct source *source;
	enum err_code code = source_open_fd(&source, fd, name, &t->err);
	return code == ERR_OK ? add_source(t, source, NULL, NULL) : status_of(code);
}

enum ctxcut_status ctxcut_templates_finish(struct ctxcut_templates *t)
{
	if (!t->finished)
		miner_finish(t->miner);
	t->finished = true;
	return CTXCUT_OK;
}

size_t ctxcut_templates_count(const struct ctxcut_templates *t) { return t->finished ? miner_template_count(t->miner) : 0; }

enum ctxcut_status ctxcut_templates_get(const struct ctxcut_templates *t, size_t i, struct ctxcut_template *out)
{
	if (i >= ctxcut_templates_count(t))
		return CTXCUT_USAGE;
	struct template_info info;
	struct ctxcut_templates *mutable = (struct ctxcut_templates *)(uintptr_t)t; /* only the strings handed out change */
	miner_template(t->miner, (uint32_t)i, &info);
	free(mutable->pattern);
	free(mutable->example);
	mutable->pattern = mem_strndup(info.pattern.ptr, info.pattern.len);
	mutable->example = mem_strndup(info.example.ptr, info.example.len);
	*out = (struct ctxcut_template){info.count, info.first_line, info.last_line, t->pattern, t->example};
	return CTXCUT_OK;
}

/* Shape ids are given by the first pass; looking the lines up again gives the same ones. */
struct id_user {
	ctxcut_write *write;
	void *user;
};

static enum ctxcut_status flush_ids(struct ctxcut_templates *t, struct id_user *u)
{
	int stopped = t->out.len ? u->write(u->user, t->out.ptr, t->out.len) : 0;
	buf_clear(&t->out);
	if (!stopped)
		return CTXCUT_OK;
	err_set(&t->err, ERR_OUTPUT, "the output could not be written");
	return CTXCUT_OUTPUT;
}

static enum ctxcut_status write_id(struct ctxcut_templates *t, const struct line *line, uint64_t before, void *user)
{
	(void)before;
	uint32_t shape = miner_find(t->miner, judged_of(t, line, line->no));
	buf_addf(&t->out, "%u\n", miner_template_of(t->miner, shape));
	return t->out.len > READ_WINDOW_BYTES ? flush_ids(t, user) : CTXCUT_OK;
}

static enum ctxcut_status again(struct ctxcut_templates *t, struct held *held, take_line *take, void *user)
{
	struct lines lines;
	struct line line;
	enum ctxcut_status status = CTXCUT_OK;
	char *window = mem_alloc(READ_WINDOW_BYTES);
	key_blocks_release(&t->keys);
	lines_init(&lines);
	for (uint64_t off = 0; off < held->bytes && status == CTXCUT_OK;) {
		size_t n = held->bytes - off < READ_WINDOW_BYTES ? (size_t)(held->bytes - off) : (size_t)READ_WINDOW_BYTES;
		enum err_code code = held_read(held, off, window, n, &t->err);
		if (code != ERR_OK) {
			status = status_of(code);
			break;
		}
		lines_push(&lines, span_of(window, n));
		while (status == CTXCUT_OK && lines_next(&lines, &line))
			status = take(t, &line, 0, user);
		off += n;
	}
	if (status == CTXCUT_OK && lines_finish(&lines, &line))
		status = take(t, &line, 0, user);
	lines_release(&lines);
	free(window);
	return status;
}

enum ctxcut_status ctxcut_templates_ids(struct ctxcut_templates *t, ctxcut_write *write, void *user)
{
	struct id_user u = {write, user};
	enum ctxcut_status status = ctxcut_templates_finish(t);
	for (size_t i = 0; i < t->input_count && status == CTXCUT_OK; i++)
		status = again(t, &t->inputs[i].held, write_id, &u);
	return status == CTXCUT_OK ? flush_ids(t, &u) : status;
}
