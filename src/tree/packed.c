#include "tree/packed.h"

#include "base/mem.h"

enum { NUMBER_BYTES_MOST = 10 };

static void put(struct buf *b, uint64_t n)
{
	buf_reserve(b, NUMBER_BYTES_MOST);
	while (n >= 0x80) {
		b->ptr[b->len++] = (char)(n | 0x80);
		n >>= 7;
	}
	b->ptr[b->len++] = (char)n;
	b->ptr[b->len] = '\0';
}

static void put_signed(struct buf *b, int64_t n) { put(b, (uint64_t)n << 1 ^ (uint64_t)(n >> 63)); }

static void put_text(struct buf *b, struct span s)
{
	put(b, s.len);
	buf_add_span(b, s);
}

/* Reads from a row that may be anything; once `broken`, all is 0. */
struct taker {
	struct span rest;
	bool broken;
};

static uint64_t take_long(struct taker *t)
{
	uint64_t n = 0;
	for (unsigned shift = 0; shift < 64 && t->rest.len; shift += 7) {
		unsigned char c = (unsigned char)*t->rest.ptr;
		t->rest = span_from(t->rest, 1);
		n |= (uint64_t)(c & 0x7f) << shift;
		if (c < 0x80)
			return n;
	}
	t->broken = true;
	return 0;
}

static inline uint64_t take(struct taker *t)
{
	if (!t->rest.len || (unsigned char)*t->rest.ptr >= 0x80)
		return take_long(t);
	t->rest.len--;
	return (unsigned char)*t->rest.ptr++;
}

static int64_t take_signed(struct taker *t)
{
	uint64_t n = take(t);
	return (int64_t)(n >> 1) ^ -(int64_t)(n & 1);
}

static struct span take_text(struct taker *t)
{
	uint64_t len = take(t);
	if (t->broken || len > t->rest.len) {
		t->broken = true;
		return span_of("", 0);
	}
	struct span s = span_head(t->rest, (size_t)len);
	t->rest = span_from(t->rest, s.len);
	return s;
}

/* ---- symbols ------------------------------------------------------------------------------------------------------ */

enum { KIND_BITS = 6, RECOVERED_BIT = 1 << 6, EXPORTED_BIT = 1 << 7 };
_Static_assert(SYMBOL_KINDS <= 1 << KIND_BITS, "a kind fits beside the flags");

/* Both are short: what searches long texts fast takes longer to begin. */
static size_t find_name(struct span text, struct span name)
{
	for (size_t i = 0; i + name.len <= text.len; i++)
		if (text.ptr[i] == name.ptr[0] && memcmp(text.ptr + i, name.ptr, name.len) == 0)
			return i;
	return SIZE_MAX;
}

/* The name stands in most signatures: then only what is before and behind it follows. */
static void put_signature(struct buf *b, struct span name, struct span signature)
{
	size_t at = name.len ? find_name(signature, name) : SIZE_MAX;
	put(b, at == SIZE_MAX ? 0 : at + 1);
	if (at == SIZE_MAX) {
		put_text(b, signature);
		return;
	}
	buf_add(b, signature.ptr, at);
	put_text(b, span_from(signature, at + name.len));
}

static void put_symbol(struct buf *b, const struct outline *o, size_t i)
{
	const struct symbol *s = &o->symbols[i];
	int64_t before = i ? o->symbols[i - 1].first_line : 0, first = s->first_line;
	buf_add_char(b, (char)((unsigned)s->kind | (s->recovered ? RECOVERED_BIT : 0u) | (s->exported ? EXPORTED_BIT : 0u)));
	put(b, s->parent == SYMBOL_NO_PARENT ? 0 : i - s->parent);
	put_signed(b, first - before);
	put_signed(b, first - (int64_t)s->lead_line);
	put_signed(b, (int64_t)s->name_line - first);
	put_signed(b, (int64_t)s->last_line - first);
	put_text(b, symbol_name(o, s));
	put_signature(b, symbol_name(o, s), symbol_signature(o, s));
}

static uint32_t line_from(struct taker *t, int64_t first)
{
	int64_t line = first + take_signed(t);
	t->broken |= line < 0 || line > UINT32_MAX;
	return (uint32_t)line;
}

/* There is room: a name stands twice in the text at most, all else once, so it is at most twice as long as the row. */
static void add_text(struct outline *o, struct span s)
{
	memcpy(o->text.ptr + o->text.len, s.ptr, s.len);
	o->text.len += s.len;
}

