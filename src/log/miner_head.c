#include "log/miner_head.h"

#include "base/mem.h"
#include "log/tuning.h"

#include <stdlib.h>

/* What a column at the head of a line is. Everything but COLUMN_WORD is structure: seldom the first words of a message. */
enum column_class {
	COLUMN_WORD,
	COLUMN_MASK,    /* numbers, dates, addresses */
	COLUMN_LEVEL,
	COLUMN_BRACKET, /* [thread name], (module) */
	COLUMN_TAG,     /* "component:", "program[12]:" */
	COLUMN_DASH,    /* "-", "|" */
	COLUMN_BAR,     /* ends at a bar: name|12|message */
	COLUMN_CLASSES,
};

struct column {
	enum column_class class;
	bool has_mask;
	size_t end; /* bytes of the text to its end */
};

struct head_line {
	struct column columns[HEAD_COLUMNS];
	size_t count;
	bool stamped, bracket_first;
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
	size_t words = 0, levels = 0, tokens = 0;
	char last = '\0';
	*out = (struct column){COLUMN_DASH, false, at};
	if (!mask_next(text, &at, &token, &space))
		return false;
	char closing = closing_of(token.ptr[0]);
	char opening = token.ptr[0];
	bool group = closing != '\0';
	size_t depth = 0;
	do {
		if (tokens > 0 && space && !(group && depth > 0))
			break;
		if (tokens > 0 && last == '|' && !group)
			break;
		tokens++;
		last = token.ptr[0];
		out->end = at;
		if (group && last == opening)
			depth++;
		if (group && last == closing && depth > 0)
			depth--;
		out->has_mask = out->has_mask || last == MASK_BYTE;
		if (has_letter(token)) {
			words++;
			levels += mask_is_level(token);
		}
		if (tokens > HEAD_GROUP_TOKENS)
			return false;
	} while (mask_next(text, &at, &token, &space));
	if (group && depth > 0)
		return false;
	if (words == 1 && levels == 1)
		out->class = COLUMN_LEVEL;
	else if (last == '|' && tokens > 1)
		out->class = COLUMN_BAR;
	else if (group)
		out->class = COLUMN_BRACKET;
	else if (last == ':' && tokens > 1)
		out->class = COLUMN_TAG;
	else if (words == 0)
		out->class = out->has_mask ? COLUMN_MASK : COLUMN_DASH;
	else
		out->class = COLUMN_WORD;
	return true;
}

/* Columns of masks only are the same in all lines, present or not: they tell that a line is stamped, and are left out. The
 * line's last column is not counted either: a header leaves something. */
static void read_head(struct span text, struct head_line *line)
{
	struct column column;
	size_t at = 0, read = 0;
	bool last_counts = false;
	line->count = 0;
	line->stamped = false;
	line->bracket_first = false;
	while (line->count < HEAD_COLUMNS && read_column(text, at, &column)) {
		line->bracket_first = line->bracket_first || (read == 0 && column.class == COLUMN_BRACKET);
		line->stamped = line->stamped || (read < HEAD_STAMP_COLUMNS && column.has_mask);
		read++;
		at = column.end;
		last_counts = column.class != COLUMN_MASK;
		if (last_counts)
			line->columns[line->count++] = column;
	}
	if (last_counts && line->count > 0 && !read_column(text, at, &column))
		line->count--;
}

/* What most lines of one format have in each column. */
struct format {
	size_t columns; /* header columns; 0: no header */
	enum column_class class[HEAD_COLUMNS];
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
	uint64_t weight, kinds;
	uint64_t present[HEAD_COLUMNS], of_class[HEAD_COLUMNS][COLUMN_CLASSES];
};

/* A header reaches to its last column of one structural class in nearly all lines; up to HEAD_WORDS bare words in a row (host,
 * program, facility) may stand between. */
static void settle(const struct census *c, struct format *f)
{
	f->columns = 0;
	if (c->kinds < HEAD_MIN_KINDS)
		return;
	size_t bare = 0;
	for (size_t k = 0; k < HEAD_COLUMNS && bare <= HEAD_WORDS; k++) {
		if (c->present[k] * 100 < c->weight * HEAD_SHARE_PERCENT)
			break;
		enum column_class best = COLUMN_WORD;
		for (enum column_class class = COLUMN_WORD; class < COLUMN_CLASSES; class++)
			if (c->of_class[k][class] > c->of_class[k][best])
				best = class;
		bool structural = best != COLUMN_WORD && c->of_class[k][best] * 100 >= c->present[k] * HEAD_SHARE_PERCENT;
		f->class[k] = structural ? best : COLUMN_WORD;
		if (structural) {
			f->columns = k + 1;
			bare = 0;
		} else {
			bare++;
		}
	}
}

static size_t head_bytes(const struct head_line *line, const struct format *f)
{
	size_t c = 0, end = 0;
	for (size_t k = 0; k < f->columns && c < line->count; k++) {
		enum column_class want = f->class[k], have = line->columns[c].class;
		/* A line without the thread or the component goes on with its next column. */
		if (want != have && (want == COLUMN_BRACKET || want == COLUMN_TAG))
			continue;
		end = line->columns[c++].end;
	}
	return end;
}

void miner_find_heads(struct miner *m)
{
	struct census *census = mem_zalloc(FORMATS, sizeof *census);
	struct format formats[FORMATS] = {0};
	uint64_t *lines = mem_zalloc(m->kind_count, sizeof *lines);
	struct head_line line;
	for (size_t s = 0; s < m->shape_count; s++)
		lines[m->shapes[s].kind] += m->shapes[s].count;
	for (size_t k = 0; k < m->kind_count; k++) {
		if (m->kinds[k].tier > TIER_EXACT)
			continue;
		read_head(m->kinds[k].text, &line);
		struct census *c = &census[format_of(&line)];
		uint64_t weight = weight_of(lines[k]);
		c->weight += weight;
		c->kinds++;
		for (size_t i = 0; i < line.count; i++) {
			c->present[i] += weight;
			c->of_class[i][line.columns[i].class] += weight;
		}
	}
	for (size_t f = FORMAT_NONE + 1; f < FORMATS; f++)
		settle(&census[f], &formats[f]);
	for (size_t k = 0; k < m->kind_count; k++) {
		m->kinds[k].head = 0;
		if (m->kinds[k].tier > TIER_EXACT)
			continue;
		read_head(m->kinds[k].text, &line);
		m->kinds[k].head = (uint16_t)head_bytes(&line, &formats[format_of(&line)]);
	}
	free(lines);
	free(census);
}
