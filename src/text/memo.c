#include "text/memo.h"

#include "text/merge.h"

static size_t count_anew(const struct vocab *v, const unsigned char *p, size_t len, const unsigned char *end)
{
	return vocab_rank(v, p, len, end) != VOCAB_NO_RANK ? 1 : merge_count(v, p, len, end);
}

size_t memo_count(struct memo *m, const struct vocab *v, const unsigned char *p, size_t len, const unsigned char *end)
{
	if (len > MEMO_LENGTHY_MOST || p[len - 1] == 0)
		return count_anew(v, p, len, end);
	if (len <= MEMO_BRIEF_MOST) {
		uint64_t word = vocab_word_of(p, len, end), tokens = memo_brief_tokens(m, word);
		if (!tokens) {
			tokens = count_anew(v, p, len, end);
			m->brief[memo_brief(m, word) - m->brief] = word | tokens << 56;
		}
		return (size_t)tokens;
	}
	if (len <= MEMO_MIDDLE_MOST) {
		uint64_t first = vocab_word(p), second = len > 8 ? vocab_second_word(p, len) : 0;
		uint64_t tokens = memo_middle_tokens(m, first, second);
		if (!tokens) {
			tokens = count_anew(v, p, len, end);
			m->middle[memo_middle(m, first, second) - m->middle] = (struct memo_middle){first, second | tokens << 56};
		}
		return (size_t)tokens;
	}
	struct memo_lengthy *e = &m->lengthy[vocab_hash_long(p, len) >> (64 - MEMO_LENGTHY_BITS)];
	if (e->len != len || memcmp(e->bytes, p, len) != 0) {
		e->tokens = (uint32_t)count_anew(v, p, len, end);
		e->len = (uint32_t)len;
		memcpy(e->bytes, p, len);
	}
	return e->tokens;
}
