#include "text/clean.h"

#include <stdint.h>

#include "base/mem.h"
#include "text/utf8.h"

/* Bounds on what one escape sequence may take out of a line. Hiding text is worse than showing junk: a sequence that
 * does not end within its bound loses only its introducer, and what follows is shown. */
enum {
	CSI_BYTES = 128,     /* the longest in use are colours: about 40 bytes */
	STRING_BYTES = 2048, /* titles, hyperlinks */
};

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

static bool is_text_byte(unsigned char c) { return (c >= 0x20 && c < 0x7f) || c == '\t'; }

static bool starts_char(char c) { return ((unsigned char)c & 0xc0) != 0x80; }

/* Eight bytes: zero when all are printable ASCII. Subtraction may borrow into the byte above, but only out of a byte
 * that is a hit itself. A tab counts as a hit here. */
static uint64_t not_printable(const char *p)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t x;
	memcpy(&x, p, sizeof x);
	return (x | (x + ones) | (x - 0x20 * ones)) & (0x80 * ones);
}

/* Length of the leading run of printable ASCII and tabs. */
static size_t text_prefix(struct span s)
{
	size_t i = 0;
	for (;;) {
		while (s.len - i >= 32 && !(not_printable(s.ptr + i) | not_printable(s.ptr + i + 8) |
		                            not_printable(s.ptr + i + 16) | not_printable(s.ptr + i + 24)))
			i += 32;
		size_t stop = s.len - i > 32 ? i + 32 : s.len;
		while (i < stop && is_text_byte((unsigned char)s.ptr[i]))
			i++;
		if (i < stop || i == s.len)
			return i;
	}
}

static bool is_variation_selector(uint32_t cp)
{
	return (cp >= 0xFE00 && cp <= 0xFE0F) || (cp >= 0xE0100 && cp <= 0xE01EF);
}

static bool is_joiner(uint32_t cp) { return cp == 0x200C || cp == 0x200D; }

/* Code points that change how other text looks, or hide text, without being seen themselves. */
static bool is_hidden(uint32_t cp)
{
	if (cp < 0x61C)
		return false;
	return cp == 0x61C || cp == 0x180E ||                             /* Arabic letter mark, Mongolian separator */
	       cp == 0x200B || cp == 0x200E || cp == 0x200F ||            /* zero-width space, LRM, RLM */
	       (cp >= 0x2028 && cp <= 0x202E) ||                          /* line, paragraph separator; bidi controls */
	       (cp >= 0x2060 && cp <= 0x206F) ||                          /* word joiner … isolates … format controls */
	       cp == 0xFEFF || (cp >= 0xFFF9 && cp <= 0xFFFB) ||          /* BOM; interlinear annotation */
	       (cp >= 0xE0000 && cp <= 0xE007F);                          /* tags */
}

/* Whether cp may stand after `before` as it is. Text needs a single joiner or variation selector, and a joiner after a
 * selector (emoji); longer runs carry nothing but hidden data. */
static bool is_shown(uint32_t before, uint32_t cp)
{
	if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
		return cp == '\t';
	if (is_joiner(cp))
		return !is_joiner(before) && (cp == 0x200D || !is_variation_selector(before));
	if (is_variation_selector(cp))
		return !is_joiner(before) && !is_variation_selector(before);
	return !is_hidden(cp);
}

/* Length of the leading part that cleaning leaves as it is. *before: the code point before it, 0 at the start of a
 * line; then its last. */
static size_t shown_prefix(struct span line, uint32_t *before)
{
	const char *end = line.ptr + line.len;
	size_t at = 0;
	while (at < line.len) {
		size_t plain = text_prefix(span_from(line, at));
		at += plain;
		if (plain)
			*before = 'x'; /* any character: joiners and selectors alone matter */
		while (at < line.len && (signed char)line.ptr[at] < 0) { /* a run of other scripts */
			uint32_t cp;
			bool valid;
			size_t n = utf8_decode(line.ptr + at, end, &cp, &valid);
			if (!valid || !is_shown(*before, cp))
				return at;
			*before = cp;
			at += n;
		}
		if (at < line.len && !is_text_byte((unsigned char)line.ptr[at]))
			break;
	}
	return at;
}

bool clean_is_clean(struct span line)
{
	uint32_t before = 0;
	return shown_prefix(line, &before) == line.len;
}

