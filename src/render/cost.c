/* What a gap marker costs, without writing it. In both public vocabularies every number of up to three digits is one
 * token, longer ones are cut in threes, and each of the words and signs of a marker is one token
 * (tests/unit/test_render.c holds this against the true count). */
#include "render/writer.h"

static size_t number_tokens(uint64_t n)
{
	size_t tokens = 1;
	while (n >= 1000) {
		n /= 1000;
		tokens++;
	}
	return tokens;
}

static size_t count_tokens(uint64_t n) { return n ? number_tokens(n) + 2 : 0; } /* "|", number, noun */

/* The estimate for `tokens` pieces of ASCII, one token each: that of ten such pieces tells the factor. */
static size_t scaled(enum encoding encoding, size_t tokens)
{
	return (tokens * tokens_count(encoding, SPAN("1,1,1,1,1,")) + 9) / 10;
}

size_t render_marker_cost(enum encoding encoding, const struct piece *gap)
{
	uint64_t lines = piece_line_count(gap);
	size_t tokens = 2 + number_tokens(gap->first_line) + count_tokens(lines) + count_tokens(gap->errors) +
	                count_tokens(gap->warnings);
	if (gap->last_line != gap->first_line)
		tokens += 1 + number_tokens(gap->last_line);
	if (gap->kinds_estimated && gap->kinds)
		tokens += count_tokens(gap->kinds) + 1;
	else if (gap->kinds < lines)
		tokens += count_tokens(gap->kinds);
	return encoding_is_estimate(encoding) ? scaled(encoding, tokens) : tokens;
}

size_t render_gap_cost(enum encoding encoding, uint64_t first_line, uint64_t last_line)
{
	/* Errors, warnings and kinds are at most as many as the lines; a single line is an error, a warning or neither. */
	struct piece gap = {.first_line = first_line, .last_line = last_line};
	uint64_t lines = piece_line_count(&gap);
	gap.errors = lines;
	if (lines > 1) {
		gap.warnings = gap.kinds = lines;
		gap.kinds_estimated = true;
	}
	return render_marker_cost(encoding, &gap);
}
