#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "input/format.h"
#include "input/source.h"
#include "input/unzstd.h"
#include "input/utf16.h"

#include <stdlib.h>

/* The stages of source.c, pushed rather than pulled: feed -> unpack -> text -> emit. The first two stages wait until
 * they have as many bytes as it takes to tell what they are. */
struct decoder {
	bool unpacking;          /* the packed head is complete, … */
	struct buf packed_head;  /* owned: … until then it gathers here */
	struct unzstd *unzstd;   /* owned; NULL: not packed, or in a form that passes through */
	bool broken;             /* what follows a fault is passed over */
	char *window;            /* owned: what unzstd gave */

	bool writing;            /* likewise for the unpacked head */
	struct buf text_head;    /* owned */
	enum text_form text_form;
	struct utf16 utf16;
	struct buf text;         /* owned: what utf16 made of a piece */

	decoder_emit *emit;      /* of the call that runs */
	void *user;
};

struct decoder *decoder_new(void) { return mem_zalloc(1, sizeof(struct decoder)); }

void decoder_free(struct decoder *d)
{
	if (!d)
		return;
	unzstd_free(d->unzstd);
	buf_release(&d->packed_head);
	buf_release(&d->text_head);
	free(d->window);
	buf_release(&d->text);
	free(d);
}

/* ---- text -------------------------------------------------------------------------------------------------------- */

static void emit(struct decoder *d, struct span bytes)
{
	for (; bytes.len; bytes = span_from(bytes, READ_WINDOW_BYTES))
		d->emit(d->user, span_head(bytes, READ_WINDOW_BYTES));
}

static void write_text(struct decoder *d, struct span bytes)
{
	if (d->text_form == TEXT_AS_IS) {
		emit(d, bytes);
		return;
	}
	/* Who feeds much at once gets it in pieces all the same. */
	for (; bytes.len; bytes = span_from(bytes, READ_WINDOW_BYTES)) {
		buf_clear(&d->text);
		utf16_convert(&d->utf16, span_head(bytes, READ_WINDOW_BYTES), &d->text);
		emit(d, buf_span(&d->text));
	}
}

static void begin_text(struct decoder *d)
{
	size_t mark_bytes;
	d->writing = true;
	d->text_form = text_form_of(buf_span(&d->text_head), &mark_bytes);
	d->utf16.big_endian = d->text_form == TEXT_UTF16BE;
	write_text(d, span_from(buf_span(&d->text_head), mark_bytes));
}

/* Moves bytes into `head` until it has `size` of them. */
static bool gather(struct buf *head, size_t size, struct span *bytes)
{
	struct span more = span_head(*bytes, size - head->len);
	buf_add_span(head, more);
	*bytes = span_from(*bytes, more.len);
	return head->len == size;
}

static void push_text(struct decoder *d, struct span bytes)
{
	if (!d->writing) {
		if (!gather(&d->text_head, TEXT_HEAD_BYTES, &bytes))
			return;
		begin_text(d);
	}
	write_text(d, bytes);
}

/* ---- unpacking --------------------------------------------------------------------------------------------------- */

static enum err_code unpack(struct decoder *d, struct span bytes, struct err *err)
{
	if (!d->unzstd) {
		push_text(d, bytes);
		return ERR_OK;
	}
	size_t n = 0;
	while (bytes.len || n) {
		enum err_code code = unzstd_step(d->unzstd, &bytes, d->window, READ_WINDOW_BYTES, &n, err);
		if (code) {
			d->broken = true;
			return code;
		}
		push_text(d, span_of(d->window, n));
	}
	return ERR_OK;
}

static enum err_code begin_unpacking(struct decoder *d, struct err *err)
{
	struct span head = buf_span(&d->packed_head);
	d->unpacking = true;
	if (unzstd_recognize(head) != UNZSTD_NO) {
		d->unzstd = unzstd_new();
		d->window = mem_alloc(READ_WINDOW_BYTES);
	}
	return unpack(d, head, err);
}

enum err_code decoder_feed(struct decoder *d, struct span in, decoder_emit *emit_to, void *user, struct err *err)
{
	d->emit = emit_to;
	d->user = user;
	if (d->broken)
		return ERR_OK;
	if (!d->unpacking) {
		if (!gather(&d->packed_head, FORMAT_HEAD_BYTES, &in))
			return ERR_OK;
		enum err_code code = begin_unpacking(d, err);
		if (code)
			return code;
	}
	return unpack(d, in, err);
}

enum err_code decoder_finish(struct decoder *d, decoder_emit *emit_to, void *user, struct err *err)
{
	d->emit = emit_to;
	d->user = user;
	enum err_code code = ERR_OK;
	if (!d->unpacking)
		code = begin_unpacking(d, err);
	if (!d->broken && d->unzstd)
		code = unzstd_finish(d->unzstd, err);
	if (!d->writing)
		begin_text(d);
	buf_clear(&d->text);
	utf16_finish(&d->utf16, &d->text);
	emit(d, buf_span(&d->text));
	return code;
}

const char *decoder_decoded_from(const struct decoder *d)
{
	static const char *const text_names[] = {"", "utf-16le", "utf-16be"};
	return d->unzstd ? "zstd" : text_names[d->text_form];
}
