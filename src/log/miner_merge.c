#include "log/miner_merge.h"

#include "base/mem.h"
#include "log/tuning.h"

void miner_merge(struct miner *m, uint32_t *group_of)
{
	for (size_t k = 0; k < m->kind_count; k++)
		group_of[k] = (uint32_t)k;
}

void miner_patterns(struct miner *m, const uint32_t *group_of)
{
	(void)group_of;
	for (size_t k = 0; k < m->kind_count; k++) {
		struct template *t = &m->templates[m->kinds[k].template_id];
		if (t->pattern.ptr)
			continue;
		size_t cap = 3 * m->kinds[k].text.len + 1;
		char *text = mem_alloc(cap);
		t->pattern = span_of(text, mask_pattern(m->kinds[k].text, text, cap));
	}
}
