#include "text/classes.h"

#include <stdatomic.h>
#if defined __x86_64__
#include <immintrin.h>
#elif defined __aarch64__
#include <arm_neon.h>
#endif

struct implementation {
	const char *name; /* as in text/kernel.h */
	void (*of)(struct span line, struct classes *out);
	size_t (*pick)(struct span line, size_t first, size_t blocks, const struct class_picks *picks, char *out);
};

/* ---- picking ------------------------------------------------------------------------------------------------------ */

/* Runs are copied 16 bytes at a time, beyond their ends where there is room: what is written never overtakes what is read. */
static size_t pick_runs(struct span line, size_t first, size_t blocks, const struct class_picks *picks, char *out)
{
	enum { AT_ONCE = 16 };
	size_t o = 0;
	for (size_t k = first; k < blocks; k++) {
		const struct class_picks *p = &picks[k];
		const uint64_t changed = p->zero | p->tilde | p->blank;
		for (uint64_t left = p->keep; left;) {
			unsigned at = (unsigned)__builtin_ctzll(left);
			uint64_t bit = left & -left;
			if (changed & bit) {
				out[o++] = p->zero & bit ? '0' : p->tilde & bit ? '~' : ' ';
				left ^= bit;
				continue;
			}
			uint64_t end = ~(left & ~changed) & ~(bit - 1); /* the first that is not of this run */
			unsigned run = (end ? (unsigned)__builtin_ctzll(end) : CLASSES_BLOCK) - at;
			size_t from = k * CLASSES_BLOCK + at;
			for (unsigned done = 0; done < run; done += AT_ONCE)
				if (from + done + AT_ONCE <= line.len)
					memcpy(out + o + done, line.ptr + from + done, AT_ONCE);
				else
					memcpy(out + o + done, line.ptr + from + done, run - done < AT_ONCE ? run - done : AT_ONCE);
			o += run;
			left = end ? left & ~((end & -end) - 1) : 0;
		}
	}
	return o;
}

/* ---- kinds of byte ------------------------------------------------------------------------------------------------ */

#define JOIN(a, b) a##_##b

/* A kind is the bytes whose upper half is one of some and whose lower half is one of others. */
enum { KIND_DIGIT, KIND_LETTER_TO_O, KIND_LETTER_FROM_P, KIND_LETTER_G_TO_O, KIND_AROUND /* + , - . / */, KIND_DOLLAR /* and % */, KIND_CONTROL };
enum {
	K_DIGIT = 1 << KIND_DIGIT, K_TO_O = 1 << KIND_LETTER_TO_O, K_FROM_P = 1 << KIND_LETTER_FROM_P, K_G_TO_O = 1 << KIND_LETTER_G_TO_O,
	K_AROUND = 1 << KIND_AROUND, K_DOLLAR = 1 << KIND_DOLLAR, K_CONTROL = 1 << KIND_CONTROL,
};
/* clang-format off */
#define LOW_KINDS \
	K_CONTROL | K_DIGIT | K_FROM_P, \
	K_CONTROL | K_DIGIT | K_FROM_P | K_TO_O, K_CONTROL | K_DIGIT | K_FROM_P | K_TO_O, K_CONTROL | K_DIGIT | K_FROM_P | K_TO_O, \
	K_CONTROL | K_DIGIT | K_FROM_P | K_TO_O | K_DOLLAR, K_CONTROL | K_DIGIT | K_FROM_P | K_TO_O | K_DOLLAR, \
	K_CONTROL | K_DIGIT | K_FROM_P | K_TO_O, \
	K_CONTROL | K_DIGIT | K_FROM_P | K_TO_O | K_G_TO_O, K_CONTROL | K_DIGIT | K_FROM_P | K_TO_O | K_G_TO_O, K_CONTROL | K_DIGIT | K_FROM_P | K_TO_O | K_G_TO_O, \
	K_CONTROL | K_FROM_P | K_TO_O | K_G_TO_O, \
	K_CONTROL | K_TO_O | K_G_TO_O | K_AROUND, K_CONTROL | K_TO_O | K_G_TO_O | K_AROUND, K_CONTROL | K_TO_O | K_G_TO_O | K_AROUND, \
	K_CONTROL | K_TO_O | K_G_TO_O | K_AROUND, K_CONTROL | K_TO_O | K_G_TO_O | K_AROUND
