#include "input/format.h"

#include "input/source.h"
#include "input/unzstd.h"
#include "text/utf8.h"

static const struct format zstd = {.name = "zstd"};
/* A window that the library would need too much memory for: another process has memory of its own. */
static const struct format zstd_long = {"zstd", "zstd", {"-dcq", "--long=31"}, "zstd"};
static const struct format gzip = {"gzip", "gzip", {"-dc"}, "gzip"};
static const struct format xz = {"xz", "xz", {"-dc"}, "xz-utils"};
static const struct format bzip2 = {"bzip2", "bzip2", {"-dc"}, "bzip2"};
static const struct format lz4 = {"lz4", "lz4", {"-dcq"}, "lz4"};

const struct format *format_of(struct span head)
{
	switch (unzstd_recognize(head)) {
	case UNZSTD_NO: break;
	case UNZSTD_YES: return &zstd;
	case UNZSTD_TOO_LARGE: return &zstd_long;
	}
	if (span_starts(head, SPAN("\x1f\x8b\x08")) || span_starts(head, SPAN("\x1f\x9d"))) /* deflate; old compress */
		return &gzip;
	if (span_starts(head, SPAN("\xfd" "7zXZ\0")))
		return &xz;
	if (span_starts(head, SPAN("\x04\x22\x4d\x18")) ||
	    span_starts(head, SPAN("\x02\x21\x4c\x18"))) /* frame; legacy */
		return &lz4;
	if (head.len >= 10 && span_starts(head, SPAN("BZh")) && head.ptr[3] >= '1' && head.ptr[3] <= '9') {
		struct span block = span_from(head, 4); /* text may begin with "BZh1": a block or the end must follow */
		if (span_starts(block, SPAN("\x31\x41\x59\x26\x53\x59")) ||
		    span_starts(block, SPAN("\x17\x72\x45\x38\x50\x90")))
			return &bzip2;
	}
	return NULL;
}

enum text_form text_form_of(struct span head, size_t *mark_bytes)
{
	*mark_bytes = 2;
	if (span_starts(head, SPAN("\xff\xfe")) && !span_starts(head, SPAN("\xff\xfe\0\0"))) /* that would be UTF-32 */
		return TEXT_UTF16LE;
	if (span_starts(head, SPAN("\xfe\xff")))
		return TEXT_UTF16BE;
	*mark_bytes = span_starts(head, SPAN("\xef\xbb\xbf")) ? 3 : 0;
	return TEXT_AS_IS;
}

/* ---- binary ------------------------------------------------------------------------------------------------------ */

/* Random bytes hold 10% control characters, executables more NULs than that, logs hardly any; a log in an 8-bit
 * charset has none but is invalid in every accented letter. */
enum {
	CONTROL_SHARE = 32, /* one odd control character in so many bytes is binary … */
	CONTROL_MIN = 8,    /* … when there are so many at least */
	INVALID_SHARE = 2,
	HOLE_BYTES = 4096,  /* a run of NULs like this is a hole: a log that was truncated under its writer */
};

static bool is_odd_control(unsigned char c)
{
	return (c < 0x20 && !(c >= '\a' && c <= '\r') && c != 0x1b) || c == 0x7f;
}

bool source_looks_binary(struct span head)
{
	size_t controls = 0, invalid = 0, holes = 0;
	const char *end = head.ptr + head.len;
	for (const char *p = head.ptr; p < end;) {
		uint32_t cp;
		bool valid;
		size_t n = 1;
		if (*p == '\0') {
			while (p + n < end && p[n] == '\0')
				n++;
			if (n >= HOLE_BYTES)
				holes += n;
			else
				controls += n;
		} else if (*p > 0) {
			controls += is_odd_control((unsigned char)*p);
		} else {
			n = utf8_decode(p, end, &cp, &valid);
			if (!valid && p + 4 <= end) /* the head may end inside a character */
				invalid += n;
		}
		p += n;
	}
	size_t judged = head.len - holes;
	return (holes && !judged) || (controls >= CONTROL_MIN && controls > judged / CONTROL_SHARE) ||
	       invalid > judged / INVALID_SHARE;
}

const char *source_binary_kind(struct span head)
{
	static const struct {
		struct span magic;
		size_t at;
		const char *what;
	} kinds[] = {
		{{"LPKSHHRH", 8}, 0, "a systemd journal: give the output of journalctl --file"},
		{{"ElfFile", 8}, 0, "a Windows event log: export it as text"},
		{{"\x7f" "ELF", 4}, 0, "an ELF program or core"},
		{{"PK\x03\x04", 4}, 0, "a zip archive: give the output of unzip -p"},
		{{"7z\xbc\xaf\x27\x1c", 6}, 0, "a 7z archive: give the output of 7z x -so"},
		{{"Rar!", 4}, 0, "a rar archive: unpack it first"},
		{{"ustar", 5}, 257, "a tar archive: give the output of tar -xOf"},
		{{"SQLite format 3", 16}, 0, "an SQLite database"},
		{{"\xd4\xc3\xb2\xa1", 4}, 0, "a packet capture: give the output of tcpdump -r"},
		{{"\x0a\x0d\x0d\x0a", 4}, 0, "a packet capture: give the output of tcpdump -r"},
		{{"%PDF-", 5}, 0, "a PDF document"},
		{{"\x89PNG", 4}, 0, "a PNG picture"},
		{{"\xff\xd8\xff", 3}, 0, "a JPEG picture"},
		{{"\xca\xfe\xba\xbe", 4}, 0, "a compiled class or program"},
		{{"\xff\xfe\0\0", 4}, 0, "UTF-32 text: convert it with iconv -f UTF-32"},
		{{"\0\0\xfe\xff", 4}, 0, "UTF-32 text: convert it with iconv -f UTF-32"},
	};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (span_starts(span_from(head, kinds[i].at), kinds[i].magic))
			return kinds[i].what;
	return "";
}