/* ---- escape sequences -------------------------------------------------------------------------------------------- */

/* A CSI's end: parameter bytes, intermediate bytes, one final byte (ECMA-48, 5.4). `from` is behind the introducer. */
static size_t csi_end(struct span s, size_t from)
{
	size_t i = from, stop = s.len - from > CSI_BYTES ? from + CSI_BYTES : s.len;
	while (i < stop && s.ptr[i] >= 0x30 && s.ptr[i] <= 0x3f)
		i++;
	while (i < stop && s.ptr[i] >= 0x20 && s.ptr[i] <= 0x2f)
		i++;
	return i < stop && s.ptr[i] >= 0x40 && s.ptr[i] <= 0x7e ? i + 1 : from;
}

/* A control string's end: BEL, ESC \ or U+009C. Any other control inside means that it was never ended; that also
 * keeps a row of unended ones from being scanned more than once. */
static size_t string_end(struct span s, size_t from)
{
	size_t stop = s.len - from > STRING_BYTES ? from + STRING_BYTES : s.len;
	for (size_t i = from; i < stop; i++) {
		unsigned char c = (unsigned char)s.ptr[i], next = i + 1 < s.len ? (unsigned char)s.ptr[i + 1] : 0;
		if (c == 0x07)
			return i + 1;
		if ((c == 0x1b && next == '\\') || (c == 0xc2 && next == 0x9c))
			return i + 2;
		if ((c < 0x20 && c != '\t') || c == 0x7f || (c == 0xc2 && next >= 0x80 && next < 0xa0))
			break;
	}
	return from;
}

/* Bytes that the escape sequence at the head of `s` takes, 0 when none begins there. ESC alone is one byte long. */
static size_t escape_len(struct span s)
{
	unsigned char first = (unsigned char)s.ptr[0], second = s.len > 1 ? (unsigned char)s.ptr[1] : 0;
	if (first == 0xc2) { /* the 8-bit introducers, as UTF-8 */
		switch (second) {
		case 0x9b: return csi_end(s, 2);
		case 0x90: case 0x98: case 0x9d: case 0x9e: case 0x9f: return string_end(s, 2);
		default: return 0;
		}
	}
	if (first != 0x1b)
		return 0;
	switch (second) {
	case '[': return csi_end(s, 2);
	case ']': case 'P': case 'X': case '^': case '_': /* OSC, DCS, SOS, PM, APC */
	case 'k': return string_end(s, 2);                /* the title string of screen and tmux */
	}
	size_t i = 1; /* charset selection and the like: up to two intermediates and a final byte */
	while (i < s.len && i < 3 && s.ptr[i] >= 0x20 && s.ptr[i] <= 0x2f)
		i++;
	return i < s.len && s.ptr[i] >= 0x30 && s.ptr[i] <= 0x7e ? i + 1 : 1;
}

/* ---- one line ---------------------------------------------------------------------------------------------------- */

/* The text left of the cursor stands in `out` from `start` on, what a backspace went back over in `over`, last
 * character first. A terminal overwrites there, and so do we. */
struct cleaner {
	struct buf *out;
	struct buf over;   /* owned */
	size_t start;      /* where this line begins in out */
	size_t floor;      /* backspace does not go back past this */
	uint32_t before;   /* the code point before, for is_shown */
	bool cr;           /* CRs were met; they count when something follows */
	bool backspaced;
};

/* Moves the last character of `from` to the end of `to` (NULL: nowhere); returns its first byte. */
static char move_last(struct buf *from, struct buf *to)
{
	size_t at = from->len - 1;
	while (at > 0 && !starts_char(from->ptr[at]))
		at--;
	char first = from->ptr[at];
	if (to)
		buf_add(to, from->ptr + at, from->len - at);
	from->len = at;
	return first;
}

static void put_rest(struct cleaner *c)
{
	while (c->over.len)
		move_last(&c->over, c->out);
}

/* Before anything is put: CRs inside a line become one space, those at its start vanish. */
static void settle_cr(struct cleaner *c)
{
	if (!c->cr)
		return;
	c->cr = false;
	put_rest(c);
	if (c->out->len > c->start)
		buf_add_char(c->out, ' ');
	c->floor = c->out->len;
}

