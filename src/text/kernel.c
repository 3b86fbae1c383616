#include "text/kernel.h"

#include "base/hash.h"

#include <stdatomic.h>
#if defined __x86_64__
#include <immintrin.h>
#elif defined __aarch64__
#include <arm_neon.h>
#endif

/* ---- what they must give ------------------------------------------------------------------------------------------ */

static void form_plain(const char *text, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++)
		out[i] = text[i] >= '0' && text[i] <= '9' ? '0' : text[i];
}

/* The hash of a form. Eight bytes after eight go to four lanes in turn; each lane sums up the products of their halves with keys
 * that hang on the place, 64 places then begin anew. Bytes that are not there count as zero, so it is the same however many of
 * them an implementation takes at once. For as long as a sum has two or three addends it tells apart all that differs; the lanes
 * are multiplied with each other at the end, with the length.
 *
 * So that a digit costs two instructions: a byte is turned over with FORM_FLIP, which makes the digits the ten greatest, and is
 * FORM_DIGIT at most. */
enum { FORM_LANES = 4, FORM_BLOCK_BYTES = 512, FORM_STEP_MOST = 128, FORM_FLIP = 0xcf, FORM_DIGIT = 0xf6 };

/* From splitmix64 with seed 0; both halves made odd and large. One more, since the second half of the last is read as a whole. */
static const uint64_t form_keys[FORM_BLOCK_BYTES / 8 + 1] = {
	0xe220a839fb1dcdaf, 0xee789e6ba1b965f5, 0x86c45d198009454f, 0xf88bb8a9f24c81ed,
	0x9b39896bd1a8749b, 0xd3cb9f0df47ea2eb, 0xac829abf9f4532e1, 0xc584133bc916ab3d,
	0xbee57891c1c98ac3, 0xf3b8488db68cb0a7, 0xe57eecddbcb13d09, 0xc2d326e1855bdef7,
	0x8621a03fe0bbdb7b, 0x8e1f7555983aa92f, 0xb54e0f1780cc4d19, 0x84bb3f97971d80ab,
	0xfd29825df5521255, 0xc3cf1711ab7f7f87, 0xb466e9a183914f65, 0xd81a8d2bda4485ad,
	0xdb01602b900b9ed7, 0xa9038a939825f10d, 0xedf5f1d98dca2f6b, 0xd4496ad7fbd2634d,
	0xdd7c01d5f5407269, 0x935e82f1db4c4f7b, 0xe9b82ebd92233301, 0xc0d29eb5fde1d511,
	0xa2f09dabb45c6317, 0xee521d7b8f4d3873, 0xf16952eff2f3454f, 0xb77d35dfa8e40225,
	0x8c7de807c963bab1, 0x85582d37911ac529, 0xd254741fd99dc6f7, 0xe9630f7593d108c3,
	0xc17ef96181daa383, 0xbc3c41a3b43343a1, 0xee19905dcbe531df, 0xcfa9fa73a4851729,
	0x84eb4455a792922b, 0x934f7097918175cf, 0x87dc930bb02278a9, 0x92c015a9f019e937,
	0xcc06c317d2ebf439, 0xecee65638a691e37, 0xbe84ecb1f63e79ad, 0xe90ed477f43aae49,
	0xf74615d7b1a1f2e1, 0xa2b353f1cf4f52db, 0xe3ddd86ba71a5eb1, 0xdf268adfb6513357,
	0xa098eb73d4367d77, 0x83d68453a3ce3c71, 0xc952c5638043c715, 0x9b196bcb844f1705,
	0xb0260345dd9e0ec1, 0xcf448a5982bb9699, 0xf4a578ddcbc87657, 0xbfdeaed9a17b3c8f,
	0xed79402d9d5c5d7b, 0xd5f070ab9cbbf171, 0xbe00a349a9a88f1d, 0xe255b237b8bb18fb,
};

