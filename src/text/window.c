#include "text/window.h"

#include <stdatomic.h>

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* Tokens of the pieces of a window but the last. One byte is one token, and so are up to three digits. The others are taken
 * by their lengths, and what the memory does not know comes after all that it does: a branch for each of them would be
 * guessed wrong too often. */
ALWAYS_INLINE uint64_t tokens_of(const struct vocab *v, struct memo *memo, const unsigned char *at, uint64_t starts,
				 uint64_t number, const unsigned char *end)
{
	/* A bit where the next piece begins within so many bytes. */
	uint64_t in_1 = starts >> 1, in_2 = in_1 | in_1 >> 1, in_4 = in_2 | in_2 >> 2;
	uint64_t in_7 = in_4 | in_4 >> 3, in_8 = in_4 | in_4 >> 4, in_15 = in_8 | in_8 >> 7;

	uint64_t pieces = starts ^ UINT64_C(1) << (63 - __builtin_clzll(starts));
	uint64_t single = pieces & (in_1 | number), tokens = (uint64_t)__builtin_popcountll(single);
	uint64_t unknown = pieces & ~single & ~in_15;

	for (uint64_t rest = pieces & ~single & in_7; rest; rest &= rest - 1) {
		unsigned i = (unsigned)__builtin_ctzll(rest), behind_first = (unsigned)__builtin_ctzll(in_1 >> i);
		uint64_t n = memo_brief_tokens(memo, vocab_word(at + i) & UINT64_MAX >> (56 - 8 * behind_first));
		if (UNLIKELY(!n))
			unknown |= rest & (0 - rest);
		tokens += n;
	}
	for (uint64_t rest = pieces & ~in_7 & in_15; rest; rest &= rest - 1) {
		unsigned i = (unsigned)__builtin_ctzll(rest), behind_first = (unsigned)__builtin_ctzll(in_1 >> i);
		uint64_t second = vocab_word(at + i + 8) & ~(UINT64_MAX << (8 * behind_first - 56));
		uint64_t n = memo_middle_tokens(memo, vocab_word(at + i), second);
		if (UNLIKELY(!n))
			unknown |= rest & (0 - rest);
		tokens += n;
	}
	for (uint64_t rest = unknown; rest; rest &= rest - 1) {
		unsigned i = (unsigned)__builtin_ctzll(rest), behind_first = (unsigned)__builtin_ctzll(in_1 >> i);
		tokens += memo_count(memo, v, at + i, behind_first + 1, end);
	}
	return tokens;
}