/* One character over the one at the cursor. An underline struck over a character leaves it (x\b_ as well as _\bx). */
static void put_over_one(struct cleaner *c, struct span character)
{
	char under = move_last(&c->over, c->out);
	if (character.ptr[0] == '_' && under != ' ')
		return;
	move_last(c->out, NULL);
	buf_add_span(c->out, character);
}

static void put(struct cleaner *c, struct span text)
{
	settle_cr(c);
	while (c->over.len && text.len) {
		size_t n = 1;
		while (n < text.len && !starts_char(text.ptr[n]))
			n++;
		put_over_one(c, span_head(text, n));
		text = span_from(text, n);
	}
	buf_add_span(c->out, text);
}

static void backspace(struct cleaner *c)
{
	c->backspaced = true;
	if (!c->cr && c->out->len > c->floor)
		move_last(c->out, &c->over);
}

void clean_line(struct buf *out, struct span line)
{
	struct cleaner c = {.out = out, .start = out->len, .floor = out->len};
	const char *end = line.ptr + line.len;
	buf_reserve(out, line.len);
	while (line.len) {
		size_t n = shown_prefix(line, &c.before);
		if (n) {
			put(&c, span_head(line, n));
		} else if ((n = escape_len(line)) > 0) {
			/* dropped */
		} else if (line.ptr[0] == '\r') {
			c.cr = true;
			c.before = ' ';
			n = 1;
		} else if (line.ptr[0] == '\b') {
			backspace(&c);
			n = 1;
		} else {
			bool valid;
			n = utf8_decode(line.ptr, end, &c.before, &valid);
			put(&c, SPAN(REPLACEMENT));
		}
		line = span_from(line, n);
	}
	put_rest(&c);
	buf_release(&c.over);
	if (c.backspaced && !clean_is_clean(span_from(buf_span(out), c.start))) {
		/* Backspaces brought joiners or selectors together. There are no more backspaces in what is left. */
		struct buf again = {0};
		buf_add_span(&again, span_from(buf_span(out), c.start));
		out->len = c.start;
		clean_line(out, buf_span(&again));
		buf_release(&again);
	}
}

size_t clean_cut(struct span part)
{
	/* What begins in the last bytes may end behind them. */
	const size_t most = part.len > STRING_BYTES + 4 ? part.len - STRING_BYTES - 4 : 0;
	size_t best = 0, over = 0; /* characters right of the cursor that may be overwritten */
	bool cr = false;           /* a CR whose meaning what follows decides */
	for (size_t at = 0; at < most;) {
		struct span rest = span_from(part, at);
		size_t n = text_prefix(rest);
		if (n) {
			if (n > most - at)
				n = most - at;
			if (n > over + 1)
				best = at + n - 1;
			else if (!cr && over == 0)
				best = at;
			over = over > n ? over - n : 0;
			cr = false;
		} else if ((n = escape_len(rest)) > 0) {
			/* dropped */
		} else if (rest.ptr[0] == '\r') {
			over = 0;
			cr = true;
			n = 1;
		} else if (rest.ptr[0] == '\b') {
			over += !cr;
			n = 1;
		} else {
			uint32_t cp;
			bool valid;
			n = utf8_decode(rest.ptr, part.ptr + part.len, &cp, &valid);
			if (!cr && over == 0 && !(valid && (is_joiner(cp) || is_variation_selector(cp))))
				best = at;
			over -= over > 0;
			cr = false;
		}
		at += n;
	}
	return best;
}

struct span clean_view(struct span line, struct buf *scratch)
{
	while (line.len && line.ptr[line.len - 1] == '\r') /* in many a log that is all there is to clean */
		line.len--;
	if (clean_is_clean(line))
		return line;
	buf_clear(scratch);
	clean_line(scratch, line);
	return buf_span(scratch);
}

struct span clean_judged(struct span line, struct buf *scratch)
{
	enum { SHORT_BYTES = 300 };
	if (line.len <= SHORT_BYTES || !memchr(line.ptr, '\r', line.len))
		return clean_view(line, scratch);
	for (;;) {
		const char *cr = line.len ? memrchr(line.ptr, '\r', line.len) : NULL;
		struct span segment = cr ? span_from(line, (size_t)(cr - line.ptr) + 1) : line;
		struct span cleaned = clean_view(segment, scratch);
		if (!cr || span_trim(cleaned).len)
			return cleaned;
		line.len = (size_t)(cr - line.ptr);
	}
}
