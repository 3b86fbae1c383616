#include "filter/redact.h"

#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>

enum {
	KEY_LINES_MOST = 400,     /* an RSA key of 16384 bits has 200 */
	KEY_REST_BYTES = 20,      /* what may stand behind BEGIN on its line: a quote, an escape */
	BODY_LEAST_BYTES = 32,    /* of a line that can only be key */
	BLOCKS_MOST = 64 * 1024,  /* then the last range grows: more is masked than need be, never less */
};

static bool is_base64(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=';
}

/* The last word is long and of base64 alone: before it there may be a time or a name. */
static bool is_body(struct span text)
{
	text = span_trim(text);
	size_t n = 0;
	while (n < text.len && is_base64(text.ptr[text.len - 1 - n]))
		n++;
	return n >= BODY_LEAST_BYTES && (n == text.len || text.ptr[text.len - 1 - n] == ' ' || text.ptr[text.len - 1 - n] == '\t');
}

static void close_block(struct key_blocks *k, uint64_t last)
{
	uint64_t first = k->begun + 1;
	k->begun = 0;
	if (last < first)
		return;
	if (k->count == BLOCKS_MOST) {
		k->at[k->count - 1].last = last;
		return;
	}
	MEM_GROW(k->at, k->cap, k->count + 1);
	k->at[k->count++] = (struct key_range){first, last};
}

/* Behind "-----WORD … PRIVATE KEY-----", or SIZE_MAX. */
static size_t marker_end(struct span text, struct span begin)
{
	size_t at = span_find(text, begin);
	if (at == SIZE_MAX)
		return SIZE_MAX;
	struct span label = span_from(text, at + begin.len);
	size_t key = span_find(label, SPAN("PRIVATE KEY")), dashes = span_find(label, SPAN("-----"));
	return key == SIZE_MAX || dashes == SIZE_MAX || key > dashes ? SIZE_MAX : at + begin.len + dashes + 5;
}

void key_blocks_line(struct key_blocks *k, uint64_t no, struct span text)
{
	if (!k->begun && span_find(text, SPAN("PRIVATE KEY")) == SIZE_MAX)
		return;
	size_t begin = marker_end(text, SPAN("-----BEGIN "));
	if (begin != SIZE_MAX) {
		key_blocks_finish(k);
		if (text.len - begin <= KEY_REST_BYTES) {
			k->begun = no;
			k->last_body = 0;
		}
		return;
	}
	if (!k->begun)
		return;
	if (marker_end(text, SPAN("-----END ")) != SIZE_MAX)
		close_block(k, no - 1);
	else if (no - k->begun > KEY_LINES_MOST)
		key_blocks_finish(k);
	else if (is_body(text))
		k->last_body = no;
}

void key_blocks_finish(struct key_blocks *k)
{
	if (k->begun)
		close_block(k, k->last_body);
	k->begun = 0;
}

void key_blocks_release(struct key_blocks *k)
{
	free(k->at);
	*k = (struct key_blocks){0};
}

size_t key_blocks_find(const struct key_blocks *k, uint64_t no)
{
	size_t low = 0, high = k->count;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (k->at[mid].last < no)
			low = mid + 1;
		else
			high = mid;
	}
	return low < k->count && k->at[low].first <= no ? low : SIZE_MAX;
}
