/* The shape of a line, and that the exact mask never tells two lines of one shape apart. */
#include "base/buf.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/mem.h"
#include "log/mask.h"
#include "log/shape.h"
#include "text/kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static uint64_t random_state = 88172645463325252u;

static uint32_t random_below(uint32_t n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 33) % n;
}

static void expect_shape(const char *line, const char *shape)
{
	char out[1024];
	size_t len = shape_line(span_of_str(line), out);
	out[len] = '\0';
	assert_string_equal(out, shape);
}

static void expect_masked(const char *line, const char *pattern)
{
	static struct masker masker;
	char shape[1024], text[1024], out[2048];
	bool cut;
	mask_exact(&masker, span_of(shape, shape_line(span_of_str(line), shape)));
	size_t len = mask_text(&masker, text, sizeof text, &cut);
	len = mask_pattern(span_of(text, len), out, sizeof out - 1);
	out[len] = '\0';
	assert_string_equal(out, pattern);
}

static void numbers_and_what_joins_them_are_one_mask(void **state)
{
	(void)state;
	expect_shape("2024-01-02T03:04:05.678Z x", "0 x");
	expect_shape("10.0.0.1:8080 -> ::1", "0 -> ::0");
	expect_shape("id 550e8400-e29b-41d4-a716-446655440000 ok", "id 0 ok");
	expect_shape("[1, 2, 3] and [4,5]", "[0] and [0]");
	expect_shape("1;2", "0;0");
	expect_shape("a-1 1-a", "a-0 0-a");
}

static void words_are_masked_from_their_first_digit_on(void **state)
{
	(void)state;
	expect_shape("node17 took 10ms", "node0 took 0");
	expect_shape("cafe and cafe1", "cafe and 0");
	expect_shape("x7f9k log4j2", "0 0");
	expect_shape("0x1f 3rd", "0 0");
	expect_shape("blk_-507 attempt_1_2", "blk_-0 attempt_0_0");
}

static void a_word_glued_to_a_number_stays_visible(void **state)
{
	(void)state;
	expect_shape("5failed 12passed", "0failed 0passed");
	expect_shape("1-5failed", "0failed");
	expect_shape("5Failed 5faileD 5fai", "0 0 0");
}

static void long_random_words_are_masked_and_names_are_not(void **state)
{
	(void)state;
	expect_shape("aKjdPQxWhdMnZbTfGcRtYw", "0");
	expect_shape("id aKjdPQ2WhdM4ZbTfGcRtYw", "id 0");
	expect_shape("RetryUpToMaximumCountWithFixedSleep", "RetryUpToMaximumCountWithFixedSleep");
	expect_shape("IllegalArgumentException", "IllegalArgumentException");
	expect_shape("internationalization", "internationalization");
	expect_shape("HTTPServerConnectionPool", "HTTPServerConnectionPool");
}

static void paths_are_masked_from_a_leading_slash_on(void **state)
{
	(void)state;
	expect_shape("open /var/log/x.log: gone", "open /~: gone");
	expect_shape("\"/a/b\" (/c/d1) </e>", "\"/~\" (/~) </~>");
	expect_shape("https://host.tld:80/p?q=/r", "https:/~:0/p?q=/~");
	expect_shape("and/or src/main.c 1/2 / // /*", "and/or src/main.c 0 / // /*");
	expect_shape("/x.c:12:5: error", "/~:0: error");
}

static void white_space_is_one_space_and_none_at_the_end(void **state)
{
	(void)state;
	expect_shape("  a \t b\x01\x7f" "c  ", " a b c");
	expect_shape("", "");
	expect_shape("   ", "");
}

static void other_bytes_stay(void **state)
{
	(void)state;
	expect_shape("\xE2\x9C\x93 caf\xC3\xA9 5\xC2\xB5s", "\xE2\x9C\x93 caf\xC3\xA9 0\xC2\xB5s");
	expect_shape("\xFF\x80 1\xFF", "\xFF\x80 0\xFF");
}

static void variable_words_are_masked_and_text_is_kept(void **state)
{
	(void)state;
	expect_masked("Connection from 10.0.0.1 port 22", "Connection from <*> port <*>");
	expect_masked("Jun 18 02:08:11 host sshd[12]: bye.", "<*> <*> host sshd[<*>]: bye");
	expect_masked("open /var/log/x.log: No such file or directory", "open <*>: No such file or directory");
	expect_masked("GET https://a.b/c?d=(e) done", "GET <*> done");
	expect_masked("and/or text/html src/main.c a/b/c", "and/or text/html <*> <*>");
	expect_masked("org.example.app.Main mail bob@example.org", "<*> mail <*>");
	expect_masked("took 5µs or 5 ms", "took <*> or <*>");
	expect_masked("copied 10 MB in 3 seconds", "copied <*> in <*>");
	expect_masked("link 00:1b:44:11:3a:b7 to fe80::a1:b or ab:cd:ef:ab:cd:e1", "link <*> to <*> or <*>");
	expect_masked("exception......0 done", "exception...<*> done");
	expect_masked("cafebabe added", "<*> added");
	expect_masked("===================== FAILURES =======", "=== FAILURES ===");
}

