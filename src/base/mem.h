/* Checked allocation. Running out of memory is the one abort of the program, and it is here. */
#ifndef CTXCUT_BASE_MEM_H
#define CTXCUT_BASE_MEM_H

#include <stddef.h>

/* Ends the program for want of memory: also for whoever asks a third-party library that reports it in its own way. */
_Noreturn void mem_exhausted(void);

/* Sizes multiplied and added with a check; overflow aborts like exhaustion. */
size_t mem_mul(size_t a, size_t b);
size_t mem_add(size_t a, size_t b);

void *mem_alloc(size_t size_bytes);                    /* never NULL */
void *mem_zalloc(size_t count, size_t size_bytes);     /* zeroed, never NULL */
void *mem_aligned(size_t alignment, size_t size_bytes); /* a power of two; the size a multiple of it; never NULL */
void *mem_realloc(void *old, size_t count, size_t size_bytes);
char *mem_strdup(const char *s);
char *mem_strndup(const char *s, size_t len);          /* adds the NUL */

/* Grow an array `ptr` of capacity `cap` to hold at least `need` elements (doubling). */
#define MEM_GROW(ptr, cap, need)                                                           \
	do {                                                                               \
		if ((need) > (cap)) {                                                      \
			(cap) = mem_grown((cap), (need));                                  \
			(ptr) = mem_realloc((ptr), (cap), sizeof *(ptr));                  \
		}                                                                          \
	} while (0)
size_t mem_grown(size_t cap, size_t need);

#endif