static const uint64_t form_salts[6] = {
	0x2a7b67af6c6ad50e, 0x466d5e7f3e46f143, 0x42375cb399a4fc72, 0x8c8a1f148a8bb259, 0x32fcab5daed5bdfc, 0x9e60398c8d8553c0,
};

/* Turns the lanes over before the keys come again. */
static void form_next_block(uint64_t lanes[FORM_LANES])
{
	for (size_t i = 0; i < FORM_LANES; i++)
		lanes[i] = (lanes[i] ^ (lanes[i] >> 29)) * UINT64_C(0xee89cceb8c4064c1);
}

static inline uint64_t fold(uint64_t a, uint64_t b)
{
	__extension__ typedef unsigned __int128 product;
	product p = (product)a * b;
	return (uint64_t)p ^ (uint64_t)(p >> 64);
}

static inline uint64_t form_finish(const uint64_t lanes[FORM_LANES], size_t len)
{
	uint64_t a = fold(lanes[0], lanes[1]), b = fold(lanes[2], lanes[3]);
	uint64_t hash = fold(a ^ form_salts[4], b ^ (form_salts[5] + len));
	return hash ? hash : 1;
}

static uint64_t form_hash_plain(const char *text, size_t len)
{
	uint64_t lanes[FORM_LANES] = {0};
	for (size_t at = 0; at < len; at += 8) {
		uint64_t x = 0, key = form_keys[at % FORM_BLOCK_BYTES / 8];
		for (size_t i = 0; i < 8 && at + i < len; i++) {
			unsigned char c = (unsigned char)text[at + i];
			x |= (uint64_t)(c >= '0' && c <= '9' ? FORM_DIGIT : c ^ FORM_FLIP) << (8 * i);
		}
		if (at && at % FORM_BLOCK_BYTES == 0)
			form_next_block(lanes);
		lanes[at / 8 % FORM_LANES] += (x & UINT32_MAX) * (key & UINT32_MAX) + (x >> 32) * (key >> 32);
	}
	for (size_t i = 0; i < FORM_LANES; i++)
		lanes[i] ^= form_salts[i];
	return form_finish(lanes, len);
}

/* See kernel_lines. */
static size_t lines_plain(const char *bytes, size_t from, size_t len, uint32_t *ends, uint64_t *forms)
{
	size_t count = 0;
	for (size_t at = from; at < len && count < KERNEL_LINES; at++)
		if (bytes[at] == '\n') {
			forms[count] = form_hash_plain(bytes + from, at - from);
			ends[count++] = (uint32_t)at;
			from = at + 1;
		}
	return count;
}

/* ---- one source for all instruction sets: the compiler's vectors of so many bytes --------------------------------- */

/* From FORM_STEP_MOST - n on: n bytes are kept, the rest of a step is not. */
#define ONES_16 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255
static const unsigned char form_keep[2 * FORM_STEP_MOST] = {ONES_16, ONES_16, ONES_16, ONES_16, ONES_16, ONES_16, ONES_16, ONES_16};

/* Eight bytes, the digits as ones with a 1 in each. A byte is a digit when it lies in 0x30..0x39: the sums carry into the top bit
 * of the byte, never beyond it, since that bit is taken away before. */
static inline uint64_t digits_of_eight(uint64_t x)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = 0x80 * ones;
	uint64_t low = x & ~high;
	uint64_t from_0 = low + 0x50 * ones, past_9 = low + 0x46 * ones; /* 0x30 + 0x50 = 0x3a + 0x46 = 0x80 */
	return (from_0 & ~past_9 & ~x & high) >> 7;
}

static void form_scalar(const char *text, size_t len, char *out)
{
	size_t i = 0;
	for (uint64_t x; i + sizeof x <= len; i += sizeof x) {
		memcpy(&x, text + i, sizeof x);
		x &= ~(digits_of_eight(x) * 0x0f);
		memcpy(out + i, &x, sizeof x);
	}
	form_plain(text + i, len - i, out + i);
}