static void values_after_equals_are_masked_unless_they_are_words(void **state)
{
	(void)state;
	expect_masked("uid=0 tty=ssh ruser= user=root rhost=null", "uid=<*> tty=ssh ruser= user=root rhost=<*>");
	expect_masked("room=<memory:0, vCores:-27>, next=Rect(0, 1 - 2) x", "room=<*>, next=<*> x");
	expect_masked("msg=\"two words\" path=\"two words\"", "msg=\"two words\" path=\"<*>\"");
	expect_masked("name='a' is 'b' or 'c d' isn't", "name='<*>' is '<*>' or 'c d' isn't");
	expect_masked("a == b => c", "a == b => c");
}

static void keys_of_json_are_constants_and_their_values_are_not(void **state)
{
	(void)state;
	expect_masked("{\"level\":\"info\",\"msg\":\"took 5 ms\",\"user\":\"ann b\",\"n\":3,\"x\":null}",
	              "{\"level\":\"<*>\",\"msg\":\"took <*>\",\"user\":\"<*>\",\"n\":<*>,\"x\":<*>}");
	expect_masked("{\"a\": [\"x\", \"y\"], \"b\": [], \"c\": [{\"d\": 1}, {\"d\": 2}, {\"d\": 3}]}",
	              "{\"a\": <*>, \"b\": <*>, \"c\": [{\"d\": <*>}]}");
}

static void lists_of_any_length_are_one(void **state)
{
	(void)state;
	expect_masked("hosts (a1, b2, c3) up", "hosts (<*>) up");
	expect_masked("[('x', 1), ('y', 2), ('z', 3)]", "[('<*>', <*>)]");
	expect_masked("load 0.1, 0.2, 0.3", "load <*>");
	expect_masked("delete b1 b2 b3 b4 of c1 c2", "delete <*> of <*> <*>");
}

/* Log-like lines from pieces that are made to meet in one shape often. */
static size_t make_line(char *out, size_t cap)
{
	static const char *const pieces[] = {
		" ",   "  ",  "\t",   "1",    "22",  "a",    "be",   "cafe", "x",    "Foo",  "fooBar", "=",    "==",    ":",    "::",
		",",   ", ",  ".",    "..",   "/",   "//",   "-",    "+",    "_",    "(",    ")",      "[",    "]",     "{",    "}",
		"<",   ">",   "\"",   "'",    "`",   "|",    ";",    "\\",   "@",    "http", "null",   "Jan",  "Mon",   "ms",   "KB",
		"msg", "#",   "\xE2\x94\x80", "\xE2\x80\x98", "\xE2\x80\x99", "\xC3\xA9", "5failed", "f00", "\x01", "?", "key=", "\"k\":"};
	size_t len = 0, count = random_below(14);
	for (size_t i = 0; i < count; i++) {
		const char *p = pieces[random_below(sizeof pieces / sizeof *pieces)];
		size_t n = strlen(p);
		if (len + n > cap)
			break;
		memcpy(out + len, p, n);
		len += n;
	}
	return len;
}

/* The same line with other numbers, lengths of number lists and white space: of one shape, most of the time. */
static size_t vary(const char *line, size_t len, char *out, size_t cap)
{
	size_t o = 0;
	for (size_t i = 0; i < len && o + 8 < cap; i++) {
		char c = line[i];
		if (c >= '0' && c <= '9') {
			for (uint32_t n = 1 + random_below(3); n > 0; n--)
				out[o++] = (char)('0' + random_below(10));
			if (random_below(4) == 0) {
				out[o++] = ",-./:+"[random_below(6)];
				out[o++] = '7';
			}
		} else {
			out[o++] = c;
			if (c == ' ' && random_below(3) == 0)
				out[o++] = ' ';
		}
	}
	return o;
}

/* Plain twin of the contract: what is one shape has one exact mask. Both partitions are kept as pairs in a hash
 * table. */
