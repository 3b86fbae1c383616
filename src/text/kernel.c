#include "text/kernel.h"

#include "base/hash.h"

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

void kernel_form(const char *text, size_t len, char *out)
{
	size_t i = 0;
	uint64_t x;
	for (; i + sizeof x <= len; i += sizeof x) {
		memcpy(&x, text + i, sizeof x);
		x = form_of_eight(x);
		memcpy(out + i, &x, sizeof x);
	}
	if (i < len) {
		x = 0;
		memcpy(&x, text + i, len - i);
		x = form_of_eight(x);
		memcpy(out + i, &x, sizeof x);
	}
}

uint64_t kernel_form_hash(struct span text, char *scratch)
{
	kernel_form(text.ptr, text.len, scratch);
	uint64_t hash = hash64(scratch, text.len);
	return hash ? hash : 1;
}