/* The last vector of a text that has at least one is laid over its end, so that nothing behind the text is read. */
#define FORM_OF_VECTORS(name, attribute, size)                                            \
	typedef uint8_t name##_vector __attribute__((vector_size(size)));                 \
	attribute static void name(const char *text, size_t len, char *out)               \
	{                                                                                 \
		if (len < (size)) {                                                       \
			form_scalar(text, len, out);                                      \
			return;                                                           \
		}                                                                         \
		for (size_t i = 0;; i = i + 2 * (size) <= len ? i + (size) : len - (size)) { \
			name##_vector x;                                                  \
			memcpy(&x, text + i, (size));                                     \
			x &= ~((name##_vector)(x - '0' <= 9) & 0x0f);                     \
			memcpy(out + i, &x, (size));                                      \
			if (i + (size) == len)                                            \
				return;                                                   \
		}                                                                         \
	}

#if defined __x86_64__
FORM_OF_VECTORS(form_sse2, __attribute__((target("sse2"))), 16)
FORM_OF_VECTORS(form_avx2, __attribute__((target("avx2"))), 32)
FORM_OF_VECTORS(form_avx512, __attribute__((target("avx512f,avx512bw"))), 64)
#elif defined __aarch64__
FORM_OF_VECTORS(form_neon, , 16)
#endif

typedef uint64_t form_lanes __attribute__((vector_size(FORM_LANES * 8)));
static const form_lanes form_salts_of_lanes = {0x2a7b67af6c6ad50e, 0x466d5e7f3e46f143, 0x42375cb399a4fc72, 0x8c8a1f148a8bb259};

static inline unsigned lowest(uint64_t bits) { return (unsigned)__builtin_ctzll(bits); }

/* Writes where the ends of 64 bytes stand. Two at once, since most blocks hold up to two, and how many is not foreseen: measured
 * against one and four, and against moving them together with AVX-512 VBMI2. */
static inline size_t put_ends(uint64_t found, uint32_t at, uint32_t *ends, size_t count)
{
	const uint64_t stop = UINT64_C(1) << 63;
	size_t all = count + (size_t)__builtin_popcountll(found);
	ends += count;
	*ends++ = at + lowest(found | stop);
	found &= found - 1;
	*ends++ = at + lowest(found | stop);
	for (found &= found - 1; __builtin_expect(found != 0, 0); found &= found - 1)
		*ends++ = at + lowest(found);
	return all;
}

#define JOIN(a, b) a##_##b

/* Eight bytes in an ordinary register: turned over, a digit is 0xf6 or more, so its lower seven bits and ten carry into the top one. */
static inline uint64_t form_of_eight(uint64_t x)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = 0x80 * ones;
	x ^= FORM_FLIP * ones;
	uint64_t digit = (((x & ~high) + 0x0a * ones) & x & high) >> 7; /* 1 in each byte that is one */
	return (x | digit * 0x0f) ^ digit * (FORM_DIGIT ^ 0xff);
}

/* The library's search is faster than eight bytes at a time. */
static size_t ends_scalar(const char *bytes, size_t from, size_t len, uint32_t *ends)
{
	size_t count = 0;
	for (const char *lf; from < len && count < KERNEL_LINES && (lf = memchr(bytes + from, '\n', len - from)) != NULL; from = (size_t)(lf - bytes) + 1)
		ends[count++] = (uint32_t)(lf - bytes);
	return count;
}

#define BODY(name) JOIN(name, scalar)
#define BODY_TARGET
#define BODY_BYTES 8
#define BODY_STEP_BYTES 32
#define BODY_FORM(x) form_of_eight(x)
#define BODY_MUL(x, y) (((x) & UINT32_MAX) * ((y) & UINT32_MAX))
#define BODY_HAS_ENDS 1
typedef uint64_t BODY(vector);
#include "text/kernel_body.h"

#if defined __x86_64__

/* SSSE3 and SSE4 have nothing more for this, AVX-512 VBMI2 nothing more than AVX-512BW. */
#define BODY(name) JOIN(name, sse2)
#define BODY_TARGET __attribute__((target("sse2")))
#define BODY_BYTES 16
#define BODY_STEP_BYTES 64
#define BODY_FORM(x) ((BODY(vector))_mm_min_epu8((__m128i)(x) ^ _mm_set1_epi8((char)FORM_FLIP), _mm_set1_epi8((char)FORM_DIGIT)))
#define BODY_MUL(x, y) ((BODY(vector))_mm_mul_epu32((__m128i)(x), (__m128i)(y)))
#define BODY_LINE_ENDS(p) line_ends_sse2(p)
typedef uint64_t BODY(vector) __attribute__((vector_size(BODY_BYTES)));

BODY_TARGET static inline uint64_t line_ends_sse2(const char *p)
{
	uint64_t found = 0;
	for (int i = 0; i < 64; i += 16)
		found |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128((const void *)(p + i)), _mm_set1_epi8('\n'))) << i;
	return found;
}
#include "text/kernel_body.h"

