#include "api/describe.h"

#include "base/mem.h"
#include "text/clean.h"

static struct span printed_name(struct ctxcut *c, const char *name, size_t *secrets)
{
	struct buf cleaned = {0}, masked = {0};
	clean_line(&cleaned, span_of_str(name));
	*secrets += masking_apply(c->redact, &cleaned, &masked);
	buf_release(&masked);
	for (size_t i = 0; i < cleaned.len; i++)
		if (cleaned.ptr[i] == '\t' || cleaned.ptr[i] == '\n')
			cleaned.ptr[i] = ' ';
	struct span kept = arena_dup(&c->arena, buf_span(&cleaned));
	buf_release(&cleaned);
	return kept;
}

/* What show takes to give the input back: of a file its path, byte for byte, and the hash of what was read; when not all of
 * it was read there is no hash to compare with. */
static struct span reference_of(struct ctxcut *c, const struct input *in, enum naming naming, bool secret_name)
{
	char hex[33];
	struct buf text = {0};
	hash128_hex(in->held.hash, hex);
	if (naming == NAMES_ALONE || (in->is_file && secret_name)) /* a masked path names no file */
		return SPAN("");
	if (in->is_file && !in->changed) {
		if (in->name[0] == '-')
			buf_add_str(&text, "./"); /* else it would be taken for an option */
		buf_add_str(&text, in->name);
		if (!in->incomplete)
			buf_addf(&text, "@%.8s", hex);
	} else if (!in->is_file && naming == NAMES_EXPECTED && in->held.store) {
		buf_addf(&text, "%.8s", hex);
	} else if (!in->is_file) {
		buf_add_str(&text, in->reference);
	}
	struct span kept = arena_dup(&c->arena, buf_span(&text));
	buf_release(&text);
	return kept;
}

void describe_inputs(struct ctxcut *c, enum naming naming)
{
	struct extract *x = &c->extract;
	if (!x->inputs)
		x->inputs = mem_zalloc(c->input_count, sizeof *x->inputs);
	x->input_count = c->input_count;
	c->name_redactions = 0;
	for (size_t n = 0; n < c->input_count; n++) {
		const struct input *in = c->inputs[n];
		struct extract_input *e = &x->inputs[n];
		*e = (struct extract_input){
			.lines = in->line_count, .bytes = in->held.bytes, .tokens = in->tokens, .tokens_estimated = in->tokens_estimated,
			.errors = in->errors, .warnings = in->warnings, .error_kinds = in->error_kinds,
			.errors_shown = e->errors_shown, .binary = in->binary, .incomplete = in->incomplete,
		};
		if (naming == NAMES_STAND_IN) {
			e->name = SPAN("-");
			e->reference = SPAN("logs/some-build.log@3f2a91c4");
			e->decoded_from = SPAN("zstd");
			continue;
		}
		size_t secrets = 0;
		e->name = printed_name(c, in->name, &secrets);
		e->reference = reference_of(c, in, naming, secrets > 0);
		c->name_redactions += secrets;
		e->decoded_from = span_of_str(in->decoded_from);
	}
}