static void the_shape_refines_the_exact_mask(void **state)
{
	(void)state;
	enum { LINES = 60000, SLOTS = 1 << 18 };
	struct pair {
		uint64_t shape, key;
	} *pairs = calloc(SLOTS, sizeof *pairs);
	assert_non_null(pairs);
	static struct masker masker;
	char line[256], varied[1024], shape[1024];
	size_t met = 0, len = 0;
	for (size_t i = 0; i < LINES; i++) {
		if (i % 2 == 0)
			len = make_line(line, sizeof line);
		size_t n = i % 2 ? vary(line, len, varied, sizeof varied) : len;
		const char *text = i % 2 ? varied : line;
		struct span s = {shape, shape_line(span_of(text, n), shape)};
		assert_true(s.len <= n);
		mask_exact(&masker, s);
		uint64_t hash = hash64(s.ptr, s.len) | 1, key = mask_key(&masker);
		size_t slot = hash % SLOTS;
		while (pairs[slot].shape && pairs[slot].shape != hash)
			slot = (slot + 1) % SLOTS;
		if (pairs[slot].shape) {
			met++;
			assert_true(pairs[slot].key == key);
		}
		pairs[slot] = (struct pair){hash, key};
	}
	assert_true(met > LINES / 8); /* else the test would show nothing */
	free(pairs);
}

static void masked_text_reads_back_as_the_same_tokens_or_finer(void **state)
{
	(void)state;
	static struct masker masker;
	char line[256], shape[256], text[1024];
	for (size_t i = 0; i < 20000; i++) {
		size_t len = make_line(line, sizeof line);
		bool cut;
		mask_exact(&masker, span_of(shape, shape_line(span_of(line, len), shape)));
		struct span masked = {text, mask_text(&masker, text, sizeof text, &cut)};
		struct span token;
		size_t at = 0, bytes = 0, masks = 0, expected_masks = 0;
		bool space;
		while (mask_next(masked, &at, &token, &space)) {
			bytes += token.len + space;
			masks += token.ptr[0] == MASK_BYTE;
		}
		for (size_t t = 0; t < masker.count; t++)
			expected_masks += masker.tokens[t].kind == MASK_MASK;
		assert_int_equal(bytes, masked.len);
		assert_int_equal(masks, expected_masks);
	}
}

/* ---- every implementation against the plain one ---------------------------------------------------------------------- */

/* The line ends where its memory does, and so does the room for the shape: a sanitizer sees what is beyond. */
static void expect_same(const char *text, size_t len, size_t from)
{
	static struct classes classes;
	char *line = mem_alloc(len + 1), *end = line + 1, *want = mem_alloc(len + 1), *out = mem_alloc(len + 1);
	memcpy(end, text, len);
	struct span tail = span_of(end + from, len - from);
	size_t want_len = shape_line_plain(tail, want);
	for (size_t k = 0; kernel_name(k); k++) {
		if (!kernel_use(kernel_name(k)))
			continue;
		classes_use(kernel_name(k));
		size_t got = shape_line(tail, out);
		if (got != want_len || memcmp(out, want, got) != 0)
			fail_msg("%s, from %zu: \"%.*s\"\nis   \"%.*s\"\nwant \"%.*s\"", kernel_name(k), from, (int)len, text, (int)got, out, (int)want_len, want);
		if (!classes_of(span_of(end, len), &classes))
			continue;
		memset(out, 'x', len + 1);
		got = shape_of_classes(span_of(end, len), from, &classes, out);
		if (got != want_len || memcmp(out, want, got) != 0)
			fail_msg("%s, behind %zu: \"%.*s\"\nis   \"%.*s\"\nwant \"%.*s\"", kernel_name(k), from, (int)len, text, (int)got, out, (int)want_len, want);
		assert_true(out[len] == 'x');
	}
	free(line);
	free(want);
	free(out);
}

static void every_implementation_gives_the_same_of_any_bytes(void **state)
{
	(void)state;
	char line[400];
	for (int round = 0; round < 20000; round++) {
		size_t len = random_below(sizeof line + 1);
		uint32_t kind = random_below(4);
		for (size_t i = 0; i < len; i++)
			line[i] = (char)(kind == 0   ? random_below(256)
			                 : kind == 1 ? (uint32_t)"0123456789abcfgzAFGZ"[random_below(20)]
			                 : kind == 2 ? (uint32_t)"1a ,:/-.\t_~@x"[random_below(13)]
			                             : (uint32_t)" ,7/9g-\x7f\x01+\xc3"[random_below(11)]);
		expect_same(line, len, len ? random_below(3) * random_below((uint32_t)len) / 2 : 0);
	}
}

