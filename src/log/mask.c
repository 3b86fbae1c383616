/* The exact mask: tokens joined, and the text and key they make. */
#include "log/mask.h"

#include "base/hash.h"
#include "log/mask_bytes.h"
#include "log/mask_lex.h"
#include "log/tuning.h"

/* ---- joining ----------------------------------------------------------------------------------------------------- */

static struct span token_span(const struct masker *k, size_t t)
{
	return span_of(k->shape.ptr + k->tokens[t].off, k->tokens[t].len);
}

static bool is_char(const struct masker *k, size_t t, char c)
{
	return k->tokens[t].kind == MASK_DELIMITER && k->shape.ptr[k->tokens[t].off] == c;
}

/* Units behind masks, and names of months and days before them, go. From the end, since names stand in a row. */
static void drop_units_and_names(struct masker *k)
{
	for (size_t t = k->count; t-- > 0;) {
		if (k->tokens[t].kind != MASK_WORD)
			continue;
		size_t next = t + 1;
		while (next < k->count && (k->tokens[next].kind == MASK_GONE || is_char(k, next, ',')))
			next++;
		if (t > 0 && k->tokens[t - 1].kind == MASK_MASK && mask_is_unit(token_span(k, t))) {
			k->tokens[t].kind = MASK_GONE;
			k->tokens[t].space = false;
		} else if (next < k->count && k->tokens[next].kind == MASK_MASK &&
			   mask_is_month_or_day(token_span(k, t))) {
			for (size_t u = t; u < next; u++)
				k->tokens[u].kind = MASK_GONE;
		}
	}
}

static void squeeze(struct masker *k)
{
	size_t kept = 0;
	for (size_t t = 0; t < k->count; t++) {
		if (k->tokens[t].kind == MASK_GONE) {
			if (t + 1 < k->count)
				k->tokens[t + 1].space |= k->tokens[t].space;
			continue;
		}
		k->tokens[kept++] = k->tokens[t];
	}
	k->count = kept;
}

static bool same_token(const struct masker *k, size_t a, size_t b)
{
	if (k->tokens[a].kind != k->tokens[b].kind)
		return false;
	return k->tokens[a].kind == MASK_MASK || span_eq(token_span(k, a), token_span(k, b));
}

/* Three or more masks in a row, white space between, are a list of whatever length. Two may be two things, and those
 * at the head of a line are its header columns. */
static void join_rows(struct masker *k)
{
	size_t out = 0;
	bool head = true;
	for (size_t t = 0; t < k->count;) {
		size_t end = t;
		while (end < k->count && k->tokens[end].kind == MASK_MASK)
			end++;
		size_t run = end - t, keep = run == 0 || (run >= MASK_ROW && !(head && end < k->count)) ? 1 : run;
		head = head && (k->tokens[t].kind != MASK_WORD || !is_letter(k->shape.ptr[k->tokens[t].off]));
		for (size_t i = 0; i < keep; i++)
			k->tokens[out++] = k->tokens[t + i];
		t = run ? end : t + 1;
	}
	k->count = out;
}

/* Works in place, writing behind what it reads. After "x ," the next elements equal to x, as far as the next comma
 * at the same depth, are dropped: lists of any length are one template. Also MASK : MASK and MASK . MASK. */
static void join_repeats(struct masker *k)
{
	size_t element[MASK_DEPTH], depth = 0, out = 0; /* where the current list element began, per depth */
	element[0] = 0;
	for (size_t t = 0; t < k->count; t++) {
		struct mask_token cur = k->tokens[t];
		if (cur.kind == MASK_MASK && out >= 2 && k->tokens[out - 2].kind == MASK_MASK &&
		    (is_char(k, out - 1, ':') || is_char(k, out - 1, ','))) {
			out--;
			continue;
		}
		k->tokens[out++] = cur;
		if (cur.kind != MASK_DELIMITER)
			continue;
		char c = k->shape.ptr[cur.off];
		if (is_opening(c) && depth + 1 < MASK_DEPTH) {
			element[++depth] = out;
		} else if (is_closing(c) && depth > 0) {
			depth--;
		} else if (c == ',') {
			size_t from = element[depth], len = out - 1 - from, next = t + 1;
			element[depth] = out;
			if (len == 0)
				continue;
			/* The repeated element ends before a comma or a closing bracket. */
			while (next + len < k->count &&
			       (is_char(k, next + len, ',') || is_closing(k->shape.ptr[k->tokens[next + len].off]))) {
				size_t same = 0;
				while (same < len && same_token(k, from + same, next + same))
					same++;
				if (same < len)
					break;
				bool more = is_char(k, next + len, ',');
				next += len + 1;
				if (more)
					continue;
				out--; /* the comma before the last repeat; its closing bracket is still to be read */
				next--;
				break;
			}
			t = next - 1;
		}
	}
	k->count = out;
}

void mask_exact(struct masker *k, struct span shape)
{
	k->shape = shape;
	mask_lex(k);
	drop_units_and_names(k);
	squeeze(k);
	join_repeats(k);
	join_rows(k);
}

