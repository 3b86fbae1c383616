/* Labelled lines, and how many of them a text still holds. */
#include "app/bench.h"

#include <stdlib.h>
#include <string.h>

enum {
	KEY_CHARS = 160,
	ENOUGH = 30, /* of very long explanations no reader needs every line */
};

void bench_bytes_release(struct bench_bytes *b)
{
	free(b->ptr);
	*b = (struct bench_bytes){0};
}

void *bench_grown(void *array, size_t *cap, size_t need, size_t size_bytes)
{
	if (need <= *cap)
		return array;
	size_t more = *cap < 16 ? 16 : *cap;
	while (more < need && more <= SIZE_MAX / 2)
		more *= 2;
	void *grown = more < need || more > SIZE_MAX / size_bytes ? NULL : realloc(array, more * size_bytes);
	if (!grown) {
		complain("out of memory");
		abort();
	}
	*cap = more;
	return grown;
}

void bench_bytes_add(struct bench_bytes *b, const char *bytes, size_t len)
{
	b->ptr = bench_grown(b->ptr, &b->cap, b->len + len + 1, 1);
	if (len)
		memcpy(b->ptr + b->len, bytes, len);
	b->len += len;
	b->ptr[b->len] = '\0';
}

int bench_bytes_write(void *b, const char *bytes, size_t len)
{
	bench_bytes_add(b, bytes, len);
	return 0;
}

/* ---- the form in which lines are compared ---- */

static bool within(unsigned char c, unsigned char first, unsigned char last) { return c >= first && c <= last; }

/* Bytes of the escape sequence at p, 0 when there is none: CSI, OSC within the line, character sets, keypad modes. */
static size_t escape_len(const unsigned char *p, const unsigned char *end)
{
	const unsigned char *at = p + 1;
	if (*p != 0x1b || at == end)
		return 0;
	if (*at == '=' || *at == '>')
		return 2;
	if (*at == '(' || *at == ')')
		return at + 1 < end && (within(at[1], '0', '9') || at[1] == 'A' || at[1] == 'B') ? 3 : 0;
	if (*at == '[') {
		for (at++; at < end && (within(*at, '0', '9') || *at == ';' || *at == '?'); at++)
			;
		for (; at < end && within(*at, ' ', '/'); at++)
			;
		return at < end && within(*at, '@', '~') ? (size_t)(at - p) + 1 : 0;
	}
	if (*at != ']')
		return 0;
	for (at++; at < end && *at != '\n'; at++) {
		if (*at == 0x07)
			return (size_t)(at - p) + 1;
		if (*at == 0x1b && at + 1 < end && at[1] == '\\')
			return (size_t)(at - p) + 2;
	}
	return 0;
}

/* Bytes of the UTF-8 character at p; *valid is false when they are none, and the longest part that could begin one. */
static size_t character_len(const unsigned char *p, const unsigned char *end, bool *valid)
{
	size_t len = *p < 0x80                ? 1
		     : within(*p, 0xc2, 0xdf) ? 2
		     : within(*p, 0xe0, 0xef) ? 3
		     : within(*p, 0xf0, 0xf4) ? 4
					      : 0;
	*valid = len != 0;
	unsigned char low = *p == 0xe0 ? 0xa0 : *p == 0xf0 ? 0x90 : 0x80;
	unsigned char high = *p == 0xed ? 0x9f : *p == 0xf4 ? 0x8f : 0xbf;
	for (size_t i = 1; i < len; i++) {
		if (p + i >= end || !within(p[i], low, high)) {
			*valid = false;
			return i;
		}
		low = 0x80;
		high = 0xbf;
	}
	return len ? len : 1;
}