#define BODY(name) JOIN(name, avx2)
#define BODY_TARGET __attribute__((target("avx2,bmi,bmi2,popcnt")))
#define BODY_BYTES 32
#define BODY_STEP_BYTES 128
#define BODY_FORM(x) ((BODY(vector))_mm256_min_epu8((__m256i)(x) ^ _mm256_set1_epi8((char)FORM_FLIP), _mm256_set1_epi8((char)FORM_DIGIT)))
#define BODY_MUL(x, y) ((BODY(vector))_mm256_mul_epu32((__m256i)(x), (__m256i)(y)))
#define BODY_LINE_ENDS(p) line_ends_avx2(p)
typedef uint64_t BODY(vector) __attribute__((vector_size(BODY_BYTES)));

BODY_TARGET static inline uint64_t line_ends_avx2(const char *p)
{
	const __m256i lf = _mm256_set1_epi8('\n');
	uint32_t low = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_loadu_si256((const void *)p), lf));
	uint32_t high = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_loadu_si256((const void *)(p + 32)), lf));
	return low | (uint64_t)high << 32;
}
#include "text/kernel_body.h"

#define BODY(name) JOIN(name, avx512)
#define BODY_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,bmi,bmi2,popcnt")))
#define BODY_BYTES 64
#define BODY_STEP_BYTES 128
#define BODY_FORM(x) ((BODY(vector))_mm512_min_epu8((__m512i)(x) ^ _mm512_set1_epi8((char)FORM_FLIP), _mm512_set1_epi8((char)FORM_DIGIT)))
#define BODY_MUL(x, y) ((BODY(vector))_mm512_mul_epu32((__m512i)(x), (__m512i)(y)))
#define BODY_LINE_ENDS(p) _mm512_cmpeq_epi8_mask(_mm512_loadu_si512((const void *)(p)), _mm512_set1_epi8('\n'))
typedef uint64_t BODY(vector) __attribute__((vector_size(BODY_BYTES)));
#include "text/kernel_body.h"

#elif defined __aarch64__

#define BODY(name) JOIN(name, neon)
#define BODY_TARGET
#define BODY_BYTES 16
#define BODY_STEP_BYTES 64
#define BODY_FORM(x) ((BODY(vector))vminq_u8((uint8x16_t)(x) ^ vdupq_n_u8(FORM_FLIP), vdupq_n_u8(FORM_DIGIT)))
#define BODY_MUL(x, y) ((BODY(vector))vmull_u32(vmovn_u64((uint64x2_t)(x)), vmovn_u64((uint64x2_t)(y))))
#define BODY_LINE_ENDS(p) line_ends_neon((const uint8_t *)(p))
typedef uint64_t BODY(vector) __attribute__((vector_size(BODY_BYTES)));

