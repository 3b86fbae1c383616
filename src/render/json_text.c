#include "render/json_text.h"

#include "text/utf8.h"

void put_json_string(struct buf *out, struct span text)
{
	const char *p = text.ptr, *end = p + text.len;
	buf_add_char(out, '"');
	while (p < end) {
		const char *plain = p;
		while (p < end && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x7f && *p != '"' && *p != '\\')
			p++;
		buf_add(out, plain, (size_t)(p - plain));
		if (p == end)
			break;
		unsigned char c = (unsigned char)*p;
		if (c == '"' || c == '\\') {
			buf_add_char(out, '\\');
			buf_add_char(out, *p++);
		} else if (c == '\n' || c == '\t' || c == '\r') {
			buf_add_str(out, c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\r");
			p++;
		} else if (c < 0x20 || c == 0x7f) {
			buf_addf(out, "\\u%04x", c);
			p++;
		} else {
			uint32_t code;
			bool valid;
			p += utf8_decode(p, end, &code, &valid);
			/* Hidden characters and the line ends of JavaScript: written so that they can be seen. */
			if ((code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x2069) ||
			    (code >= 0x80 && code <= 0x9f) || code == 0xfeff)
				buf_addf(out, "\\u%04x", code);
			else
				utf8_encode(out, code);
		}
	}
	buf_add_char(out, '"');
}
