#include "log/look.h"

#include "base/hash.h"
#include "base/limits.h"
#include "base/mem.h"
#include "log/peel.h"
#include "log/shape.h"
#include "text/clean.h"
#include "text/kernel.h"

#include <stdlib.h>

enum { RECENT = 32 * 1024 /* forms, and shapes; marks for all of them fit in half a core's cache */ };

void looker_init(struct looker *l, bool ci)
{
	*l = (struct looker){.ci = ci};
	l->shape = mem_alloc(LINE_JUDGED_BYTES);
}

void looker_release(struct looker *l)
{
	buf_release(&l->cleaned);
	buf_release(&l->plain);
	free(l->shape);
	free(l->lately);
	*l = (struct looker){0};
}

/* Some collectors write the escape character as "^[": their colours must not be taken for text. */
static struct span without_caret_escapes(struct span cleaned, struct buf *scratch)
{
	/* memchr runs at memory speed, memmem does not: it was a quarter of the whole run. */
	if (!cleaned.len || !memchr(cleaned.ptr, '^', cleaned.len))
		return cleaned;
	size_t at = span_find(cleaned, SPAN("^[["));
	if (at == SIZE_MAX)
		return cleaned;
	buf_clear(scratch);
	while (at != SIZE_MAX) {
		buf_add(scratch, cleaned.ptr, at);
		size_t end = at + 3;
		while (end < cleaned.len && end < at + 24 && (cleaned.ptr[end] == ';' || (cleaned.ptr[end] >= '0' && cleaned.ptr[end] <= '9')))
			end++;
		cleaned = span_from(cleaned, end < cleaned.len ? end + 1 : end);
		at = span_find(cleaned, SPAN("^[["));
	}
	buf_add_span(scratch, cleaned);
	return buf_span(scratch);
}

/* Binary data: a tenth and more of the characters could only be shown as replacements. */
static bool is_junk(struct span judged)
{
	size_t replaced = 0;
	if (!judged.len || !memchr(judged.ptr, 0xef, judged.len))
		return false;
	for (size_t i = 0; i + 2 < judged.len; i++)
		if (memcmp(judged.ptr + i, "\xef\xbf\xbd", 3) == 0)
			replaced++;
	return replaced >= 3 && replaced * 12 >= judged.len;
}

static struct peeled peeled_of(struct looker *l, struct span text)
{
	return peel_line(without_caret_escapes(clean_judged(text, &l->cleaned), &l->plain), l->ci);
}

void look_at_form(struct span text, struct glance *out) { out->form = kernel_form_hash(text); }

/* The bitmaps of a line show that most have nothing in them to clean; these are shaped from the same bitmaps. */
static bool look_at_plain(struct looker *l, struct span text, struct glance *out, struct peeled *peeled)
{
	struct span line = text;
	while (line.len && line.ptr[line.len - 1] == '\r')
		line.len--;
	if (line.len > LINE_JUDGED_BYTES || !classes_of(line, &l->classes))
		return false;
	const unsigned seen = l->classes.seen;
	if (seen && (seen & CLASS_SEEN_CONTROL || (seen & CLASS_SEEN_CARET && span_find(line, SPAN("^[[")) != SIZE_MAX) ||
	             (seen & CLASS_SEEN_HIGH && !clean_is_clean(line))))
		return false;
	*peeled = peel_line(line, l->ci);
	out->shape = 0;
	if (l->shapeless)
		return true;
	size_t len = shape_of_classes(line, (size_t)(peeled->text.ptr - line.ptr), &l->classes, l->shape);
	out->shape = hash64(l->shape, len);
	return true;
}

struct span look_at_line(struct looker *l, struct span text, struct glance *out)
{
	struct peeled peeled;
	bool plain = look_at_plain(l, text, out, &peeled);
	if (!plain)
		peeled = peeled_of(l, text);
	struct span judged = peeled.text;
	const char *end = text.ptr + text.len, *judged_end = judged.ptr + judged.len;
	out->event = (uint8_t)peeled.event;
	out->facts |= LOOK_LOOKED;
	if (judged.ptr >= text.ptr && judged_end <= end && judged.ptr - text.ptr <= UINT16_MAX && end - judged_end <= UINT8_MAX) {
		out->skip = (uint16_t)(judged.ptr - text.ptr);
		out->cut = (uint8_t)(end - judged_end);
		out->facts |= LOOK_IN_PLACE;
	}
	if (judged.len >= 2 && (judged.ptr[0] == '$' || judged.ptr[0] == '+') && judged.ptr[1] == ' ')
		out->facts |= LOOK_COMMAND;
	if ((!plain || l->classes.seen & CLASS_SEEN_HIGH) && is_junk(judged))
		out->facts |= LOOK_JUNK;
	if (!plain)
		out->shape = l->shapeless ? 0 : shape_hash(judged, l->shape);
	return judged;
}

struct span look_again(struct looker *l, struct span text, const struct glance *glance)
{
	return glance->facts & LOOK_IN_PLACE ? span_of(text.ptr + glance->skip, text.len - glance->skip - glance->cut) : peeled_of(l, text).text;
}

/* Whether the hash was here lately. Its upper bits are the mark, never 0: nothing was there yet. */
static bool came_lately(uint16_t *marks, uint64_t hash)
{
	uint16_t *mark = &marks[hash % RECENT], here = (uint16_t)(hash >> 48 | 1);
	bool came = *mark == here;
	*mark = here;
	return came;
}

bool look_came_lately(struct looker *l, uint64_t form)
{
	if (!l->lately)
		l->lately = mem_zalloc(2 * RECENT, sizeof *l->lately);
	return came_lately(l->lately, form);
}

void look_ahead(struct looker *l, struct span text, struct glance *out)
{
	struct span judged = look_at_line(l, text, out);
	if (came_lately(l->lately + RECENT, out->shape))
		return;
	out->verdict = verdict_of(judged);
	out->facts |= LOOK_JUDGED;
}
