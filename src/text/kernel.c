#include "text/kernel.h"

#include "base/hash.h"

#include <stdatomic.h>

/* One source for all instruction sets: the compiler's vectors of so many bytes, compiled for each. The plain form below says
 * what they must give. */
static void form_plain(const char *text, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++)
		out[i] = text[i] >= '0' && text[i] <= '9' ? '0' : text[i];
}

/* Eight bytes, each digit as '0'. A byte is a digit when it lies in 0x30..0x39: the sums carry into the top bit of the byte,
 * never beyond it, since that bit is taken away before. */
static uint64_t form_of_eight(uint64_t x)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = 0x80 * ones;
	uint64_t low = x & ~high;
	uint64_t from_0 = low + 0x50 * ones, past_9 = low + 0x46 * ones; /* 0x30 + 0x50 = 0x3a + 0x46 = 0x80 */
	uint64_t digit = (from_0 & ~past_9 & ~x & high) >> 7;            /* 1 in each byte that is a digit */
	return x & ~(digit * 0x0f);
}

static void form_scalar(const char *text, size_t len, char *out)
{
	size_t i = 0;
	for (uint64_t x; i + sizeof x <= len; i += sizeof x) {
		memcpy(&x, text + i, sizeof x);
		x = form_of_eight(x);
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

struct kernel {
	const char *name;
	void (*form)(const char *text, size_t len, char *out);
};

/* From the plainest to the fastest. */
static const struct kernel kernels[] = {
	{"plain", form_plain},
	{"scalar", form_scalar},
#if defined __x86_64__
	{"sse2", form_sse2},
	{"avx2", form_avx2},
	{"avx512", form_avx512},
#elif defined __aarch64__
	{"neon", form_neon},
#endif
};
enum { KERNELS = sizeof kernels / sizeof *kernels };

static bool runs_here(const struct kernel *k)
{
#if defined __x86_64__
	if (k->form == form_avx2)
		return __builtin_cpu_supports("avx2");
	if (k->form == form_avx512)
		return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
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

bool kernel_use(const char *name)
{
	for (size_t i = 0; i < KERNELS; i++)
		if (strcmp(kernels[i].name, name) == 0 && runs_here(&kernels[i])) {
			atomic_store_explicit(&chosen, &kernels[i], memory_order_relaxed);
			return true;
		}
	return false;
}

const char *kernel_name(size_t i) { return i < KERNELS ? kernels[i].name : NULL; }

void kernel_form(const char *text, size_t len, char *out)
{
	const struct kernel *k = atomic_load_explicit(&chosen, memory_order_relaxed);
	(k ? k : choose())->form(text, len, out);
}

uint64_t kernel_form_hash(struct span text, char *scratch)
{
	kernel_form(text.ptr, text.len, scratch);
	uint64_t hash = hash64(scratch, text.len);
	return hash ? hash : 1;
}