/* Unicode's White_Space, and the four separators of ASCII. */
static bool is_blank(const unsigned char *p, size_t len)
{
	if (len == 1)
		return *p == ' ' || within(*p, '\t', '\r') || within(*p, 0x1c, 0x1f);
	if (len == 2)
		return p[0] == 0xc2 && (p[1] == 0x85 || p[1] == 0xa0);
	if (len != 3)
		return false;
	unsigned code = (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
	return code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x2028 || code == 0x2029 ||
	       code == 0x202f || code == 0x205f || code == 0x3000;
}

static void fold(struct bench_bytes *out, const char *bytes, size_t len)
{
	const unsigned char *p = (const unsigned char *)bytes, *end = p + len;
	bool blank = false;
	while (p < end) {
		bool valid;
		size_t n = escape_len(p, end);
		if (n) {
			p += n;
			continue;
		}
		n = character_len(p, end, &valid);
		if (valid && is_blank(p, n)) {
			blank = true;
		} else {
			if (blank && out->len)
				bench_bytes_add(out, " ", 1);
			blank = false;
			if (valid)
				bench_bytes_add(out, (const char *)p, n);
			else
				bench_bytes_add(out, "\xef\xbf\xbd", 3);
		}
		p += n;
	}
}

/* Bytes of "2026-01-31T09:30:00.1234567Z " at the begin, which is the CI system's and not the line's. */
static size_t stamp_len(const char *text)
{
	static const char form[] = "dddd-dd-ddT";
	size_t i = 0;
	for (; form[i]; i++)
		if (form[i] == 'd' ? !within((unsigned char)text[i], '0', '9') : text[i] != form[i])
			return 0;
	size_t time = strspn(text + i, "0123456789:.");
	return time && text[i + time] == 'Z' && text[i + time + 1] == ' ' ? i + time + 2 : 0;
}

/* ---- labels ---- */

void bench_labels_release(struct bench_labels *l)
{
	for (size_t i = 0; i < l->key_count; i++)
		free(l->keys[i].text);
	free(l->keys);
	free(l->slots);
	*l = (struct bench_labels){0};
}

/* The slot that has the key, or that is free for it. */
static size_t *slot_of(const struct bench_labels *l, const char *text, size_t any)
{
	uint64_t hash = 14695981039346656037u ^ any; /* FNV-1a */
	for (const char *p = text; *p; p++)
		hash = (hash ^ (unsigned char)*p) * 1099511628211u;
	for (size_t i = (size_t)hash & (l->slot_count - 1);; i = (i + 1) & (l->slot_count - 1)) {
		const struct bench_key *key = l->slots[i] ? &l->keys[l->slots[i] - 1] : NULL;
		if (!key || (key->any == any && strcmp(key->text, text) == 0))
			return &l->slots[i];
	}
}

static void make_room(struct bench_labels *l)
{
	if (2 * (l->key_count + 1) <= l->slot_count)
		return;
	l->slot_count = l->slot_count ? 2 * l->slot_count : 64;
	free(l->slots);
	l->slots = app_zalloc(l->slot_count, sizeof *l->slots);
	for (size_t i = 0; i < l->key_count; i++)
		*slot_of(l, l->keys[i].text, l->keys[i].any) = i + 1;
}

static void add_key(struct bench_labels *l, const char *text, size_t any, uint64_t line)
{
	make_room(l);
	size_t *slot = slot_of(l, text, any), size = strlen(text) + 1;
	if (*slot)
		return;
	l->keys = bench_grown(l->keys, &l->cap, l->key_count + 1, sizeof *l->keys);
	struct bench_key *key = &l->keys[l->key_count];
	l->count += !any || !l->key_count || key[-1].any != any;
	*key = (struct bench_key){app_zalloc(size, 1), line, any};
	memcpy(key->text, text, size);
	*slot = ++l->key_count;
}

void bench_labels_add(struct bench_labels *l, const char *text, size_t len, size_t any, uint64_t line)
{
	struct bench_bytes folded = {0};
	fold(&folded, text, len);
	if (!folded.len)
		return;
	size_t begin = stamp_len(folded.ptr), end = begin, chars = 0;
	while (end < folded.len && chars < KEY_CHARS) {
		for (end++; (folded.ptr[end] & 0xc0) == 0x80; end++)
			;
		chars++;
	}
	if (end > begin && folded.ptr[end - 1] == ' ') {
		end--;
		chars--;
	}
	folded.ptr[end] = '\0';
	/* A single character would be found anywhere, and a NUL ends what can be compared. */
	if (chars > 1 && strlen(folded.ptr + begin) == end - begin)
		add_key(l, folded.ptr + begin, any, line);
	bench_bytes_release(&folded);
}

const char *bench_labels_missing(const struct bench_labels *l, const char *log, size_t len, size_t *count)
{
	struct bench_bytes folded = {0};
	const char *first = NULL;
	*count = 0;
	for (size_t i = 0; i < l->key_count; i++) {
		if (!folded.len)
			fold(&folded, log, len);
		if (folded.len && memmem(folded.ptr, folded.len, l->keys[i].text, strlen(l->keys[i].text)))
			continue;
		first = first ? first : l->keys[i].text;
		++*count;
	}
	bench_bytes_release(&folded);
	return first;
}

void bench_lost_release(struct bench_lost *lost)
{
	for (size_t i = 0; i < lost->count; i++)
		free(lost->keys[i].text);
	free(lost->keys);
	*lost = (struct bench_lost){0};
}

static void note_lost(struct bench_lost *lost, const struct bench_key *key)
{
	if (!lost)
		return;
	lost->total++;
	if (lost->count == lost->most)
		return;
	if (!lost->keys)
		lost->keys = app_zalloc(lost->most, sizeof *lost->keys);
	size_t size = strlen(key->text) + 1;
	lost->keys[lost->count] = (struct bench_key){app_zalloc(size, 1), key->line, key->any};
	memcpy(lost->keys[lost->count++].text, key->text, size);
}

struct bench_retention bench_labels_kept(const struct bench_labels *l, const char *output, size_t len,
					 struct bench_lost *lost)
{
	struct bench_bytes folded = {0};
	struct bench_retention kept = {0};
	fold(&folded, output, len);
	bool every =
		l->all || (l->key_count && l->keys[l->key_count - 1].any); /* kinds of line are no long explanation */
	size_t found = 0, needed = every || l->count < ENOUGH ? l->count : ENOUGH;
	for (size_t i = 0, end; i < l->key_count; i = end) {
		const struct bench_key *first = &l->keys[i];
		bool there = false;
		for (end = i; end < l->key_count && (end == i || (first->any && l->keys[end].any == first->any)); end++)
			there = there || (folded.len && memmem(folded.ptr, folded.len, l->keys[end].text,
							       strlen(l->keys[end].text)) != NULL);
		found += there;
		kept.first = kept.first || (there && i == 0);
		if (!there)
			note_lost(lost, first);
	}
	kept.recall = found >= needed ? 1 : (double)found / (double)needed;
	/* In whole numbers: 0.8 of 5 are 4. */
	kept.hit = l->all ? found >= needed : 5 * found >= 4 * needed;
	bench_bytes_release(&folded);
	return kept;
}
