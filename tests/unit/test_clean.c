#include "text/clean.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "text/utf8.h"

#define FFFD "\xEF\xBF\xBD"

static uint64_t random_next(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

static void assert_span(struct span got, struct span want)
{
	if (!span_eq(got, want))
		print_error("got  \"%.*s\"\nwant \"%.*s\"\n", (int)got.len, got.ptr, (int)want.len, want.ptr);
	assert_true(span_eq(got, want));
}

static void assert_cleans_to(struct span line, struct span want)
{
	struct buf b = {0};
	buf_add_str(&b, "before"); /* clean_line appends */
	clean_line(&b, line);
	assert_span(span_from(buf_span(&b), 6), want);
	assert_int_equal(clean_is_clean(line), span_eq(line, want));
	buf_release(&b);
}

#define CLEANS(line, want) assert_cleans_to(SPAN(line), SPAN(want))
#define UNCHANGED(line) CLEANS(line, line)

static void plain_text_stays_as_it_is(void **state)
{
	(void)state;
	UNCHANGED("");
	UNCHANGED("make: *** [Makefile:12: all] Error 2");
	UNCHANGED("\tat java.lang.Thread.run(Thread.java:748)");
	UNCHANGED("~}| a tilde is the last printable character, DEL comes after it");
	UNCHANGED("Größe überschritten – 失敗しました ✗ \U0001F525");
	UNCHANGED("a long enough line to pass the wide steps, then a tab\there and more text behind it to end with");
}

static void colours_and_other_csi_sequences_are_dropped(void **state)
{
	(void)state;
	CLEANS("\x1b[31mred\x1b[0m", "red");
	CLEANS("\x1b[38;2;10;20;30;48:5:17mred\x1b[m", "red");
	CLEANS("a\x1b[2Kb\x1b[?25lc\x1b[1 qd", "abcd");
	CLEANS("\xc2\x9b" "1mbold\xc2\x9b" "0m", "bold");
	CLEANS("\x1b\x1b[1mx", "x");
}

static void a_csi_that_does_not_end_loses_only_its_introducer(void **state)
{
	(void)state;
	CLEANS("a\x1b[31", "a31");
	CLEANS("a\x1b[", "a");
	CLEANS("a\x1b", "a");
	CLEANS("a\x1b[31\x1b[0mb", "a31b");
	CLEANS("\x1b[ 404 errors", " 404 errors");
	CLEANS("a\x1b[1\xc3\xa9", "a1\xc3\xa9");
}

static void a_csi_longer_than_128_bytes_is_shown(void **state)
{
	(void)state;
	char line[200] = "\x1b[";
	memset(line + 2, '1', 180);
	line[2 + 127] = 'm';
	assert_cleans_to(span_of(line, 2 + 128), span_of("", 0));
	line[2 + 127] = '1';
	line[2 + 128] = 'm';
	assert_cleans_to(span_of(line, 2 + 129), span_of(line + 2, 129));
}

static void titles_hyperlinks_and_other_strings_are_dropped(void **state)
{
	(void)state;
	CLEANS("\x1b]0;a title\x07text", "text");
	CLEANS("\x1b]8;;https://example.org/a?b\x1b\\link\x1b]8;;\x1b\\", "link");
	CLEANS("\xc2\x9d" "0;title\xc2\x9ctext", "text");
	CLEANS("\x1bPq#0;2\x1b\\a\x1b_G\x1b\\b\x1b^pm\x1b\\c\x1bXsos\x1b\\d\x1bkname\x1b\\e", "abcde");
	CLEANS("\x1b]0;t\xc3\xaftre\x07text", "text");
}

static void a_string_that_does_not_end_hides_nothing(void **state)
{
	(void)state;
	CLEANS("\x1b]0;error: all is lost", "0;error: all is lost");
	CLEANS("\x1b]0;error\x1b[0m: lost\x07", "0;error: lost" FFFD);
	CLEANS("\xc2\x9d" "0;a\xc2\x9d" "b", "0;ab");
	CLEANS("\x1bPerror", "error");
	CLEANS("\x1b]0;a\x7f" "b\x07", "0;a" FFFD "b" FFFD);
	CLEANS("\x1b]0;a\xc2\x85" "b\x07", "0;a" FFFD "b" FFFD);
}

static void a_string_longer_than_2_kib_is_shown(void **state)
{
	(void)state;
	for (size_t len = 2040; len <= 2060; len++) {
		struct buf in = {0}, out = {0};
		buf_add_str(&in, "\x1b]");
		for (size_t i = 0; i < len; i++)
			buf_add_char(&in, 'x');
		buf_add_str(&in, "\x07.");
		clean_line(&out, buf_span(&in));
		if (len < 2048)
			assert_span(buf_span(&out), SPAN("."));
		else
			assert_int_equal(out.len, len + 3 + 1); /* the BEL became U+FFFD */
		buf_release(&in);
		buf_release(&out);
	}
}

static void charset_selection_and_short_escapes_are_dropped(void **state)
{
	(void)state;
	CLEANS("\x1b(Ba\x1b)0b\x1b%Gc\x1b#8d\x1b=e\x1b>f\x1b" "7g\x1b" "8h\x1b" "ci\x1bMj", "abcdefghij");
	CLEANS("\x1b$(Ca", "a");
	CLEANS("\x1b((((error", "((((error"); /* two intermediates at most: this is none */
}

static void backspace_overwrites_as_on_a_terminal(void **state)
{
	(void)state;
	CLEANS("N\bNA\bAM\bME\bE", "NAME");
	CLEANS("_\bf_\bi_\bl_\be", "file");
	CLEANS("f\b_i\b_", "fi");
	CLEANS("abc\b \b", "ab ");
	CLEANS("10%\b\b\b20%\b\b\b30%", "30%");
	CLEANS("ERROR\b\b\b\b\bok", "okROR");
	CLEANS("\b\ba", "a");
	CLEANS("\xc3\xa9\bx\xe2\x9c\x97\b!", "x!");
	CLEANS("x\b\xe2\x9c\x97\b", "\xe2\x9c\x97");
	CLEANS("ab\b\b\xc3\xa9", "\xc3\xa9" "b");
	CLEANS("a\rb\b\b\bc", "a c");
}

static void carriage_returns_become_one_space_inside_and_nothing_at_the_ends(void **state)
{
	(void)state;
	CLEANS("a\r", "a");
	CLEANS("a\r\r", "a");
	CLEANS("a\rb", "a b");
	CLEANS("a\r\rb", "a b");
	CLEANS("\ra", "a");
	CLEANS("\r", "");
	CLEANS("\x1b[2K\ra\r\x1b[K", "a");
}

static void other_controls_and_invalid_bytes_become_replacement_characters(void **state)
{
	(void)state;
	CLEANS("a\0b", "a" FFFD "b");
	CLEANS("a\x07\x7f\x0b", "a" FFFD FFFD FFFD);
	CLEANS("\xc2\x85\xc2\x80", FFFD FFFD);
	CLEANS("a\xff\xc3", "a" FFFD FFFD);
	CLEANS("\x9b" "1m", FFFD "1m");            /* a raw 8-bit CSI is not UTF-8 */
	CLEANS("\xe2\x9c|\xed\xa0\x80", FFFD "|" FFFD FFFD FFFD);
}

static void hidden_unicode_becomes_replacement_characters(void **state)
{
	(void)state;
	CLEANS("a\u202e\u2066\u2069\u200fb", "a" FFFD FFFD FFFD FFFD "b");
	CLEANS("a\u200b\u2060\ufeff\u2028\u2029b", "a" FFFD FFFD FFFD FFFD FFFD "b");
	CLEANS("a\U000E0041\U000E007F", "a" FFFD FFFD);
}

static void joiners_and_variation_selectors_stay_where_text_needs_them(void **state)
{
	(void)state;
	UNCHANGED("\u2764\ufe0f\u200d\U0001F525");
	UNCHANGED("\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645");
	CLEANS("\u263a\ufe0e\ufe01\U000E0110!", "\u263a\ufe0e" FFFD FFFD "!");
	CLEANS("a\u200d\u200c\u200db", "a\u200d" FFFD FFFD "b");
	CLEANS("a\ufe0e\x1b[m\ufe0f", "a\ufe0e" FFFD);
	CLEANS("a\ufe0e\u200c", "a\ufe0e" FFFD);
	CLEANS("a\ufe0e\r\ufe0f", "a\ufe0e \ufe0f");
	CLEANS("a\ufe0ex\b\ufe0f", "a\ufe0e" FFFD);
}

/* ---- properties -------------------------------------------------------------------------------------------------- */

static bool has_control(struct span s)
{
	const char *end = s.ptr + s.len;
	for (const char *p = s.ptr; p < end;) {
		uint32_t cp;
		bool valid;
		p += utf8_decode(p, end, &cp, &valid);
		if ((cp < 0x20 && cp != '\t') || (cp >= 0x7f && cp < 0xa0) || (cp >= 0x202a && cp <= 0x202e))
			return true;
	}
	return false;
}

/* Random bytes meet no escape sequence worth the name, so the pieces of one are mixed in. */
static struct buf make_line(uint64_t *seed)
{
	static const char *const pieces[] = {
		"\x1b", "\x1b[", "\x1b]", "\x1bP", "\x1b_", "\x1b\\", "\x1b(", "\xc2\x9b", "\xc2\x9d", "\xc2\x9c",
		"\x07", "\b", "\b\b\b", "\r", "\t", "31;1", "m", "K", "B", "text and more text that is plain",
		"\xc3\xa9", "\xe2\x9c\x97", "\u200d", "\ufe0f", "\u200b", "\u202e", "\xe2\x9c", "\xff", "\x7f", "_",
		" ", "\xc2", "\U0001F525", "\U000E0100",
	};
	struct buf b = {0};
	buf_reserve(&b, 0);
	for (size_t n = random_next(seed) % 24; n > 0; n--) {
		if (random_next(seed) % 6 == 0)
			buf_add_char(&b, (char)random_next(seed));
		else
			buf_add_str(&b, pieces[random_next(seed) % (sizeof pieces / sizeof *pieces)]);
	}
	return b;
}

static void cleaned_text_is_valid_utf8_without_controls_and_cleans_to_itself(void **state)
{
	(void)state;
	uint64_t seed = 7;
	struct buf once = {0}, twice = {0};
	for (int i = 0; i < 200000; i++) {
		struct buf line = make_line(&seed);
		buf_clear(&once);
		buf_clear(&twice);
		clean_line(&once, buf_span(&line));
		assert_true(utf8_valid(buf_span(&once)));
		assert_false(has_control(buf_span(&once)));
		assert_true(clean_is_clean(buf_span(&once)));
		clean_line(&twice, buf_span(&once));
		assert_span(buf_span(&twice), buf_span(&once));
		assert_int_equal(clean_is_clean(buf_span(&line)), span_eq(buf_span(&line), buf_span(&once)));
		assert_span(clean_view(buf_span(&line), &twice), buf_span(&once));
		struct span judged = clean_judged(buf_span(&line), &twice);
		assert_true(clean_is_clean(judged));
		buf_release(&line);
	}
	buf_release(&once);
	buf_release(&twice);
}

static bool is_clean_byte_by_byte(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((s.ptr[i] < 0x20 && s.ptr[i] != '\t') || s.ptr[i] == 0x7f)
			return false;
	return true;
}

static void one_odd_byte_is_found_wherever_it_stands(void **state)
{
	(void)state;
	char line[100];
	for (size_t len = 0; len <= sizeof line; len++)
		for (size_t at = 0; at < len; at++)
			for (int c = 0; c < 256; c += c < 0x22 || c > 0x7c ? 1 : 7) {
				memset(line, at % 3 ? '~' : ' ', len);
				if (at > 2)
					line[at / 2] = '\t';
				line[at] = (char)c;
				assert_int_equal(clean_is_clean(span_of(line, len)),
						 is_clean_byte_by_byte(span_of(line, len)));
			}
}

/* Text between sequences comes through: whatever is dropped is bounded and begins at an introducer. */
static void no_plain_text_outside_of_sequences_is_lost(void **state)
{
	(void)state;
	uint64_t seed = 11;
	struct buf out = {0};
	for (int i = 0; i < 20000; i++) {
		struct buf line = make_line(&seed);
		buf_add_char(&line, '\r'); /* ends any string, and stops any backspace */
		buf_add_str(&line, "error: kept");
		buf_clear(&out);
		clean_line(&out, buf_span(&line));
		assert_true(span_ends(buf_span(&out), SPAN("error: kept")));
		buf_release(&line);
	}
	buf_release(&out);
}

/* ---- judging and cutting ----------------------------------------------------------------------------------------- */

static void of_a_long_progress_line_the_last_shown_segment_is_judged(void **state)
{
	(void)state;
	struct buf line = {0}, scratch = {0};
	for (int i = 0; i < 100; i++)
		buf_addf(&line, "\x1b[32mdone %d%%\x1b[0m\r", i);
	buf_add_str(&line, "\x1b[K\r \r\r");
	assert_span(clean_judged(buf_span(&line), &scratch), SPAN("done 99%"));
	buf_clear(&line);
	buf_add_str(&line, "a\rb\r");
	assert_span(clean_judged(buf_span(&line), &scratch), SPAN("a b"));
	buf_clear(&line);
	for (int i = 0; i < 400; i++)
		buf_add_char(&line, '\r');
	assert_int_equal(clean_judged(buf_span(&line), &scratch).len, 0);
	buf_release(&line);
	buf_release(&scratch);
}

static void a_cut_part_by_part_changes_nothing(void **state)
{
	(void)state;
	static const char *const parts[] = {"word ", "\x1b[31mred\x1b[0m", "\x1b]0;title\a", "\xe6\x97\xa5\xe6\x9c\xac", "\r", "\r\n" "x", "\xff", "_\bu", "ab\bc",
	                                    "\xe2\x80\x8d", "\xef\xb8\x8f", "\xc2\x9b" "1m", "\x1b", "\t", "\x01", "e\xcc\x81"};
	enum { PART = 3000 };
	uint64_t seed = 1;
	for (int round = 0; round < 400; round++) {
		struct buf line = {0}, whole = {0}, joined = {0};
		while (line.len < 4 * PART) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			buf_add_str(&line, parts[(seed >> 33) % (round % 4 ? 16 : 3 + (size_t)round % 14)]);
		}
		clean_line(&whole, buf_span(&line));
		struct span rest = buf_span(&line);
		while (rest.len > PART) {
			size_t cut = clean_cut(span_head(rest, PART));
			assert_int_not_equal(cut, 0);
			clean_line(&joined, span_head(rest, cut));
			rest = span_from(rest, cut);
		}
		clean_line(&joined, rest);
		assert_span(buf_span(&joined), buf_span(&whole));
		buf_release(&line);
		buf_release(&whole);
		buf_release(&joined);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cut_part_by_part_changes_nothing),
		cmocka_unit_test(plain_text_stays_as_it_is),
		cmocka_unit_test(colours_and_other_csi_sequences_are_dropped),
		cmocka_unit_test(a_csi_that_does_not_end_loses_only_its_introducer),
		cmocka_unit_test(a_csi_longer_than_128_bytes_is_shown),
		cmocka_unit_test(titles_hyperlinks_and_other_strings_are_dropped),
		cmocka_unit_test(a_string_that_does_not_end_hides_nothing),
		cmocka_unit_test(a_string_longer_than_2_kib_is_shown),
		cmocka_unit_test(charset_selection_and_short_escapes_are_dropped),
		cmocka_unit_test(backspace_overwrites_as_on_a_terminal),
		cmocka_unit_test(carriage_returns_become_one_space_inside_and_nothing_at_the_ends),
		cmocka_unit_test(other_controls_and_invalid_bytes_become_replacement_characters),
		cmocka_unit_test(hidden_unicode_becomes_replacement_characters),
		cmocka_unit_test(joiners_and_variation_selectors_stay_where_text_needs_them),
		cmocka_unit_test(cleaned_text_is_valid_utf8_without_controls_and_cleans_to_itself),
		cmocka_unit_test(one_odd_byte_is_found_wherever_it_stands),
		cmocka_unit_test(no_plain_text_outside_of_sequences_is_lost),
		cmocka_unit_test(of_a_long_progress_line_the_last_shown_segment_is_judged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
