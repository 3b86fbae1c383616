#include "log/miner_head.h"

#include "base/mem.h"
#include "log/tuning.h"

#include <stdlib.h>

/* What a column at the head of a line is, beside bare words and masks: structure, seldom the first words of a
 * message. */
enum {
	COLUMN_LEVEL = 1,
	COLUMN_BRACKET = 2, /* [thread name], (module) */
	COLUMN_TAG = 4,     /* "component:", "program[12]:"; a level with a colon is both */
	COLUMN_DASH = 8,    /* "-", "---" */
	COLUMN_BAR = 16,    /* ends at a bar: name|12|message */
	COLUMN_CLASSES = 5,
};

struct column {
	unsigned classes; /* 0: a word or a mask */
	bool is_mask, has_mask;
	size_t end; /* bytes of the text to its end */
};

/* The structural columns at the head of a line. */
struct head_line {
	struct column columns[HEAD_COLUMNS];
	size_t count;
	bool stamped, bracket_first, word_first;
};

static bool has_letter(struct span token)
{
	for (size_t i = 0; i < token.len; i++)
		if ((token.ptr[i] | 0x20) >= 'a' && (token.ptr[i] | 0x20) <= 'z')
			return true;
	return false;
}

static char closing_of(char c) { return (char)(c == '[' ? ']' : c == '(' ? ')' : c == '<' ? '>' : '\0'); }

/* Reads the column that begins at byte `at`. Returns false at the end of the text. */
static bool read_column(struct span text, size_t at, struct column *out)
{
	struct span token;
	bool space;
	if (!mask_next(text, &at, &token, &space))
		return false;
	const char opening = token.ptr[0], closing = closing_of(opening);
	size_t words = 0, levels = 0, tokens = 0, depth = 0;
	char last = '\0';
	*out = (struct column){0};
	do {
		bool colon_apart = token.len == 1 && token.ptr[0] == ':' && tokens > 0; /* "component : message" */
		if (tokens > 0 && depth == 0 && ((space && !colon_apart) || last == '|'))
			break;
		tokens++;
		last = token.ptr[0];
		out->end = at;
		depth += closing && last == opening;
		depth -= depth > 0 && last == closing;
		out->has_mask = out->has_mask || last == MASK_BYTE;
		if (has_letter(token)) {
			words++;
			levels += mask_is_level(token);
		}
		if (tokens > HEAD_GROUP_TOKENS)
			return false;
	} while (mask_next(text, &at, &token, &space));
	if (depth > 0)
		return false;
	out->is_mask = words == 0 && out->has_mask && !closing;
	if (words == 1 && levels == 1)
		out->classes = last == ':' ? COLUMN_LEVEL | COLUMN_TAG : COLUMN_LEVEL;
	else if (last == '|' && tokens > 1)
		out->classes = COLUMN_BAR;
	else if (closing)
		out->classes = COLUMN_BRACKET;
	else if (last == ':' && tokens > 1)
		out->classes = COLUMN_TAG;
	else if (words == 0 && !out->has_mask)
		out->classes = COLUMN_DASH;
	return true;
}

/* Words and masks between structural columns (host, program, facility, process number) are passed over, so that
 * lines with and without one of them agree; more than HEAD_WORDS words in a row are the message. A header leaves
 * something of the line. A dash is a separator in some formats and a value that is missing in others: `dashes` tells
 * whether it counts. */
static void read_head(struct span text, bool dashes, struct head_line *line)
{
	struct column column;
	size_t at = 0, read = 0, words = 0, end = 0;
	*line = (struct head_line){0};
	while (line->count < HEAD_COLUMNS && words <= HEAD_WORDS && read_column(text, at, &column)) {
		line->bracket_first = line->bracket_first || (read == 0 && column.classes == COLUMN_BRACKET);
		line->word_first = line->word_first || (read == 0 && !column.classes && !column.is_mask);
		line->stamped = line->stamped || (read < HEAD_STAMP_COLUMNS && column.has_mask);
		at = end = column.end;
		/* A dash that begins a line is a mark that other lines have a word for. */
		bool mark = column.classes == COLUMN_DASH && (!dashes || read == 0);
		read++;
		if (column.classes && !mark) {
			line->columns[line->count++] = column;
			words = 0;
		} else if (!column.classes && !column.is_mask) {
			words++;
		}
	}
	if (line->count > 0 && line->columns[line->count - 1].end == end && !read_column(text, end, &column))
		line->count--;
}

/* What most lines of one format have in each column. */
struct format {
	size_t columns; /* header columns; 0: no header */
	unsigned class[HEAD_COLUMNS];
};

