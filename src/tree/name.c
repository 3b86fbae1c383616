#include "tree/name.h"

#include "tree/nature.h"
#include "tree/place.h"
#include "tree/testing.h"

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}
static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

/* ---- qualified names ---------------------------------------------------------------------------------------------- */

/* The separator at the front of s: how many bytes. "::", "->", one of ". # \ / :". */
static size_t separator_at(struct span s)
{
	if (span_starts(s, SPAN("::")) || span_starts(s, SPAN("->")))
		return 2;
	return s.len && strchr(".#\\/:", s.ptr[0]) && s.ptr[0] ? 1 : 0;
}

/* The last part of *s, which loses it and the separator before it. */
static struct span take_last(struct span *s)
{
	size_t i = s->len;
	while (i > 0 && !(separator_at(span_of(s->ptr + i - 1, s->len - i + 1)) == 1) &&
	       !(i > 1 && separator_at(span_of(s->ptr + i - 2, s->len - i + 2)) == 2))
		i--;
	struct span part = span_from(*s, i);
	while (i > 0 && strchr(".#\\/:", s->ptr[i - 1]))
		i--;
	if (i > 1 && part.len && span_eq(span_of(s->ptr + i - 2, 2), SPAN("->")))
		i -= 2;
	s->len = i;
	return part;
}

bool name_query_parse(struct name_query *q, struct span text)
{
	text = span_trim(text);
	while (text.len > 2 && span_ends(text, SPAN("()")))
		text.len -= 2;
	while (text.len && strchr("&*#.:", text.ptr[0]))
		text = span_from(text, 1);
	struct span back[NAME_PARTS_MOST];
	size_t n = 0;
	while (text.len && n < NAME_PARTS_MOST) {
		struct span part = take_last(&text);
		if (part.len == 0)
			return false;
		back[n++] = part;
	}
	q->count = n;
	for (size_t i = 0; i < n; i++)
		q->parts[i] = back[n - 1 - i];
	if (n == 0)
		return false;
	for (size_t i = 0; i < q->parts[n - 1].len; i++)
		if (is_word(q->parts[n - 1].ptr[i]) || strchr("=<>+-*!?", q->parts[n - 1].ptr[i]))
			return true;
	return false;
}

static bool same(struct span a, struct span b, bool *folded)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (a.ptr[i] != b.ptr[i]) {
			if (lower(a.ptr[i]) != lower(b.ptr[i]))
				return false;
			*folded = true;
		}
	return true;
}

static unsigned weight_of(enum symbol_kind kind)
{
	switch (kind) {
	case SYMBOL_FUNCTION:
	case SYMBOL_METHOD:
	case SYMBOL_CLASS:
	case SYMBOL_STRUCT:
	case SYMBOL_UNION:
	case SYMBOL_ENUM:
	case SYMBOL_INTERFACE:
	case SYMBOL_TRAIT:
	case SYMBOL_PROTOCOL:
	case SYMBOL_RECORD:
	case SYMBOL_OBJECT:
	case SYMBOL_TYPE: return 60;
	case SYMBOL_CONSTRUCTOR:
	case SYMBOL_IMPLEMENTATION:
	case SYMBOL_EXTENSION:
	case SYMBOL_MACRO:
	case SYMBOL_MODULE:
	case SYMBOL_NAMESPACE:
	case SYMBOL_TABLE:
	case SYMBOL_VIEW:
	case SYMBOL_TRIGGER:
	case SYMBOL_MESSAGE:
	case SYMBOL_SERVICE:
	case SYMBOL_RPC:
	case SYMBOL_RESOURCE:
	case SYMBOL_TARGET: return 50;
	case SYMBOL_CONSTANT:
	case SYMBOL_PACKAGE:
	case SYMBOL_INDEX:
	case SYMBOL_TEST: return 40;
	case SYMBOL_VARIABLE:
	case SYMBOL_FIELD:
	case SYMBOL_PROPERTY:
	case SYMBOL_ENUM_MEMBER:
	case SYMBOL_HEADING:
	case SYMBOL_KEY:
	case SYMBOL_KINDS: break;
	}
	return 20;
}

