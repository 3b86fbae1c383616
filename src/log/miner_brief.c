#include "log/miner_brief.h"

#include "log/letters.h"
#include "log/mask_lex.h"

#include <stdint.h>

/* A run of two letters and more that no digit touches and that names no month or day. `letters` of the 64 bytes from `base`. */
static struct span first_word(struct span s, size_t base, struct letters found)
{
	const uint64_t digits = found.digits;
	uint64_t begins = found.letters & ~(found.letters << 1) & ~(digits << 1);
	for (; begins; begins &= begins - 1) {
		const unsigned begin = (unsigned)__builtin_ctzll(begins);
		const uint64_t behind = ~found.letters >> begin;
		const unsigned len = behind ? (unsigned)__builtin_ctzll(behind) : 64 - begin;
		const struct span word = span_of(s.ptr + base + begin, len);
		const bool touched = begin + len < 64 && digits >> (begin + len) & 1;
		if (len > 1 && !touched && !(*word.ptr < 'a' && mask_is_month_or_day(word)))
			return word;
	}
	return span_of(s.ptr, 0);
}

struct brief brief_of(struct span s)
{
	struct brief out = {.word = {s.ptr, 0}};
	uint64_t inside = 0;
	for (size_t base = 0; base < s.len; base += 64) {
		const struct letters found = letters_at(s, base);
		const uint64_t word = found.letters | found.digits;
		out.words += (size_t)__builtin_popcountll(word & ~(word << 1 | inside));
		inside = word >> 63;
		if (!out.word.len)
			out.word = first_word(s, base, found);
	}
	return out;
}