/* Formats are told apart by how a line begins. One without a mask near its start, where the time would be, has none. */
enum { FORMAT_NONE, FORMAT_BRACKET, FORMAT_BARE, FORMATS };

static size_t format_of(const struct head_line *line)
{
	return !line->stamped ? FORMAT_NONE : line->bracket_first ? FORMAT_BRACKET : FORMAT_BARE;
}

static uint64_t weight_of(uint64_t lines)
{
	uint64_t weight = 1;
	while (lines >>= 1)
		weight++;
	return weight;
}

struct census {
	uint64_t weight, kinds, word_first;
	uint64_t of_class[HEAD_COLUMNS][COLUMN_CLASSES];
};

/* A header reaches as far as nearly all lines agree on a class. It seldom begins with a word: "Setting up x (1.2)"
 * is none. */
static void settle(const struct census *c, struct format *f)
{
	f->columns = 0;
	if (c->kinds < HEAD_MIN_KINDS || 2 * c->word_first > c->weight)
		return;
	for (size_t k = 0; k < HEAD_COLUMNS; k++) {
		size_t best = 0;
		for (size_t class = 0; class < COLUMN_CLASSES; class ++)
			if (c->of_class[k][class] > c->of_class[k][best])
				best = class;
		if (c->of_class[k][best] * 100 < c->weight * HEAD_SHARE_PERCENT)
			break;
		f->class[f->columns++] = 1u << best;
	}
}

static size_t head_bytes(const struct head_line *line, const struct format *f)
{
	size_t c = 0, end = 0;
	for (size_t k = 0; k < f->columns && c < line->count; k++) {
		/* A line without the thread or the component goes on with its next column. */
		if (line->columns[c].classes & f->class[k])
			end = line->columns[c++].end;
	}
	return end;
}

/* One way to read the heads of all lines. */
struct reading {
	struct format formats[FORMATS];
	uint64_t bytes[FORMATS]; /* of header in all kinds */
};

static void read_all(const struct miner *m, const uint64_t *lines, bool dashes, struct reading *out)
{
	struct census *census = mem_zalloc(FORMATS, sizeof *census);
	struct head_line line;
	*out = (struct reading){0};
	for (size_t k = 0; k < m->kind_count; k++) {
		if (m->kinds[k].tier > TIER_EXACT)
			continue;
		read_head(m->kinds[k].text, dashes, &line);
		struct census *c = &census[format_of(&line)];
		uint64_t weight = weight_of(lines[k]);
		c->weight += weight;
		c->word_first += line.word_first ? weight : 0;
		c->kinds++;
		for (size_t i = 0; i < line.count; i++)
			for (size_t class = 0; class < COLUMN_CLASSES; class ++)
				c->of_class[i][class] += line.columns[i].classes >> class & 1 ? weight : 0;
	}
	for (size_t f = FORMAT_NONE + 1; f < FORMATS; f++)
		settle(&census[f], &out->formats[f]);
	uint64_t silent[FORMATS] = {0};
	for (size_t k = 0; k < m->kind_count; k++) {
		if (m->kinds[k].tier > TIER_EXACT)
			continue;
		read_head(m->kinds[k].text, dashes, &line);
		size_t f = format_of(&line), head = head_bytes(&line, &out->formats[f]);
		out->bytes[f] += head;
		silent[f] += !has_letter(span_from(m->kinds[k].text, head));
	}
	/* What leaves no words to most lines was not their header. */
	for (size_t f = 0; f < FORMATS; f++) {
		if (2 * silent[f] <= census[f].kinds)
			continue;
		out->formats[f].columns = 0;
		out->bytes[f] = 0;
	}
	free(census);
}

void miner_find_heads(struct miner *m)
{
	uint64_t *lines = mem_zalloc(m->kind_count, sizeof *lines);
	for (size_t s = 0; s < m->shape_count; s++)
		lines[m->shapes[s].kind] += m->shapes[s].count;
	struct reading with, without;
	read_all(m, lines, true, &with);
	read_all(m, lines, false, &without);
	for (size_t k = 0; k < m->kind_count; k++) {
		struct head_line line;
		m->kinds[k].head = 0;
		if (m->kinds[k].tier > TIER_EXACT)
			continue;
		read_head(m->kinds[k].text, true, &line);
		size_t f = format_of(&line);
		bool dashes = with.bytes[f] >= without.bytes[f];
		if (!dashes)
			read_head(m->kinds[k].text, false, &line);
		m->kinds[k].head = (uint16_t)head_bytes(&line, dashes ? &with.formats[f] : &without.formats[f]);
	}
	free(lines);
}