void mask_coarsen(struct masker *k)
{
	for (size_t t = 0; t < k->count; t++)
		if (k->tokens[t].kind == MASK_WORD && mask_is_identifier(token_span(k, t)))
			k->tokens[t].kind = MASK_MASK;
	for (size_t t = 0; t + 1 < k->count; t++)
		if (k->tokens[t].kind == MASK_MASK && k->tokens[t + 1].kind == MASK_MASK)
			k->tokens[t].kind = MASK_GONE;
	squeeze(k);
	join_repeats(k);
}

/* ---- text and key ------------------------------------------------------------------------------------------------ */

/* "Jan 2 03:04:05 host prog[12]: …" and "<time> host prog[12]: …" begin with masks, then the host, then a word that
 * a colon or a bracketed number ends. Returns the host's token or SIZE_MAX. */
static size_t syslog_host(const struct masker *k)
{
	size_t t = 0;
	while (t < k->count && t < 3 && k->tokens[t].kind == MASK_MASK)
		t++;
	size_t host = t;
	if (t == 0 || t + 4 >= k->count)
		return SIZE_MAX;
	if (k->tokens[t].kind != MASK_WORD)
		host = t - 1; /* a host with a digit is a mask like the time before it */
	else
		t++;
	if (host == 0 || k->tokens[t].kind != MASK_WORD || !k->tokens[t].space || mask_is_level(token_span(k, host)))
		return SIZE_MAX;
	t++;
	if (is_char(k, t, '(')) {
		while (t + 3 < k->count && !is_char(k, t, ')'))
			t++;
		t++;
	}
	return t + 3 < k->count && is_char(k, t, '[') && is_char(k, t + 2, ']') && is_char(k, t + 3, ':') ? host
													  : SIZE_MAX;
}

uint64_t mask_key(const struct masker *k)
{
	char text[MASK_KEY_BYTES];
	uint64_t key = 0;
	size_t len = 0, host = syslog_host(k);
	for (size_t t = 0; t < k->count; t++) {
		struct span word = token_span(k, t);
		if (t == host)
			continue;
		if (k->tokens[t].kind == MASK_MASK)
			word = span_of("\1", 1);
		/* Long lines are hashed in pieces, each with the hash of what came before. */
		if (len + word.len + 1 > sizeof text) {
			key = hash64(text, len) ^ (key * 0x9E3779B97F4A7C15u);
			len = 0;
		}
		if (word.len + 1 > sizeof text) {
			key = hash64(word.ptr, word.len) ^ (key * 0x9E3779B97F4A7C15u);
			continue;
		}
		memcpy(text + len, word.ptr, word.len);
		len += word.len;
		text[len++] = ' ';
	}
	return hash64(text, len) ^ (key * 0x9E3779B97F4A7C15u);
}

size_t mask_text(const struct masker *k, char *out, size_t cap, bool *cut)
{
	size_t len = 0;
	*cut = false;
	for (size_t t = 0; t < k->count; t++) {
		bool space = k->tokens[t].space && t > 0;
		struct span word = token_span(k, t);
		if (k->tokens[t].kind == MASK_MASK)
			word = span_of("\1", 1);
		if (len + word.len + space > cap) {
			*cut = true;
			break;
		}
		if (space)
			out[len++] = ' ';
		memcpy(out + len, word.ptr, word.len);
		len += word.len;
	}
	return len;
}

/* Blanks, masks and delimiters. */
static const bool ends_token[256] = {
	[' '] = true, [MASK_BYTE] = true, ['"'] = true, ['\''] = true, ['`'] = true, ['('] = true, [')'] = true, ['['] = true, [']'] = true,
	['{'] = true, ['}'] = true,       ['<'] = true, ['>'] = true,  [','] = true, [':'] = true, [';'] = true, ['='] = true, ['|'] = true,
};

bool mask_next(struct span text, size_t *at, struct span *token, bool *space)
{
	size_t i = *at;
	*space = false;
	while (i < text.len && text.ptr[i] == ' ') {
		*space = true;
		i++;
	}
	if (i >= text.len)
		return false;
	size_t end = i + 1;
	char c = text.ptr[i];
	if (is_high(c)) {
		while (end < text.len && is_high(text.ptr[end]))
			end++;
	} else if (!ends_token[(unsigned char)c]) {
		for (; end < text.len && !is_high(text.ptr[end]) && !ends_token[(unsigned char)text.ptr[end]]; end++)
			if (text.ptr[end] == '.' && end + 1 < text.len && text.ptr[end + 1] == '.')
				break;
	}
	*token = span_of(text.ptr + i, end - i);
	*at = end;
	return true;
}

size_t mask_pattern(struct span text, char *out, size_t cap)
{
	size_t len = 0;
	for (size_t i = 0; i < text.len; i++) {
		bool mask = text.ptr[i] == MASK_BYTE;
		if (len + (mask ? 3 : 1) > cap)
			break;
		if (mask) {
			memcpy(out + len, "<*>", 3);
			len += 3;
		} else {
			out[len++] = text.ptr[i];
		}
	}
	return len;
}