static const char *const pieces_of_logs[] = {
	"2024-01-02T03:04:05.678Z", " ", "  ", " ", "INFO", "vG5WELh1CAT9Aig6hMHsyG", "aKjdPQxWhdMnZbTfGcRtYw", "IllegalArgumentException", "internationalization",
	"550e8400-e29b-41d4-a716-446655440000", "/usr/lib/x.so.1", "//", "/", "and/or", "[1, 2, 3]", "[1,  2,\t3]", "5failed", "17passedX", "deadbeef", "cafe1", "0x1f",
	"10.0.0.1:8080", ", ", ",", ":", "=", "-", "node17", "x7f9k", "\t", "\x01", "\x7f", "caf\xC3\xA9", "/~", "/.", "/@", "///a", "5\xC2\xB5s", "1-2-3failed",
	"99999999999999999999999999999999999999999999999999999999999999999999999999999999", "99aaaag", "HTTPServerConnectionPool",
	"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklm",
	"AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEfGhIjKlMnOpQrStUvWxYzAbCdEfGhIjKlMnOpQrStUvWxYzAbCdEfGhIjKlMnOpQrStUvWxYz",
	"3aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaag",
};

static void every_implementation_gives_the_same_of_logs(void **state)
{
	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct buf line = {0};
		for (uint32_t n = random_below(round % 50 ? 24 : 400); n > 0; n--)
			buf_add_str(&line, pieces_of_logs[random_below(sizeof pieces_of_logs / sizeof *pieces_of_logs)]);
		line.len = line.len < LINE_JUDGED_BYTES + LINE_TAIL_BYTES ? line.len : LINE_JUDGED_BYTES + LINE_TAIL_BYTES;
		expect_same(line.ptr ? line.ptr : "", line.len, line.len && round % 2 ? random_below((uint32_t)line.len) : 0);
		buf_release(&line);
	}
}

static void every_implementation_gives_the_same_wherever_something_stands(void **state)
{
	(void)state;
	static const char fills[] = " a1Zg/,-\t.";
	char line[300];
	for (size_t p = 0; p < sizeof pieces_of_logs / sizeof *pieces_of_logs; p++)
		for (size_t at = 40; at < 140; at++) {
			size_t n = strlen(pieces_of_logs[p]);
			memset(line, fills[(p + at) % (sizeof fills - 1)], sizeof line);
			for (size_t i = 0; i < sizeof line; i += 2)
				line[i] = fills[(p * 7 + at + i / 130) % (sizeof fills - 1)];
			line[at - 1] = ' ';
			memcpy(line + at, pieces_of_logs[p], n);
			line[at + n] = p % 2 ? ' ' : ',';
			expect_same(line, at + n, 0);
			expect_same(line, at + n + 1 + at % 50, 0);
		}
}

static void every_implementation_gives_the_same_of_very_long_words(void **state)
{
	(void)state;
	enum { LEN = LINE_JUDGED_BYTES + LINE_TAIL_BYTES };
	static const char *const kinds[] = {"a", "9", "f0", "Ab", "1aaaag", "/", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa9", " ", ", 1", ",  1", "-", "G/a "};
	char *line = mem_alloc(LEN);
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		size_t n = strlen(kinds[k]);
		for (size_t i = 0; i < LEN; i++)
			line[i] = kinds[k][i % n];
		expect_same(line, LEN, 0);
		expect_same(line, LEN - 63, 1);
		line[LEN / 2] = '7';
		line[LEN - 1] = 'g';
		expect_same(line, LEN, 64);
	}
	free(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_implementation_gives_the_same_of_any_bytes),
		cmocka_unit_test(every_implementation_gives_the_same_of_logs),
		cmocka_unit_test(every_implementation_gives_the_same_wherever_something_stands),
		cmocka_unit_test(every_implementation_gives_the_same_of_very_long_words),
		cmocka_unit_test(numbers_and_what_joins_them_are_one_mask),
		cmocka_unit_test(words_are_masked_from_their_first_digit_on),
		cmocka_unit_test(a_word_glued_to_a_number_stays_visible),
		cmocka_unit_test(long_random_words_are_masked_and_names_are_not),
		cmocka_unit_test(paths_are_masked_from_a_leading_slash_on),
		cmocka_unit_test(white_space_is_one_space_and_none_at_the_end),
		cmocka_unit_test(other_bytes_stay),
		cmocka_unit_test(variable_words_are_masked_and_text_is_kept),
		cmocka_unit_test(values_after_equals_are_masked_unless_they_are_words),
		cmocka_unit_test(keys_of_json_are_constants_and_their_values_are_not),
		cmocka_unit_test(lists_of_any_length_are_one),
		cmocka_unit_test(the_shape_refines_the_exact_mask),
		cmocka_unit_test(masked_text_reads_back_as_the_same_tokens_or_finer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