#define HIGH_KINDS \
	K_CONTROL, K_CONTROL, K_AROUND | K_DOLLAR, K_DIGIT, K_TO_O | K_G_TO_O, K_FROM_P, K_TO_O | K_G_TO_O, K_FROM_P, 0, 0, 0, 0, 0, 0, 0, 0
/* clang-format on */
static const unsigned char low_kinds[32] = {LOW_KINDS, LOW_KINDS}, high_kinds[32] = {HIGH_KINDS, HIGH_KINDS};

#if defined __x86_64__

/* A byte past ASCII finds nothing in low_kinds: its top bit says so. */
#define CLASSES(name) JOIN(name, ssse3)
#define CLASSES_TARGET __attribute__((target("ssse3")))
#define CLASSES_BYTES 16
#define CLASSES_VECTOR __m128i
#define CLASSES_LOAD(p) _mm_loadu_si128((const void *)(p))
#define CLASSES_IS(x, c) _mm_cmpeq_epi8(x, _mm_set1_epi8((char)(c)))
#define CLASSES_KINDS(x) \
	(_mm_shuffle_epi8(CLASSES_LOAD(low_kinds), x) & _mm_shuffle_epi8(CLASSES_LOAD(high_kinds), _mm_srli_epi16(x, 4) & _mm_set1_epi8(0x0f)))
#define CLASSES_UP(x, n) _mm_slli_epi16(x, 7 - (n))
#define CLASSES_TOPS(x) (uint64_t)(uint32_t)_mm_movemask_epi8(x)
#include "text/classes_body.h"

#define CLASSES(name) JOIN(name, avx2)
#define CLASSES_TARGET __attribute__((target("avx2,bmi,bmi2,popcnt")))
#define CLASSES_BYTES 32
#define CLASSES_VECTOR __m256i
#define CLASSES_LOAD(p) _mm256_loadu_si256((const void *)(p))
#define CLASSES_IS(x, c) _mm256_cmpeq_epi8(x, _mm256_set1_epi8((char)(c)))
#define CLASSES_KINDS(x) \
	(_mm256_shuffle_epi8(CLASSES_LOAD(low_kinds), x) & \
	 _mm256_shuffle_epi8(CLASSES_LOAD(high_kinds), _mm256_srli_epi16(x, 4) & _mm256_set1_epi8(0x0f)))
#define CLASSES_UP(x, n) _mm256_slli_epi16(x, 7 - (n))
#define CLASSES_TOPS(x) (uint64_t)(uint32_t)_mm256_movemask_epi8(x)
#include "text/classes_body.h"

/* Of VBMI one instruction tells the classes of 64 bytes, of VBMI2 one squeezes them together. */
#define TARGET_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,bmi,bmi2,popcnt")))
enum { IN_DIGIT = 1, IN_LETTER = 2, IN_NOT_HEX = 4, IN_BLANK = 8, IN_JOINER = 16, IN_SIGN = 32, IN_SLASH = 64, IN_COMMA = 128 };

/* clang-format off */
#define EIGHT(x) x, x, x, x, x, x, x, x
static const unsigned char ascii_classes[128] = {
	EIGHT(IN_BLANK), EIGHT(IN_BLANK), EIGHT(IN_BLANK), EIGHT(IN_BLANK),
	IN_BLANK, 0, 0, 0, IN_SIGN, IN_SIGN, 0, 0,                                                                       /* $ % */
	0, 0, 0, IN_JOINER | IN_SIGN, IN_JOINER | IN_COMMA, IN_JOINER | IN_SIGN, IN_JOINER | IN_SIGN, IN_JOINER | IN_SIGN | IN_SLASH, /* + , - . / */
	EIGHT(IN_DIGIT), IN_DIGIT, IN_DIGIT, IN_JOINER, 0, 0, 0, 0, 0,
	IN_SIGN, IN_LETTER, IN_LETTER, IN_LETTER, IN_LETTER, IN_LETTER, IN_LETTER, IN_LETTER | IN_NOT_HEX,               /* @ */
	EIGHT(IN_LETTER | IN_NOT_HEX), EIGHT(IN_LETTER | IN_NOT_HEX),
	IN_LETTER | IN_NOT_HEX, IN_LETTER | IN_NOT_HEX, IN_LETTER | IN_NOT_HEX, 0, 0, 0, 0, IN_SIGN,                     /* _ */
	0, IN_LETTER, IN_LETTER, IN_LETTER, IN_LETTER, IN_LETTER, IN_LETTER, IN_LETTER | IN_NOT_HEX,
	EIGHT(IN_LETTER | IN_NOT_HEX), EIGHT(IN_LETTER | IN_NOT_HEX),
	IN_LETTER | IN_NOT_HEX, IN_LETTER | IN_NOT_HEX, IN_LETTER | IN_NOT_HEX, 0, 0, 0, IN_SIGN, IN_BLANK,              /* ~ */
};
/* clang-format on */

