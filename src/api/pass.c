#include "api/pass.h"

#include "base/mem.h"
#include "text/clean.h"

#include <stdlib.h>

enum { PART_BYTES = 256 * 1024 }; /* a longer line is cleaned part by part */

/* A piece of output: part of a line, or its end. Not ERR_OK stops the walk. */
typedef enum err_code pass_part(void *user, const struct line *line, struct span cleaned, struct err *err);
typedef enum err_code pass_end(void *user, const struct line *line, struct err *err);

struct walk {
	struct held *held;
	pass_part *part;
	pass_end *end;
	void *user;
	struct buf raw, cleaned;
	struct redact *rules;       /* borrowed; NULL: nothing is masked */
	const struct key_blocks *keys;
	struct buf waiting, masked; /* text in which a secret may have begun; its printed form */
	size_t *secrets;
};

/* Where no place is known to change nothing: between two characters. */
static size_t cut_place(struct span s)
{
	size_t cut = clean_cut(s);
	if (cut)
		return cut;
	for (cut = s.len; cut > s.len - 4 && ((unsigned char)s.ptr[cut - 1] & 0xc0) == 0x80;)
		cut--;
	return (unsigned char)s.ptr[cut - 1] >= 0xc0 ? cut - 1 : s.len;
}

static enum err_code clean_part(struct walk *w, const struct line *line, struct span raw, struct err *err)
{
	buf_clear(&w->cleaned);
	clean_line(&w->cleaned, raw);
	if (!w->rules)
		return w->part(w->user, line, buf_span(&w->cleaned), err);
	buf_add_span(&w->waiting, buf_span(&w->cleaned));
	buf_clear(&w->masked);
	size_t done = redact_part(w->rules, &w->masked, buf_span(&w->waiting), w->secrets);
	if (!done)
		return ERR_OK;
	w->waiting.len -= done;
	memmove(w->waiting.ptr, w->waiting.ptr + done, w->waiting.len);
	return w->part(w->user, line, buf_span(&w->masked), err);
}

/* What was held back of the line. */
static enum err_code mask_rest(struct walk *w, const struct line *line, struct err *err)
{
	buf_clear(&w->masked);
	redact_line(w->rules, &w->masked, buf_span(&w->waiting), w->secrets);
	buf_clear(&w->waiting);
	return w->part(w->user, line, buf_span(&w->masked), err);
}

/* A line of a private key; the key counts once. */
static enum err_code mask_key(struct walk *w, const struct line *line, struct err *err)
{
	*w->secrets += w->keys->at[key_blocks_find(w->keys, line->no)].first == line->no;
	enum err_code code = w->part(w->user, line, KEY_LINE_MASK, err);
	return code == ERR_OK ? w->end(w->user, line, err) : code;
}

static enum err_code pass_line(struct walk *w, const struct line *line, struct err *err)
{
	enum err_code code = ERR_OK;
	if (w->rules && key_blocks_find(w->keys, line->no) != SIZE_MAX)
		return mask_key(w, line, err);
	if (line_is_whole(line))
		code = clean_part(w, line, line->text, err);
	for (uint64_t off = 0; !line_is_whole(line) && code == ERR_OK && off < line->len_bytes;) {
		uint64_t left = line->len_bytes - off;
		size_t len = left < PART_BYTES ? (size_t)left : (size_t)PART_BYTES;
		buf_clear(&w->raw);
		buf_reserve(&w->raw, len);
		code = held_read(w->held, line->off + off, w->raw.ptr, len, err);
		if (code != ERR_OK)
			break;
		if (len < left)
			len = cut_place(span_of(w->raw.ptr, len));
		code = clean_part(w, line, span_of(w->raw.ptr, len), err);
		off += len;
	}
	if (code == ERR_OK && w->rules)
		code = mask_rest(w, line, err);
	return code == ERR_OK ? w->end(w->user, line, err) : code;
}

static enum err_code walk_input(struct ctxcut *c, struct input *in, pass_part *part, pass_end *end, void *user, struct err *err)
{
	struct walk w = {.held = &in->held, .part = part, .end = end, .user = user, .rules = c->redact, .keys = &in->keys,
	                 .secrets = &c->line_redactions};
	struct lines lines;
	struct line line;
	enum err_code code = ERR_OK;
	char *window = mem_alloc(READ_WINDOW_BYTES);
	lines_init(&lines);
	for (uint64_t off = 0; off < in->held.bytes && code == ERR_OK;) {
		uint64_t left = in->held.bytes - off;
		size_t n = left < READ_WINDOW_BYTES ? (size_t)left : (size_t)READ_WINDOW_BYTES;
		code = held_read(&in->held, off, window, n, err);
		if (code != ERR_OK)
			break;
		lines_push(&lines, span_of(window, n));
		while (code == ERR_OK && lines_next(&lines, &line))
			code = pass_line(&w, &line, err);
		off += n;
	}
	if (code == ERR_OK && lines_finish(&lines, &line))
		code = pass_line(&w, &line, err);
	lines_release(&lines);
	free(window);
	buf_release(&w.raw);
	buf_release(&w.cleaned);
	buf_release(&w.waiting);
	buf_release(&w.masked);
	return code;
}

