#include "render/json_text.h"

#include "text/utf8.h"

bool json_hidden(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0xad || (cp >= 0x200b && cp <= 0x200f) || (cp >= 0x2028 && cp <= 0x202e) ||
	       (cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff || cp >= 0xe0000;
}

static void put_escaped(struct buf *out, uint32_t cp)
{
	if (cp == '\n' || cp == '\t' || cp == '\r')
		buf_add_str(out, cp == '\n' ? "\\n" : cp == '\t' ? "\\t" : "\\r");
	else if (cp < 0x10000)
		buf_addf(out, "\\u%04x", cp);
	else
		buf_addf(out, "\\u%04x\\u%04x", 0xd800 + ((cp - 0x10000) >> 10), 0xdc00 + ((cp - 0x10000) & 0x3ff));
}

void put_json_string(struct buf *out, struct span text)
{
	const char *p = text.ptr, *end = p + text.len;
	buf_reserve(out, text.len + 2);
	buf_add_char(out, '"');
	while (p < end) {
		const char *plain = p;
		while (p < end && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x7f && *p != '"' && *p != '\\')
			p++;
		buf_add(out, plain, (size_t)(p - plain));
		if (p == end)
			break;
		if (*p == '"' || *p == '\\') {
			buf_add_char(out, '\\');
			buf_add_char(out, *p++);
			continue;
		}
		uint32_t cp;
		bool valid;
		p += utf8_decode(p, end, &cp, &valid);
		if (json_hidden(cp))
			put_escaped(out, cp);
		else
			utf8_encode(out, cp);
	}
	buf_add_char(out, '"');
}