/* The classes of 64 bytes, by comparing vectors of some. A bit is the highest of its byte. */
#define COUNT_WITH_VECTORS(name, attribute, size, bits_of)                                                        \
	typedef uint8_t name##_vector __attribute__((vector_size(size)));                                         \
	attribute static inline void name##_classify(const unsigned char *p, struct window *w)                    \
	{                                                                                                         \
		*w = (struct window){0};                                                                          \
		for (int i = 0; i < WINDOW_BYTES; i += (size)) {                                                  \
			name##_vector x, newline, blank, white;                                                   \
			memcpy(&x, p + i, (size));                                                                \
			newline = (name##_vector)(x == '\n') | (name##_vector)(x == '\r');                        \
			blank = (name##_vector)(x == ' ');                                                        \
			white = (name##_vector)((name##_vector)(x - '\t') <= '\r' - '\t') | blank;                \
			w->letter |= bits_of((name##_vector)((x | 0x20) - 'a') <= 25) << i;                       \
			w->raised |= bits_of(x << 2) << i;                                                        \
			w->number |= bits_of((name##_vector)(x - '0') <= 9) << i;                                 \
			w->blank |= bits_of(blank) << i;                                                          \
			w->space |= bits_of(white & ~newline) << i;                                               \
			w->newline |= bits_of(newline) << i;                                                      \
			w->slash |= bits_of(x == '/') << i;                                                       \
			w->quote |= bits_of(x == '\'') << i;                                                      \
			w->odd |= bits_of(x | (name##_vector)(x == 0)) << i;                                      \
		}                                                                                                 \
	}                                                                                                         \
	attribute static uint64_t name(const struct vocab *v, struct memo *memo, bool o200k,                      \
				       const unsigned char **at, const unsigned char *end, uint64_t most)         \
	{                                                                                                         \
		const unsigned char *p = *at;                                                                     \
		uint64_t tokens = 0;                                                                              \
		while (end - p >= WINDOW_READS_BYTES && tokens + WINDOW_BYTES <= most) {                          \
			struct window w;                                                                          \
			name##_classify(p, &w);                                                                   \
			uint64_t starts = o200k ? window_starts(&w, true) : window_starts(&w, false);             \
			if (starts == 1)                                                                          \
				break;                                                                            \
			tokens += tokens_of(v, memo, p, starts, w.number, end);                                   \
			p += 63 - __builtin_clzll(starts);                                                        \
		}                                                                                                 \
		*at = p;                                                                                          \
		return tokens;                                                                                    \
	}

/* For every processor: eight bits are gathered by a multiplication. */
typedef uint8_t vector_16 __attribute__((vector_size(16)));
static inline uint64_t bits_of_16(vector_16 mask)
{
	const uint64_t highest = UINT64_C(0x8080808080808080), gather = UINT64_C(0x0002040810204081);
	unsigned char bytes[16];
	memcpy(bytes, &mask, sizeof bytes);
	return ((vocab_word(bytes) & highest) * gather) >> 56 | ((vocab_word(bytes + 8) & highest) * gather) >> 56 << 8;
}
#define BITS_OF_16(mask) bits_of_16((vector_16)(mask))
COUNT_WITH_VECTORS(count_vectors, , 16, BITS_OF_16)

#if defined __x86_64__
typedef char chars_16 __attribute__((vector_size(16)));
typedef char chars_32 __attribute__((vector_size(32)));
#define BITS_SSE2(mask) ((uint64_t)(uint32_t)__builtin_ia32_pmovmskb128((chars_16)(mask)))
#define BITS_AVX2(mask) ((uint64_t)(uint32_t)__builtin_ia32_pmovmskb256((chars_32)(mask)))
COUNT_WITH_VECTORS(count_sse2, __attribute__((target("sse2"))), 16, BITS_SSE2)
COUNT_WITH_VECTORS(count_avx2, __attribute__((target("avx2,bmi,bmi2"))), 32, BITS_AVX2)
#endif

typedef uint64_t count_windows(const struct vocab *v, struct memo *memo, bool o200k, const unsigned char **at,
			       const unsigned char *end, uint64_t most);

/* Every piece is left to the plain splitter. */
static uint64_t count_none(const struct vocab *v, struct memo *memo, bool o200k, const unsigned char **at,
			   const unsigned char *end, uint64_t most)
{
	(void)v, (void)memo, (void)o200k, (void)at, (void)end, (void)most;
	return 0;
}

struct counter {
	const char *name;
	count_windows *count;
};

/* From the plainest to the fastest. */
static const struct counter counters[] = {
	{"plain", count_none},
	{"vectors", count_vectors},
#if defined __x86_64__
	{"sse2", count_sse2},
	{"avx2", count_avx2},
#endif
};
enum { COUNTERS = sizeof counters / sizeof *counters };

static bool runs_here(const struct counter *c)
{
#if defined __x86_64__
	if (c->count == count_avx2)
		return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
#endif
	(void)c;
	return true;
}

/* NULL: not chosen yet. Whoever chooses, at the same time even, chooses the same. */
static _Atomic(const struct counter *) chosen;

static const struct counter *choose(void)
{
	const struct counter *c = &counters[COUNTERS - 1];
	while (!runs_here(c))
		c--;
	atomic_store_explicit(&chosen, c, memory_order_relaxed);
	return c;
}

bool window_use(const char *name)
{
	for (size_t i = 0; i < COUNTERS; i++)
		if (strcmp(counters[i].name, name) == 0 && runs_here(&counters[i])) {
			atomic_store_explicit(&chosen, &counters[i], memory_order_relaxed);
			return true;
		}
	return false;
}

const char *window_name(size_t i) { return i < COUNTERS ? counters[i].name : NULL; }

uint64_t window_count(const struct vocab *v, struct memo *memo, bool o200k, const unsigned char **at, const unsigned char *end,
		      uint64_t most)
{
	const struct counter *c = atomic_load_explicit(&chosen, memory_order_relaxed);
	return (c ? c : choose())->count(v, memo, o200k, at, end, most);
}
