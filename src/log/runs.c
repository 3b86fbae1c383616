#include "log/runs.h"

#include "base/mem.h"

#include <stdlib.h>

void runs_release(struct runs *r)
{
	free(r->at);
	*r = (struct runs){0};
}

void runs_add(struct runs *r, const struct run *run)
{
	struct run *last = r->count ? &r->at[r->count - 1] : NULL;
	if (!last || last->last + 1 != run->first) {
		MEM_GROW(r->at, r->cap, r->count + 1);
		r->at[r->count++] = *run;
		return;
	}
	last->last = run->last;
	last->errors += run->errors;
	last->warnings += run->warnings;
	for (int i = 0; i < 4; i++)
		last->kinds[i] |= run->kinds[i];
}

size_t runs_from(const struct runs *r, uint64_t line_no)
{
	size_t low = 0, high = r->count;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (r->at[mid].first < line_no)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

uint64_t run_kinds(const uint64_t kinds[4])
{
	unsigned zeros = 0;
	for (int i = 0; i < 4; i++)
		zeros += (unsigned)__builtin_popcountll(~kinds[i]);
	/* The expected number of ids until that many bits are set: 256/256 + 256/255 + … */
	double n = 0;
	for (unsigned left = 256; left > zeros && left > 1; left--)
		n += 256.0 / left;
	return (uint64_t)n;
}
