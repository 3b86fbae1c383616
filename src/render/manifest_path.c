/* Paths are bytes; these are their written forms. */
#include "render/manifest.h"

#include "render/json_text.h"
#include "text/utf8.h"

static bool is_plain(struct span path)
{
	if (!path.len || path.ptr[0] == ' ' || path.ptr[path.len - 1] == ' ')
		return false;
	for (const char *p = path.ptr, *end = p + path.len; p < end;) {
		uint32_t cp;
		bool valid;
		size_t n = utf8_decode(p, end, &cp, &valid);
		if (!valid || json_hidden(cp) || cp == '"' || cp == '\\')
			return false;
		p += n;
	}
	return true;
}

void text_add_path(struct buf *out, struct span path)
{
	if (is_plain(path)) {
		buf_add_span(out, path);
		return;
	}
	buf_add_char(out, '"');
	for (size_t i = 0; i < path.len; i++) {
		unsigned char c = (unsigned char)path.ptr[i];
		if (c == '"' || c == '\\')
			buf_addf(out, "\\%c", c);
		else if (c == '\n')
			buf_add_str(out, "\\n");
		else if (c == '\t')
			buf_add_str(out, "\\t");
		else if (c < 0x20 || c >= 0x7f)
			buf_addf(out, "\\%03o", c);
		else
			buf_add_char(out, (char)c);
	}
	buf_add_char(out, '"');
}

static bool is_octal(char c) { return c >= '0' && c <= '7'; }

bool text_take_path(struct span *text, const char *end, struct buf *out)
{
	buf_clear(out);
	if (!text->len || text->ptr[0] != '"') {
		size_t at = span_find(*text, span_of_str(end));
		struct span path = span_head(*text, at);
		buf_add_span(out, path);
		*text = span_from(*text, path.len);
		return path.len > 0;
	}
	for (size_t i = 1; i < text->len; i++) {
		char c = text->ptr[i];
		if (c == '"') {
			*text = span_from(*text, i + 1);
			return true;
		}
		if (c != '\\') {
			buf_add_char(out, c);
			continue;
		}
		if (++i >= text->len)
			return false;
		c = text->ptr[i];
		if (is_octal(c) && i + 2 < text->len && is_octal(text->ptr[i + 1]) && is_octal(text->ptr[i + 2])) {
			buf_add_char(out, (char)((c - '0') * 64 + (text->ptr[i + 1] - '0') * 8 + (text->ptr[i + 2] - '0')));
			i += 2;
		} else {
			buf_add_char(out, c == 'n' ? '\n' : c == 't' ? '\t' : c);
		}
	}
	return false;
}

/* ---- JSON --------------------------------------------------------------------------------------------------------- */

void json_add_path(struct buf *out, struct span path)
{
	if (utf8_valid(path)) {
		buf_add_str(out, "\"path\":");
		put_json_string(out, path);
		return;
	}
	struct buf escaped = {0};
	for (const char *p = path.ptr, *end = p + path.len; p < end;) {
		uint32_t cp;
		bool valid;
		size_t n = utf8_decode(p, end, &cp, &valid);
		if (valid && cp != '%')
			buf_add(&escaped, p, n);
		else
			for (size_t i = 0; i < n; i++)
				buf_addf(&escaped, "%%%02X", (unsigned char)p[i]);
		p += n;
	}
	buf_add_str(out, "\"path\":");
	put_json_string(out, buf_span(&escaped));
	buf_add_str(out, ",\"path_encoding\":\"percent\"");
	buf_release(&escaped);
}

static int hex_value(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; }

void path_from_percent(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		bool escape = text.ptr[i] == '%' && i + 2 < text.len && hex_value(text.ptr[i + 1]) >= 0 && hex_value(text.ptr[i + 2]) >= 0;
		buf_add_char(out, escape ? (char)(hex_value(text.ptr[i + 1]) * 16 + hex_value(text.ptr[i + 2])) : text.ptr[i]);
		i += escape ? 2 : 0;
	}
}