TARGET_AVX512 static inline __m512i load_avx512(struct span line, size_t k)
{
	size_t left = line.len - k * CLASSES_BLOCK;
	__mmask64 there = left < CLASSES_BLOCK ? ~(~UINT64_C(0) << left) : ~UINT64_C(0);
	return _mm512_maskz_loadu_epi8(there, line.ptr + k * CLASSES_BLOCK);
}

TARGET_AVX512 static inline uint64_t in_avx512(__m512i classes, int of) { return _mm512_test_epi8_mask(classes, _mm512_set1_epi8((char)of)); }
TARGET_AVX512 static inline uint64_t is_avx512(__m512i x, char c) { return _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8(c)); }

TARGET_AVX512 static void of_avx512(struct span line, struct classes *out)
{
	const __m512i low = _mm512_loadu_si512(ascii_classes), high = _mm512_loadu_si512(ascii_classes + 64);
	uint64_t past_all = 0, control = 0, caret = 0;
	size_t k = 0;
	for (; k * CLASSES_BLOCK < line.len; k++) {
		struct class_bits *b = &out->at[k];
		const __m512i x = load_avx512(line, k);
		const uint64_t past = _mm512_movepi8_mask(x);
		const size_t left = line.len - k * CLASSES_BLOCK;
		const uint64_t there = left < CLASSES_BLOCK ? ~(~UINT64_C(0) << left) : ~UINT64_C(0);
		const __m512i in = _mm512_maskz_permutex2var_epi8(there & ~past, low, x, high);
		const uint64_t letter = in_avx512(in, IN_LETTER);
		b->digit = in_avx512(in, IN_DIGIT);
		b->word = in_avx512(in, IN_LETTER | IN_DIGIT);
		b->upper = letter & ~_mm512_test_epi8_mask(x, _mm512_set1_epi8(0x20));
		b->not_hex = in_avx512(in, IN_NOT_HEX);
		b->blank = in_avx512(in, IN_BLANK);
		b->odd_blank = b->blank & ~is_avx512(x, ' ');
		b->path = in_avx512(in, IN_LETTER | IN_DIGIT | IN_SIGN) | past;
		b->joiner = in_avx512(in, IN_JOINER);
		b->comma = in_avx512(in, IN_COMMA);
		b->slash = in_avx512(in, IN_SLASH);
		control |= b->odd_blank & ~is_avx512(x, '\t');
		caret |= is_avx512(x, '^');
		past_all |= past;
	}
	out->at[k] = (struct class_bits){0};
	out->blocks = k;
	out->seen = (control ? CLASS_SEEN_CONTROL : 0) | (past_all ? CLASS_SEEN_HIGH : 0) | (caret ? CLASS_SEEN_CARET : 0);
}

TARGET_AVX512 static size_t pick_avx512(struct span line, size_t first, size_t blocks, const struct class_picks *picks, char *out)
{
	size_t o = 0;
	for (size_t k = first; k < blocks; k++) {
		const struct class_picks *p = &picks[k];
		__m512i x = load_avx512(line, k);
		x = _mm512_mask_mov_epi8(x, p->zero, _mm512_set1_epi8('0'));
		x = _mm512_mask_mov_epi8(x, p->tilde, _mm512_set1_epi8('~'));
		x = _mm512_mask_mov_epi8(x, p->blank, _mm512_set1_epi8(' '));
		size_t kept = (size_t)__builtin_popcountll(p->keep);
		_mm512_mask_storeu_epi8(out + o, _bzhi_u64(~UINT64_C(0), (unsigned)kept), _mm512_maskz_compress_epi8(p->keep, x));
		o += kept;
	}
	return o;
}

