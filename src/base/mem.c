#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void mem_exhausted(void)
{
	static const char text[] = "ctxcut: out of memory\n";
	fwrite(text, 1, sizeof text - 1, stderr);
	abort();
}

size_t mem_mul(size_t a, size_t b)
{
	if (b && a > SIZE_MAX / b)
		mem_exhausted();
	return a * b;
}

size_t mem_add(size_t a, size_t b)
{
	if (a > SIZE_MAX - b)
		mem_exhausted();
	return a + b;
}

void *mem_alloc(size_t size_bytes)
{
	void *p = malloc(size_bytes ? size_bytes : 1);
	if (!p)
		mem_exhausted();
	return p;
}

void *mem_zalloc(size_t count, size_t size_bytes)
{
	void *p = calloc(count ? count : 1, size_bytes ? size_bytes : 1);
	if (!p)
		mem_exhausted();
	return p;
}

void *mem_aligned(size_t alignment, size_t size_bytes)
{
	void *p = aligned_alloc(alignment, size_bytes);
	if (!p)
		mem_exhausted();
	return p;
}

void *mem_realloc(void *old, size_t count, size_t size_bytes)
{
	size_t total = mem_mul(count, size_bytes);
	void *p = realloc(old, total ? total : 1);
	if (!p)
		mem_exhausted();
	return p;
}

char *mem_strndup(const char *s, size_t len)
{
	char *copy = mem_alloc(mem_add(len, 1));
	if (len)
		memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *mem_strdup(const char *s) { return mem_strndup(s, strlen(s)); }

size_t mem_grown(size_t cap, size_t need)
{
	size_t grown = cap ? cap : 16;
	while (grown < need)
		grown = mem_mul(grown, 2);
	return grown;
}