/* Files that stand for their folder. */
static bool stands_for_folder(struct span stem)
{
	static const char *const names[] = {"__init__", "mod", "index", "lib", "main", "init"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (span_eq(stem, span_of_str(names[i])))
			return true;
	return false;
}

static bool is_others(struct span path) { return nature_is_vendored(path) || place_is_foreign(path); }

/* The parts of the query, from the last on, against those of a qualified name; then what is left against its head, the file and its
 * folders. `fold`: also in another case. */
static unsigned match(const struct name_query *q, struct span path, struct span qualified, struct span signature, bool fold, bool *by_signature)
{
	size_t left = q->count;
	bool folded = false, all = true;
	for (;;) {
		if (left == 0) {
			all = qualified.len == 0;
			break;
		}
		if (qualified.len == 0)
			break;
		struct span part = take_last(&qualified);
		if (!same(part, q->parts[left - 1], &folded) || (folded && !fold))
			return 0;
		left--;
	}
	struct span folders = path_folder(path), stem = path_stem(path);
	folders.len -= folders.len > 0;
	bool stem_open = true;
	*by_signature = false;
	while (left > 0) {
		struct span part = q->parts[left - 1];
		bool other = false;
		if (stem_open && same(stem, part, &other) && (fold || !other)) {
			stem_open = false;
			left--;
			continue;
		}
		/* A method may stand outside of what it belongs to, which its head then names. */
		if (!*by_signature && name_find(signature, part, 0) != SIZE_MAX) {
			*by_signature = true;
			left--;
			continue;
		}
		struct span folder = take_last(&folders);
		other = false;
		if (folder.len == 0 || !same(folder, part, &other) || (other && !fold) || (stem_open && left < q->count - 1 && !stands_for_folder(stem)))
			return 0;
		stem_open = false;
		left--;
	}
	return 1u + folded + 2u * all;
}

unsigned name_match(const struct name_query *q, struct span path, const struct outline *o, const struct symbol *s)
{
	struct span name = symbol_name(o, s), last = take_last(&name);
	bool folded = false, by_signature = false;
	struct span whole = symbol_name(o, s);
	bool operator = q->count == 1 && same(whole, q->parts[0], &folded); /* "operator->", "a.b" */
	if (!operator && (last.len == 0 || !same(last, name_query_last(q), &folded)))
		return 0;
	unsigned fit = 0;
	if (operator) {
		fit = 1u + folded + 2u * (s->parent == SYMBOL_NO_PARENT);
	} else {
		struct buf qualified = {0};
		outline_qualified_name(o, s, &qualified);
		for (int fold = 0; fold < 2 && !fit; fold++)
			fit = match(q, path, buf_span(&qualified), symbol_signature(o, s), fold, &by_signature);
		buf_release(&qualified);
	}
	if (!fit)
		return 0;
	fit--;
	return (fit & 1 ? 0 : 1000u) + weight_of(s->kind) + (fit & 2 ? 8 : 0) + (by_signature ? 0 : 2) + (path_is_test(path) ? 0 : 100) +
	       (is_others(path) ? 0 : 200);
}

/* ---- uses --------------------------------------------------------------------------------------------------------- */

size_t name_find(struct span text, struct span name, size_t from)
{
	while (name.len && from < text.len) {
		const char *at = memmem(text.ptr + from, text.len - from, name.ptr, name.len);
		if (!at)
			break;
		size_t i = (size_t)(at - text.ptr);
		if ((i == 0 || !is_word(text.ptr[i - 1]) || !is_word(name.ptr[0])) &&
		    (i + name.len == text.len || !is_word(text.ptr[i + name.len]) || !is_word(name.ptr[name.len - 1])))
			return i;
		from = i + 1;
	}
	return SIZE_MAX;
}

/* Whether the line is a comment up to this offset, by how lines of comments begin. */
static bool in_comment(struct span text, size_t off)
{
	size_t begin = off;
	while (begin > 0 && text.ptr[begin - 1] != '\n')
		begin--;
	struct span head = span_of(text.ptr + begin, off - begin);
	struct span s = span_trim(head);
	static const char *const openings[] = {"//", "/*", "* ", "#", "--", ";", "%", "<!--"};
	if (span_eq(s, SPAN("*")))
		return true;
	for (size_t i = 0; i < sizeof openings / sizeof *openings; i++)
		if (span_starts(s, span_of_str(openings[i])) && !span_starts(s, SPAN("#define")) && !span_starts(s, SPAN("#if")) &&
		    !span_starts(s, SPAN("#elif")) && !span_starts(s, SPAN("#[")) && !span_starts(s, SPAN("--option")))
			return true;
	return span_find(head, SPAN(" // ")) != SIZE_MAX || span_find(head, SPAN("\t// ")) != SIZE_MAX || span_find(head, SPAN(" # ")) != SIZE_MAX;
}

enum name_use name_use_at(struct span text, size_t off, struct span name)
{
	if (in_comment(text, off))
		return NAME_MENTIONED;
	/* An odd number of quotes before it on its line: inside a string, as far as a line tells. */
	size_t doubles = 0;
	for (size_t i = off; i > 0 && text.ptr[i - 1] != '\n'; i--)
		doubles += text.ptr[i - 1] == '"' && !(i > 1 && text.ptr[i - 2] == '\\');
	if (doubles % 2)
		return NAME_MENTIONED;
	struct span rest = span_from(text, off + name.len);
	size_t i = 0;
	if (span_starts(rest, SPAN("!")) || span_starts(rest, SPAN("?.")))
		i += rest.ptr[0] == '!' ? 1 : 2;
	if (span_starts(span_from(rest, i), SPAN("::<")) || span_starts(span_from(rest, i), SPAN("<"))) {
		int depth = 0;
		size_t k = i;
		for (; k < rest.len && k < i + 200 && rest.ptr[k] != '\n' && rest.ptr[k] != ';'; k++) {
			depth += (rest.ptr[k] == '<') - (rest.ptr[k] == '>');
			if (rest.ptr[k] == '>' && depth == 0)
				break;
		}
		if (k < rest.len && rest.ptr[k] == '>')
			i = k + 1;
	}
	while (i < rest.len && (rest.ptr[i] == ' ' || rest.ptr[i] == '\t'))
		i++;
	return i < rest.len && rest.ptr[i] == '(' ? NAME_CALLED : NAME_USED;
}

/* ---- nearness ----------------------------------------------------------------------------------------------------- */

enum { COMPARED_MOST = 48 };

/* Letters and digits in one case: the words of a name, however it writes them. */
static size_t bare(struct span s, char *out)
{
	size_t n = 0;
	for (size_t i = 0; i < s.len && n < COMPARED_MOST; i++)
		if (s.ptr[i] != '_' && s.ptr[i] != '-')
			out[n++] = lower(s.ptr[i]);
	return n;
}

/* Damerau's distance of neighbours exchanged, letters put in, left out or changed. */
static uint32_t changes(const char *a, size_t a_len, const char *b, size_t b_len)
{
	uint32_t rows[3][COMPARED_MOST + 1];
	uint32_t *before = rows[0], *above = rows[1], *row = rows[2];
	for (size_t j = 0; j <= b_len; j++)
		above[j] = (uint32_t)j;
	for (size_t i = 1; i <= a_len; i++) {
		row[0] = (uint32_t)i;
		for (size_t j = 1; j <= b_len; j++) {
			uint32_t best = above[j - 1] + (a[i - 1] != b[j - 1]);
			best = above[j] + 1 < best ? above[j] + 1 : best;
			best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			row[j] = best;
		}
		uint32_t *oldest = before;
		before = above;
		above = row;
		row = oldest;
	}
	return above[b_len];
}

uint32_t name_distance(struct span a, struct span b)
{
	char x[COMPARED_MOST], y[COMPARED_MOST];
	size_t n = bare(a, x), m = bare(b, y), longer = n > m ? n : m, shorter = n < m ? n : m;
	if (n == 0 || m == 0)
		return UINT32_MAX;
	uint32_t most = (uint32_t)(longer / 3), apart = UINT32_MAX;
	if (longer - shorter <= most)
		apart = changes(x, n, y, m);
	if (apart <= most)
		return apart;
	/* One holds the other: "webhook" and "handle_webhook" */
	if (shorter >= 4 && memmem(n > m ? x : y, longer, n > m ? y : x, shorter))
		return most + 1 + (uint32_t)(longer - shorter) / 4;
	return UINT32_MAX;
}