#elif defined __aarch64__

#define CLASSES(name) JOIN(name, neon)
#define CLASSES_TARGET
#define CLASSES_BYTES 16
#define CLASSES_VECTOR uint8x16_t
#define CLASSES_LOAD(p) vld1q_u8((const uint8_t *)(p))
#define CLASSES_IS(x, c) vceqq_u8(x, vdupq_n_u8(c))
#define CLASSES_KINDS(x) \
	vandq_u8(vqtbl1q_u8(vld1q_u8(low_kinds), vandq_u8(x, vdupq_n_u8(0x0f))), vqtbl1q_u8(vld1q_u8(high_kinds), vshrq_n_u8(x, 4)))
#define CLASSES_UP(x, n) vshlq_n_u8(x, 7 - (n))
#define CLASSES_TOPS(x) tops_neon(x)
/* Each byte with a top bit leaves its own bit of eight; neighbours are added up three times. */
static inline uint64_t tops_neon(uint8x16_t x)
{
	static const uint8_t own[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
	uint8x16_t sum = vandq_u8(vcgeq_u8(x, vdupq_n_u8(0x80)), vld1q_u8(own));
	sum = vpaddq_u8(sum, sum);
	sum = vpaddq_u8(sum, sum);
	sum = vpaddq_u8(sum, sum);
	return vgetq_lane_u16(vreinterpretq_u16_u8(sum), 0);
}
#include "text/classes_body.h"

#endif

/* ---- choice ------------------------------------------------------------------------------------------------------- */

/* From the plainest to the fastest. */
static const struct implementation implementations[] = {
	{"plain", NULL, NULL},
	{"scalar", NULL, NULL},
#if defined __x86_64__
	{"sse2", of_ssse3, pick_runs},
	{"avx2", of_avx2, pick_runs},
	{"avx512", of_avx512, pick_avx512},
#elif defined __aarch64__
	{"neon", of_neon, pick_runs},
#endif
};
enum { IMPLEMENTATIONS = sizeof implementations / sizeof *implementations };

static bool runs_here(const struct implementation *i)
{
#if defined __x86_64__
	bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
	            __builtin_cpu_supports("popcnt");
	if (i->of == of_ssse3)
		return __builtin_cpu_supports("ssse3");
	if (i->of == of_avx2)
		return avx2;
	if (i->of == of_avx512)
		return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
		       __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2");
#endif
	(void)i;
	return true;
}

/* NULL: not chosen yet. Whoever chooses, at the same time even, chooses the same. */
static _Atomic(const struct implementation *) chosen;

/* The fastest one up to this, since a processor may have the first instructions of a kind and not the later ones. */
static const struct implementation *choose(const struct implementation *most)
{
	while (!runs_here(most))
		most--;
	atomic_store_explicit(&chosen, most, memory_order_relaxed);
	return most;
}

static const struct implementation *here(void)
{
	const struct implementation *i = atomic_load_explicit(&chosen, memory_order_relaxed);
	return i ? i : choose(&implementations[IMPLEMENTATIONS - 1]);
}

void classes_use(const char *name)
{
	for (size_t i = 0; i < IMPLEMENTATIONS; i++)
		if (strcmp(implementations[i].name, name) == 0)
			choose(&implementations[i]);
}

bool classes_of(struct span line, struct classes *out)
{
	const struct implementation *i = here();
	if (!i->of || line.len > CLASSES_BLOCKS * CLASSES_BLOCK)
		return false;
	i->of(line, out);
	return true;
}

size_t classes_pick(struct span line, size_t first, const struct class_picks *picks, char *out)
{
	return here()->pick(line, first, (line.len + CLASSES_BLOCK - 1) / CLASSES_BLOCK, picks, out);
}
