#include "api/sample.h"

#include <string.h>

enum { STRIDE_FIRST = 8 * 1024 };

void sample_release(struct sample *s)
{
	buf_release(&s->bytes);
	*s = (struct sample){0};
}

/* Any number, always the same one for x. */
static uint64_t scatter(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

/* Where in its stretch a block stands: anywhere, so that what a log repeats does not come at the same place in each. */
static uint64_t begin_of(const struct sample *s, size_t i)
{
	uint64_t stretch = i * s->stride;
	return stretch + scatter(stretch) % (s->stride - SAMPLE_BYTES);
}

/* Two stretches become one, which has the block of either. */
static void thin_out(struct sample *s)
{
	for (size_t i = 0; i < SAMPLES_MOST / 2; i++) {
		size_t from = 2 * i + (scatter(i * 2 * s->stride) >> 63);
		memmove(s->bytes.ptr + i * SAMPLE_BYTES, s->bytes.ptr + from * SAMPLE_BYTES, SAMPLE_BYTES);
	}
	s->bytes.len = (size_t)SAMPLES_MOST / 2 * SAMPLE_BYTES;
	s->stride *= 2;
}

void sample_feed(struct sample *s, uint64_t off, struct span bytes)
{
	uint64_t end = off + bytes.len;
	if (!s->stride) {
		s->stride = STRIDE_FIRST;
		s->next = begin_of(s, 0);
	}
	while (end > s->next) {
		size_t had = s->bytes.len % SAMPLE_BYTES;
		struct span part = span_head(span_from(bytes, (size_t)(s->next - off)), SAMPLE_BYTES - had);
		buf_add_span(&s->bytes, part);
		s->next += part.len;
		if (had + part.len < SAMPLE_BYTES)
			break;
		if (s->bytes.len == (size_t)SAMPLES_MOST * SAMPLE_BYTES)
			thin_out(s);
		s->next = begin_of(s, s->bytes.len / SAMPLE_BYTES);
	}
}

size_t sample_count(const struct sample *s) { return s->bytes.len / SAMPLE_BYTES; }
struct span sample_block(const struct sample *s, size_t i) { return span_of(s->bytes.ptr + i * SAMPLE_BYTES, SAMPLE_BYTES); }