static void take_symbol(struct taker *t, struct outline *o)
{
	if (!t->rest.len) {
		t->broken = true;
		return;
	}
	unsigned char head = (unsigned char)*t->rest.ptr;
	t->rest = span_from(t->rest, 1);
	struct symbol s = {.kind = (enum symbol_kind)(head & ((1u << KIND_BITS) - 1)), .recovered = (head & RECOVERED_BIT) != 0,
	                   .exported = (head & EXPORTED_BIT) != 0};
	uint64_t up = take(t);
	s.parent = up ? (uint32_t)(o->count - up) : SYMBOL_NO_PARENT;
	int64_t first = o->count ? o->symbols[o->count - 1].first_line : 0;
	s.first_line = line_from(t, first);
	int64_t lead = (int64_t)s.first_line - take_signed(t);
	t->broken |= lead < 0 || lead > UINT32_MAX || up > o->count || s.kind >= SYMBOL_KINDS;
	s.lead_line = (uint32_t)lead;
	s.name_line = line_from(t, s.first_line);
	s.last_line = line_from(t, s.first_line);
	struct span name = take_text(t);
	s.name_off = (uint32_t)o->text.len;
	s.name_len = (uint32_t)name.len;
	add_text(o, name);
	s.signature_off = (uint32_t)o->text.len;
	uint64_t at = take(t);
	if (at) {
		t->broken |= at - 1 > t->rest.len;
		if (t->broken)
			return;
		add_text(o, span_head(t->rest, (size_t)at - 1));
		t->rest = span_from(t->rest, (size_t)at - 1);
		add_text(o, name);
	}
	add_text(o, take_text(t));
	s.signature_len = (uint32_t)(o->text.len - s.signature_off);
	if (t->broken)
		return;
	MEM_GROW(o->symbols, o->cap, o->count + 1);
	o->symbols[o->count++] = s;
}

/* ---- rows --------------------------------------------------------------------------------------------------------- */

void packed_write(const struct file_facts *f, const uint32_t *words, size_t word_count, struct buf *out)
{
	const struct outline *o = &f->outline;
	buf_add_char(out, PACKED_VERSION);
	buf_add_char(out, (char)f->nature);
	put_text(out, f->language ? span_of_str(language_name(f->language)) : span_of("", 0));
	put(out, f->bytes);
	put(out, f->lines);
	put(out, f->tokens);
	for (unsigned i = 0; i < 16; i++)
		buf_add_char(out, (char)((i < 8 ? f->hash.high : f->hash.low) >> (8 * (i % 8))));
	put(out, o->line_count);
	put(out, o->unbalanced ? (uint64_t)o->unbalanced_line + 1 : 0);
	put(out, o->count);
	put(out, word_count);
	for (size_t i = 0; i < word_count; i++)
		put(out, words[i] - (i ? words[i - 1] : 0));
	put_text(out, buf_span(&o->imports));
	for (size_t i = 0; i < o->count; i++)
		put_symbol(out, o, i);
}

static unsigned char take_byte(struct taker *t)
{
	t->broken |= !t->rest.len;
	unsigned char c = t->rest.len ? (unsigned char)*t->rest.ptr : 0;
	t->rest = span_from(t->rest, 1);
	return c;
}

/* All before the words. The outline is empty then but for its counts. */
static uint64_t take_head(struct taker *t, struct file_facts *f)
{
	struct outline outline = f->outline;
	*f = (struct file_facts){.outline = outline};
	outline_reset(&f->outline);
	t->broken |= take_byte(t) != PACKED_VERSION;
	unsigned char nature = take_byte(t);
	t->broken |= nature >= FILE_NATURES;
	f->nature = t->broken ? FILE_SOURCE : (enum file_nature)nature;
	struct span language = take_text(t);
	f->language = language.len ? language_named(language) : NULL;
	f->outline.language = f->language;
	f->bytes = take(t);
	f->lines = take(t);
	f->tokens = take(t);
	for (unsigned i = 0; i < 16; i++)
		*(i < 8 ? &f->hash.high : &f->hash.low) |= (uint64_t)take_byte(t) << (8 * (i % 8));
	f->outline.line_count = (uint32_t)take(t);
	uint64_t unbalanced = take(t);
	f->outline.unbalanced = unbalanced != 0;
	f->outline.unbalanced_line = unbalanced ? (uint32_t)(unbalanced - 1) : 0;
	return take(t);
}

static void take_words(struct taker *t, struct buf *words)
{
	uint64_t count = take(t), last = 0;
	if (words)
		buf_clear(words);
	for (uint64_t i = 0; i < count && !t->broken; i++) {
		last += take(t);
		uint32_t word = (uint32_t)last;
		t->broken |= last > UINT32_MAX;
		if (words)
			buf_add(words, &word, sizeof word);
	}
}

bool packed_read_head(struct span row, struct file_facts *facts, uint32_t *symbol_count)
{
	struct taker t = {.rest = row};
	uint64_t count = take_head(&t, facts);
	*symbol_count = (uint32_t)count;
	return !t.broken && count <= UINT32_MAX;
}

bool packed_read_words(struct span row, struct buf *words)
{
	struct taker t = {.rest = row};
	struct file_facts facts = {0};
	take_head(&t, &facts);
	take_words(&t, words);
	return !t.broken;
}

bool packed_read(struct span row, struct file_facts *f, struct buf *words)
{
	struct taker t = {.rest = row};
	uint64_t count = take_head(&t, f);
	take_words(&t, words);
	buf_add_span(&f->outline.imports, take_text(&t));
	buf_reserve(&f->outline.text, mem_mul(t.rest.len, 2));
	for (uint64_t i = 0; i < count && !t.broken; i++)
		take_symbol(&t, &f->outline);
	if (t.broken || t.rest.len) {
		outline_reset(&f->outline);
		return false;
	}
	f->outline.text.ptr[f->outline.text.len] = '\0';
	return true;
}
