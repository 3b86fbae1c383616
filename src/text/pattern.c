#include "text/pattern.h"

#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum {
	MAX_PATTERN_BYTES = 64 * 1024,
	/* Steps from one starting position. A plain `.*` walks the rest of the line once, so the limit grows with
	 * the line; what explodes passes any limit at once. */
	STEPS_AT_LEAST = 20 * 1000,
	STEPS_PER_BYTE = 4,
	MAX_DEPTH = 50 * 1000,
	MAX_HEAP_KIB =
		8 * 1024, /* of the interpreter, which only runs when there is no machine code or its stack is full */
	/* Machine code is worth its making for a pattern that is used this often: it takes as long as some dozens of matches
	 * without it. */
	MACHINE_CODE_AFTER = 24,
	JIT_STACK_FIRST_BYTES = 32 * 1024,
	JIT_STACK_MOST_BYTES = 1024 * 1024,
};

struct pattern {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack; /* made when a match first needs more than the small one that PCRE2 brings */
	size_t gave_up;
	uint32_t steps;         /* the limit that is set */
	uint32_t captures;
	uint32_t uses;          /* before there is machine code, or was tried to be */
	bool machine_code;
};

static enum err_code refuse(struct err *err, int number, size_t offset)
{
	PCRE2_UCHAR text[200];
	pcre2_get_error_message(number, text, sizeof text);
	return err_set(err, ERR_USAGE, "offset %zu: %s", offset, (const char *)text);
}

enum err_code pattern_compile(struct pattern **out, struct span text, unsigned options, struct err *err)
{
	*out = NULL;
	if (text.len > MAX_PATTERN_BYTES)
		return err_set(err, ERR_USAGE, "the pattern has %zu bytes; %d are the most", text.len,
			       MAX_PATTERN_BYTES);
	/* An invalid byte in a line must not end the search, and `\C` could cut a character. */
	uint32_t flags = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_DOLLAR_ENDONLY;
	if (options & PATTERN_CASELESS)
		flags |= PCRE2_CASELESS;
	flags |= options & PATTERN_LITERAL ? PCRE2_LITERAL : PCRE2_NEVER_BACKSLASH_C;
	if (options & PATTERN_LITERAL)
		flags &= ~(uint32_t)PCRE2_DOLLAR_ENDONLY; /* refused together */

	int number;
	size_t offset;
	pcre2_code *code =
		pcre2_compile((PCRE2_SPTR)(text.len ? text.ptr : ""), text.len, flags, &number, &offset, NULL);
	if (!code)
		return refuse(err, number, offset);
	struct pattern *p = mem_zalloc(1, sizeof *p);
	p->code = code;
	pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &p->captures);
	p->data = pcre2_match_data_create(PATTERN_GROUPS, NULL);
	p->context = pcre2_match_context_create(NULL);
	if (!p->data || !p->context)
		mem_alloc(SIZE_MAX); /* reports exhaustion like every other allocation */
	pcre2_set_depth_limit(p->context, MAX_DEPTH);
	pcre2_set_heap_limit(p->context, MAX_HEAP_KIB);
	*out = p;
	return ERR_OK;
}

void pattern_free(struct pattern *p)
{
	if (!p)
		return;
	pcre2_jit_stack_free(p->stack);
	pcre2_match_context_free(p->context);
	pcre2_match_data_free(p->data);
	pcre2_code_free(p->code);
	free(p);
}

static int match(struct pattern *p, struct span line, size_t from, uint32_t flags)
{
	return pcre2_match(p->code, (PCRE2_SPTR)(line.len ? line.ptr : ""), line.len, from, flags, p->data, p->context);
}

/* What the machine code's small stack does not hold is tried with a large one, then by the interpreter. */
static int match_with_more(struct pattern *p, struct span line, size_t from)
{
	int found = PCRE2_ERROR_JIT_STACKLIMIT;
	if (!p->stack) {
		p->stack = pcre2_jit_stack_create(JIT_STACK_FIRST_BYTES, JIT_STACK_MOST_BYTES, NULL);
		if (p->stack) {
			pcre2_jit_stack_assign(p->context, NULL, p->stack);
			found = match(p, line, from, 0);
		}
	}
	return found == PCRE2_ERROR_JIT_STACKLIMIT ? match(p, line, from, PCRE2_NO_JIT) : found;
}

static void make_machine_code(struct pattern *p)
{
	p->uses = MACHINE_CODE_AFTER + 1;
	p->machine_code = pcre2_jit_compile(p->code, PCRE2_JIT_COMPLETE) == 0; /* without it the interpreter runs */
}

/* What pcre2_match does, without its checks of what holds here always. */
static int match_machine_code(struct pattern *p, struct span line, size_t from)
{
	int found = pcre2_jit_match(p->code, (PCRE2_SPTR)(line.len ? line.ptr : ""), line.len, from, 0, p->data, p->context);
	return found == PCRE2_ERROR_JIT_STACKLIMIT ? match_with_more(p, line, from) : found;
}

static int match_somehow(struct pattern *p, struct span line, size_t from)
{
	if (p->uses < MACHINE_CODE_AFTER) {
		p->uses++;
		int found = match(p, line, from, PCRE2_NO_JIT);
		if (found >= 0 || found == PCRE2_ERROR_NOMATCH)
			return found;
		/* The interpreter takes more steps for the same: whether a pattern gives up is for the machine code to say. */
		make_machine_code(p);
	} else if (p->uses == MACHINE_CODE_AFTER) {
		make_machine_code(p);
	}
	return p->machine_code ? match_machine_code(p, line, from) : match(p, line, from, 0);
}

enum pattern_verdict pattern_find(struct pattern *p, struct span line, size_t from, struct pattern_groups *groups)
{
	size_t steps = STEPS_AT_LEAST + STEPS_PER_BYTE * (line.len < UINT32_MAX / 8 ? line.len : UINT32_MAX / 8);
	if (from > line.len)
		return PATTERN_NO;
	if (p->steps != (uint32_t)steps) {
		p->steps = (uint32_t)steps;
		pcre2_set_match_limit(p->context, p->steps);
	}
	int found = match_somehow(p, line, from);
	if (found == PCRE2_ERROR_NOMATCH)
		return PATTERN_NO;
	if (found < 0) {
		p->gave_up++;
		return PATTERN_GAVE_UP;
	}
	if (!groups)
		return PATTERN_YES;
	groups->count = p->captures + 1 < PATTERN_GROUPS ? p->captures + 1 : PATTERN_GROUPS;
	const size_t *ends = pcre2_get_ovector_pointer(p->data);
	for (size_t i = 0; i < groups->count; i++) {
		groups->at[i].begin = ends[2 * i];
		groups->at[i].end = ends[2 * i + 1];
	}
	return PATTERN_YES;
}

int pattern_group(const struct pattern *p, const char *name)
{
	int number = pcre2_substring_number_from_name(p->code, (PCRE2_SPTR)name);
	return number > 0 ? number : -1;
}

size_t pattern_gave_up(const struct pattern *p) { return p->gave_up; }