/* A byte of ones for each LF leaves its own bit of eight; neighbours are added up three times. */
static inline uint64_t line_ends_neon(const uint8_t *p)
{
	static const uint8_t bits[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
	const uint8x16_t lf = vdupq_n_u8('\n'), bit = vld1q_u8(bits);
	uint8x16_t a = vandq_u8(vceqq_u8(vld1q_u8(p), lf), bit), b = vandq_u8(vceqq_u8(vld1q_u8(p + 16), lf), bit);
	uint8x16_t c = vandq_u8(vceqq_u8(vld1q_u8(p + 32), lf), bit), d = vandq_u8(vceqq_u8(vld1q_u8(p + 48), lf), bit);
	uint8x16_t sum = vpaddq_u8(vpaddq_u8(a, b), vpaddq_u8(c, d));
	return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sum, sum)), 0);
}
#include "text/kernel_body.h"

#endif

/* ---- choice ------------------------------------------------------------------------------------------------------- */

struct kernel {
	const char *name;
	void (*form)(const char *text, size_t len, char *out);
	uint64_t (*form_hash)(const char *text, size_t len);
	size_t (*lines)(const char *bytes, size_t from, size_t len, uint32_t *ends, uint64_t *forms);
	bool is_wide; /* vectors wider than every processor of the kind has */
};

/* From the plainest to the fastest. */
static const struct kernel kernels[] = {
	{"plain", form_plain, form_hash_plain, lines_plain, false},
	{"scalar", form_scalar, form_hash_scalar, lines_scalar, false},
#if defined __x86_64__
	{"sse2", form_sse2, form_hash_sse2, lines_sse2, false},
	{"avx2", form_avx2, form_hash_avx2, lines_avx2, true},
	{"avx512", form_avx512, form_hash_avx512, lines_avx512, true},
#elif defined __aarch64__
	{"neon", form_neon, form_hash_neon, lines_neon, false},
#endif
};
enum { KERNELS = sizeof kernels / sizeof *kernels };

static bool runs_here(const struct kernel *k)
{
#if defined __x86_64__
	bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
	            __builtin_cpu_supports("popcnt");
	if (k->form == form_avx2)
		return avx2;
	if (k->form == form_avx512)
		return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
#endif
	(void)k;
	return true;
}

/* NULL: not chosen yet. Whoever chooses, at the same time even, chooses the same. */
static _Atomic(const struct kernel *) chosen;

static const struct kernel *choose(void)
{
	const struct kernel *k = &kernels[KERNELS - 1];
	while (!runs_here(k))
		k--;
	atomic_store_explicit(&chosen, k, memory_order_relaxed);
	return k;
}

static const struct kernel *here(void)
{
	const struct kernel *k = atomic_load_explicit(&chosen, memory_order_relaxed);
	return k ? k : choose();
}

bool kernel_use(const char *name)
{
	for (size_t i = 0; i < KERNELS; i++)
		if (strcmp(kernels[i].name, name) == 0 && runs_here(&kernels[i])) {
			atomic_store_explicit(&chosen, &kernels[i], memory_order_relaxed);
			hash_use_wide(kernels[i].is_wide);
			return true;
		}
	return false;
}

const char *kernel_name(size_t i) { return i < KERNELS ? kernels[i].name : NULL; }

void kernel_form(const char *text, size_t len, char *out) { here()->form(text, len, out); }

uint64_t kernel_form_hash(struct span text) { return here()->form_hash(text.ptr, text.len); }

size_t kernel_lines(struct span bytes, size_t from, uint32_t ends[KERNEL_LINES], uint64_t forms[KERNEL_LINES])
{
	return here()->lines(bytes.ptr, from, bytes.len < UINT32_MAX ? bytes.len : UINT32_MAX, ends, forms);
}
