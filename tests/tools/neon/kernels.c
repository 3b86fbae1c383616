/* Every kernel against the plain one, forms and their hashes, lines and shapes: what tests/unit/test_kernel.c and test_shape.c
 * do, without a library that would have to be there for a foreign processor. */
#include "log/shape.h"
#include "text/kernel.h"

#include <stdio.h>
#include <string.h>

/* Returns how many lines were compared, 0 when one differs. */
static size_t compare_shapes(void)
{
	static const char bytes[] = "0123456789abcfgzAFGZ ,:/-.\t_~@x\x7f\xc3  ";
	static char text[700], out[700], want[700];
	uint32_t x = 7;
	size_t compared = 0;
	for (int round = 0; round < 20000; round++) {
		uint32_t kinds = round % 4 ? sizeof bytes - 1 : 20;
		size_t len = (size_t)round % sizeof text;
		for (size_t i = 0; i < len; i++) {
			x = x * 1664525 + 1013904223;
			text[i] = round % 5 ? bytes[(x >> 8) % kinds] : (char)(x >> 20);
		}
		size_t want_len = shape_line_plain(span_of(text, len), want);
		for (size_t k = 0; kernel_name(k); k++) {
			classes_use(kernel_name(k));
			compared++;
			if (shape_line(span_of(text, len), out) != want_len || memcmp(out, want, want_len) != 0) {
				printf("%s: the shape of %zu bytes differs\n", kernel_name(k), len);
				return 0;
			}
		}
	}
	return compared;
}

int main(void)
{
	static char text[1024], out[1024], want[1024];
	static uint32_t ends[KERNEL_LINES], want_ends[KERNEL_LINES];
	static uint64_t forms[KERNEL_LINES], want_forms[KERNEL_LINES];
	uint32_t x = 7;
	size_t compared = 0;
	for (size_t i = 0; i < sizeof text; i++) {
		x = x * 1664525 + 1013904223;
		text[i] = (char)(x >> 30 ? "0123456789/:afz\x80\xb0\xff\n\n"[(x >> 8) % 20] : x >> 20);
	}
	for (size_t off = 0; off < 70; off++)
		for (size_t len = 0; len < 600; len++)
			for (size_t k = 0; kernel_name(k); k++) {
				kernel_use("plain");
				kernel_form(text + off, len, want);
				uint64_t hash = kernel_form_hash(span_of(text + off, len));
				size_t count = kernel_lines(span_of(text + off, len), 0, want_ends, want_forms);
				if (!kernel_use(kernel_name(k)))
					continue;
				if (kernel_form_hash(span_of(text + off, len)) != hash || kernel_lines(span_of(text + off, len), 0, ends, forms) != count ||
				    memcmp(ends, want_ends, count * sizeof *ends) != 0 ||
				    memcmp(forms, want_forms, count * sizeof *forms) != 0) {
					printf("%s: hashes of %zu bytes at %zu differ\n", kernel_name(k), len, off);
					return 1;
				}
				memset(out, 'x', sizeof out);
				kernel_form(text + off, len, out);
				compared++;
				if (memcmp(out, want, len) != 0 || out[len] != 'x') {
					printf("%s: %zu bytes at %zu differ\n", kernel_name(k), len, off);
					return 1;
				}
			}
	size_t shapes = compare_shapes();
	if (!shapes)
		return 1;
	printf("check-neon: %zu forms, hashes and lines are the same, and %zu shapes", compared, shapes);
	for (size_t k = 0; kernel_name(k); k++)
		printf("%s %s", k ? "," : ":", kernel_name(k));
	printf("\n");
	return kernel_use("neon") ? 0 : 1;
}