static enum err_code walk_inputs(struct ctxcut *c, pass_part *part, pass_end *end, void *user, struct err *err)
{
	enum err_code code = ERR_OK;
	c->line_redactions = 0;
	for (size_t n = 0; n < c->input_count && code == ERR_OK; n++)
		code = walk_input(c, c->inputs[n], part, end, user, err);
	return code;
}

/* ---- does it fit? ------------------------------------------------------------------------------------------------- */

struct counting {
	struct token_stream *stream;
	size_t budget_tokens;
};

static enum err_code count_part(void *user, const struct line *line, struct span cleaned, struct err *err)
{
	(void)line;
	struct counting *k = user;
	token_stream_feed(k->stream, cleaned);
	return token_stream_so_far(k->stream) <= k->budget_tokens ? ERR_OK : err_set(err, ERR_LIMIT, "over the budget");
}

static enum err_code count_end(void *user, const struct line *line, struct err *err)
{
	struct counting *k = user;
	(void)err;
	if (line->ends_in_lf)
		token_stream_feed(k->stream, SPAN("\n"));
	return ERR_OK;
}

bool pass_fits(struct ctxcut *c)
{
	size_t budget = c->settings.budget_tokens;
	if (budget == BUDGET_NONE)
		return true;
	if (c->pass_tokens > budget)
		return false;
	struct counting k = {token_stream_new(c->settings.encoding), budget};
	bool fits = walk_inputs(c, count_part, count_end, &k, NULL) == ERR_OK && token_stream_finish(k.stream) <= budget;
	token_stream_free(k.stream);
	return fits;
}

static struct piece whole_of(const struct ctxcut *c, size_t n)
{
	const struct input *in = c->inputs[n];
	return (struct piece){.kind = PIECE_LINES, .input = (uint32_t)n, .first_line = 1, .last_line = in->line_count,
	                      .errors = in->errors, .warnings = in->warnings};
}

void pass_describe(struct ctxcut *c)
{
	pieces_clear(&c->pieces);
	for (size_t n = 0; n < c->input_count; n++) {
		struct piece whole = whole_of(c, n);
		if (whole.last_line)
			pieces_add(&c->pieces, &whole);
	}
	reduction_adopt(c);
}

/* ---- writing ------------------------------------------------------------------------------------------------------ */

struct writing {
	ctxcut_write *write;
	void *user;
	struct buf out;
};

static enum err_code flush(struct writing *w, struct err *err)
{
	if (w->out.len && w->write(w->user, w->out.ptr, w->out.len) != 0)
		return err_set(err, ERR_OUTPUT, "the output could not be written");
	buf_clear(&w->out);
	return ERR_OK;
}

static enum err_code write_part(void *user, const struct line *line, struct span cleaned, struct err *err)
{
	(void)line;
	struct writing *w = user;
	buf_add_span(&w->out, cleaned);
	return w->out.len < PART_BYTES ? ERR_OK : flush(w, err);
}

static enum err_code write_end(void *user, const struct line *line, struct err *err)
{
	struct writing *w = user;
	(void)err;
	if (line->ends_in_lf)
		buf_add_char(&w->out, '\n');
	return ERR_OK;
}

enum err_code pass_write(struct ctxcut *c, ctxcut_write *write, void *user, struct err *err)
{
	struct writing w = {.write = write, .user = user};
	enum err_code code = walk_inputs(c, write_part, write_end, &w, err);
	/* What was read before an error is printed. */
	if (code != ERR_OUTPUT) {
		enum err_code flushed = flush(&w, code == ERR_OK ? err : NULL);
		code = code == ERR_OK ? flushed : code;
	}
	buf_release(&w.out);
	return code;
}

/* ---- holding ------------------------------------------------------------------------------------------------------ */

struct holding {
	struct ctxcut *c;
	struct pieces *pieces;
	struct buf line;
	uint32_t input;
};

static enum err_code hold_part(void *user, const struct line *line, struct span cleaned, struct err *err)
{
	(void)line;
	(void)err;
	struct holding *h = user;
	buf_add_span(&h->line, cleaned);
	return ERR_OK;
}

static enum err_code hold_end(void *user, const struct line *line, struct err *err)
{
	struct holding *h = user;
	struct pieces *p = h->pieces;
	(void)err;
	if (line->no == 1) {
		struct piece whole = whole_of(h->c, h->input);
		whole.line_begin = p->line_count;
		pieces_add(p, &whole);
	}
	pieces_add_line(p, &(struct extract_line){.no = line->no, .text = arena_dup(&h->c->arena, buf_span(&h->line))});
	p->at[p->count - 1].line_end = p->line_count;
	p->at[p->count - 1].open_end = !line->ends_in_lf;
	buf_clear(&h->line);
	return ERR_OK;
}

enum err_code pass_hold(struct ctxcut *c, struct err *err)
{
	struct holding h = {.c = c, .pieces = &c->pieces};
	enum err_code code = ERR_OK;
	pieces_clear(&c->pieces);
	c->line_redactions = 0;
	for (size_t n = 0; n < c->input_count && code == ERR_OK; n++) {
		h.input = (uint32_t)n;
		code = walk_input(c, c->inputs[n], hold_part, hold_end, &h, err);
	}
	buf_release(&h.line);
	reduction_adopt(c);
	return code;
}
