#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "log/stamp.h"

#define SECOND INT64_C(1000000000)

/* The line is handed over in a block of its exact size, so that a read past its end is seen by the address sanitizer.
 */
static bool find(const char *line, struct stamp *out)
{
	size_t n = strlen(line);
	char *exact = malloc(n ? n : 1);
	memcpy(exact, line, n);
	bool found = stamp_find(span_of(exact, n), out);
	free(exact);
	return found;
}

static uint64_t state_of_random = 88172645463325252u;
static uint64_t next_random(void)
{
	state_of_random ^= state_of_random << 13;
	state_of_random ^= state_of_random >> 7;
	state_of_random ^= state_of_random << 17;
	return state_of_random;
}

/* Each format as strftime(3) takes it, with @3 @6 @9 for a fraction of so many digits, @z for +01:30 and @Z for +0130.
 */
static const struct format {
	const char *text;
	bool date, year, zone;
	int digits;
} formats[] = {
	{"%Y-%m-%d %H:%M:%S", true, true, false, 0},
	{"%Y-%m-%dT%H:%M:%SZ", true, true, true, 0},
	{"%Y-%m-%dT%H:%M:%S.@9Z text", true, true, true, 9},
	{"%Y-%m-%dT%H:%M:%S.@3@z text", true, true, true, 3},
	{"%Y-%m-%dT%H:%M:%S.@6@Z text", true, true, true, 6},
	{"%Y-%m-%d %H:%M:%S,@3 INFO text", true, true, false, 3},
	{"[%Y-%m-%d %H:%M:%S] text", true, true, false, 0},
	{"[%Y-%m-%d, %H:%M:%S UTC] {a.py:12} text", true, true, true, 0},
	{"%Y-%m-%d %H:%M:%S.@3 UTC [12] LOG:  text", true, true, true, 3},
	{"%Y/%m/%d %H:%M:%S [error] text", true, true, false, 0},
	{"%Y-%m-%d-%H.%M.%S.@6 text", true, true, false, 6},
	{"%Y%m%dT%H%M%SZ text", true, true, true, 0},
	{"%Y%m%d-%H:%M:%S:@3|text", true, true, false, 3},
	{"%Y%m%d%H%M%S text", true, true, false, 0},
	{"%y%m%d %H%M%S 148 INFO text", true, true, false, 0},
	{"%y/%m/%d %H:%M:%S INFO text", true, true, false, 0},
	{"%d/%b/%Y:%H:%M:%S @Z", true, true, true, 0},
	{"127.0.0.1 - frank [%d/%b/%Y:%H:%M:%S @Z] \"GET / HTTP/1.0\" 200", true, true, true, 0},
	{"%d-%b-%Y %H:%M:%S.@3 INFO text", true, true, false, 3},
	{"123:M %d %b %Y %H:%M:%S.@3 * text", true, true, false, 3},
	{"%d.%m.%Y %H:%M:%S text", true, true, false, 0},
	{"%m/%d/%Y %I:%M:%S %p text", true, true, false, 0},
	{"%b %e %H:%M:%S host app[12]: text", true, false, false, 0},
	{"<34>%b %e %H:%M:%S host app[12]: text", true, false, false, 0},
	{"<34>1 %Y-%m-%dT%H:%M:%S.@3Z host app - - - text", true, true, true, 3},
	{"%b %d, %Y %I:%M:%S %p shop.Cart add", true, true, false, 0},
	{"[%a %b %d %H:%M:%S %Y] [error] text", true, true, false, 0},
	{"[%a %b %d %H:%M:%S.@6 %Y] [core:error] text", true, true, false, 6},
	{"%a %b %e %H:%M:%S UTC %Y", true, true, true, 0},
	{"%a %b %e %H:%M:%S CEST %Y", true, true, false, 0},
	{"%a, %d %b %Y %H:%M:%S GMT", true, true, true, 0},
	{"%A, %d %B %Y %H:%M:%S text", true, true, false, 0},
	{"E%m%d %H:%M:%S.@6   12345 file.go:12] text", true, false, false, 6},
	{"I%Y%m%d %H:%M:%S.@6 12345 file.cc:12] text", true, true, false, 6},
	{"%m-%d %H:%M:%S.@3  1702  2395 D Tag: text", true, false, false, 3},
	{"[1234:56/%m%d/%H%M%S.@6:ERROR:a.cc(3)] text", true, false, false, 6},
	{"%H:%M:%S.@3 [main] INFO text", false, false, false, 3},
	{"[%H:%M:%S] text", false, false, false, 0},
	{"web_1  | %Y-%m-%dT%H:%M:%S.@9Z text", true, true, true, 9},
	{"{\"level\":\"error\",\"msg\":\"x\",\"time\":\"%Y-%m-%dT%H:%M:%S@z\"}", true, true, true, 0},
	{"time=\"%Y-%m-%dT%H:%M:%SZ\" level=info msg=\"text\"", true, true, true, 0},
	{"level=info ts=%Y-%m-%dT%H:%M:%S.@3Z msg=text", true, true, true, 3},
	{"=ERROR REPORT==== %d-%b-%Y::%H:%M:%S ===", true, true, false, 0},
	{"- %s 2005.06.03 R02 text", true, true, true, 0},
	{"%s.@3 180 192.0.2.1 TCP_MISS/200", true, true, true, 3},
	{"{\"ts\":%s.@6,\"level\":\"info\"}", true, true, true, 6},
	{"type=X msg=audit(%s.@3:24287): text", true, true, true, 3},
	{"%s@3 text", true, true, true, 3},
};

/* Writes `format` for the time; the text shows local time where the format has a zone. */
static void write_time(char *out, size_t size, const char *format, int64_t seconds, int nano, int zone_s)
{
	char plain[128];
	size_t n = 0;
	for (const char *p = format; *p; p++) {
		if (*p != '@') {
			plain[n++] = *p;
			continue;
		}
		p++;
		if (*p == 'z' || *p == 'Z') {
			int minutes = abs(zone_s) / 60;
			n += (size_t)snprintf(plain + n, sizeof plain - n, *p == 'z' ? "%c%02d:%02d" : "%c%02d%02d",
					      zone_s < 0 ? '-' : '+', minutes / 60, minutes % 60);
		} else {
			char nine[16];
			snprintf(nine, sizeof nine, "%09d", nano);
			memcpy(plain + n, nine, (size_t)(*p - '0'));
			n += (size_t)(*p - '0');
		}
	}
	plain[n] = 0;
	time_t t = (time_t)(seconds + zone_s);
	struct tm tm;
	gmtime_r(&t, &tm);
	assert_true(strftime(out, size, plain, &tm) > 0);
}

static void each_format_gives_back_the_time_that_it_was_made_of(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	for (size_t f = 0; f < sizeof formats / sizeof *formats; f++) {
		const struct format *format = &formats[f];
		for (int round = 0; round < 2000; round++) {
			/* 2001-09-09 (ten-digit seconds) to 2060 */
			int64_t seconds = 1000000000 + (int64_t)(next_random() % 1850000000);
			int nano = (int)(next_random() % 1000000000), step = 1;
			bool has_offset = strstr(format->text, "@z") || strstr(format->text, "@Z");
			int zone_s = has_offset ? ((int)(next_random() % 105) - 48) * 900 : 0;
			for (int i = format->digits; i < 9; i++)
				step *= 10;
			nano -= nano % step;
			char line[200];
			write_time(line, sizeof line, format->text, seconds, nano, zone_s);
			struct stamp s;
			if (!find(line, &s))
				fail_msg("no stamp in: %s", line);
			struct tm tm;
			time_t t = (time_t)seconds;
			gmtime_r(&t, &tm);
			int64_t want = seconds;
			if (!format->date) {
				want = seconds % 86400;
			} else if (!format->year) {
				tm.tm_year = 72;
				want = timegm(&tm);
			}
			if (s.time_ns != want * SECOND + nano || s.has_date != format->date ||
			    s.has_year != format->year || s.has_zone != format->zone || s.zone_s != zone_s ||
			    s.step_ns != step)
				fail_msg("%lld of step %lld, zone %d, want %lld: %s", (long long)s.time_ns,
					 (long long)s.step_ns, (int)s.zone_s, (long long)(want * SECOND + nano), line);
			assert_true(s.has_time);
			/* What is said to be the stamp is one: as an argument it means the same. */
			char text[100];
			snprintf(text, sizeof text, "%.*s", (int)(s.end - s.begin), line + s.begin);
			struct stamp again;
			assert_int_equal(stamp_parse_arg(text, &again, NULL), ERR_OK);
			assert_true(again.time_ns == s.time_ns && again.has_zone == s.has_zone &&
				    again.step_ns == s.step_ns);
			assert_int_equal(stamp_compare(&s, &again), 0);
		}
	}
}

static void invalid_times_and_other_numbers_are_no_stamps(void **state)
{
	(void)state;
	static const char *const lines[] = {
		"",
		"2024-13-01 03:04:05 month 13",
		"2024-00-01 03:04:05",
		"2024-02-30 03:04:05",
		"2023-02-29 03:04:05 not a leap year",
		"1900-02-29 03:04:05 nor this",
		"2024-01-32 03:04:05",
		"2024-01-02 24:00:00",
		"2024-01-02 03:60:00",
		"2024-01-02 03:04:61",
		"2024-01-02 no time of day",
		"0001-01-01T00:00:00Z a zero value",
		"0000-01-01T00:00:00Z",
		"9999999999999999999",
		"Jan 32 03:04:05 host",
		"Foo 12 03:04:05 host",
		"Elapsed 00:01:23",
		"ran for 00:01:23",
		"00:16:3e:5e:6c:00 an Ethernet address",
		"10:20:30:40:50:60",
		"E0308 mismatched types",
		"E1302 03:04:05.678901 1 a.go:1] month 13",
		"version 1.22.333 of 4567",
		"id 1700000000 in the text",
		"size=1700000000",
		"99999999999",
		"100 21071  100 21071    0     0  12183      0  0:00:01  0:00:01 --:--:-- 12179",
		"the file was compiled on 2024-01-02 03:04:05 by x",
		"Build Date: 2024-01-02T03:04:05Z",
		"                                                                                 2024-01-02 03:04:05 late",
	};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct stamp s;
		if (find(lines[i], &s))
			fail_msg("a stamp in: %s", lines[i]);
	}
}

static void the_range_of_the_stamp_is_told(void **state)
{
	(void)state;
	struct stamp s;
	assert_true(find("  [2024-01-02T03:04:05.6+01:00] x", &s));
	assert_int_equal(s.begin, 3);
	assert_int_equal(s.end, 30);
	assert_true(find("Jan  2 03:04:05 host", &s));
	assert_int_equal(s.begin, 0);
	assert_int_equal(s.end, 15);
}

static struct stamp arg(const char *text)
{
	struct stamp s;
	struct err e = {0};
	if (stamp_parse_arg(text, &s, &e) != ERR_OK)
		fail_msg("%s: %s", text, e.text);
	return s;
}

static void arguments_may_be_coarser_than_stamps(void **state)
{
	(void)state;
	assert_true(arg("2024-01-02").time_ns == 1704153600 * SECOND);
	assert_false(arg("2024-01-02").has_time);
	assert_true(arg("2024/01/02").time_ns == 1704153600 * SECOND);
	assert_true(arg("20240102").time_ns == 1704153600 * SECOND);
	assert_true(arg("2 Jan 2024").time_ns == 1704153600 * SECOND);
	assert_true(arg("Jan 2, 2024").time_ns == 1704153600 * SECOND);
	assert_false(arg("Jan 2").has_year);
	assert_true(arg("2024-01-02 03:04").time_ns == 1704164640 * SECOND);
	assert_true(arg("2024-01-02T03:04").time_ns == 1704164640 * SECOND);
	assert_true(arg("2024-01-02 03:04 +0100").time_ns == 1704161040 * SECOND);
	assert_true(arg(" 2024-01-02T03:04Z ").has_zone);
	assert_true(arg("03:04").time_ns == 11040 * SECOND);
	assert_false(arg("03:04").has_date);
	assert_true(arg("3:04:05 PM").time_ns == 54245 * SECOND);
	assert_true(arg("1704164640").time_ns == 1704164640 * SECOND);
	assert_true(arg("@1704164640").time_ns == 1704164640 * SECOND);
}

static void relative_and_broken_arguments_are_refused(void **state)
{
	(void)state;
	static const char *const relative[] = {
		"10 minutes ago", "yesterday", "today",		 "now", "-5m", "10m", "2h30m", "3 days",
		"last week",	  "1h",	       "Yesterday 03:04"};
	static const char *const broken[] = {"",
					     " ",
					     "foo",
					     "2024-13-01",
					     "2024-02-30",
					     "25:00",
					     "2024-01-02T03:04:05x",
					     "2024-01-02 03:04 and more",
					     "2024",
					     "12"};
	for (size_t i = 0; i < sizeof relative / sizeof *relative; i++) {
		struct stamp s;
		struct err e = {0};
		assert_int_equal(stamp_parse_arg(relative[i], &s, &e), ERR_USAGE);
		assert_non_null(strstr(e.text, "relative"));
		assert_non_null(strstr(e.text, relative[i]));
	}
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		struct stamp s;
		struct err e = {0};
		if (stamp_parse_arg(broken[i], &s, &e) != ERR_USAGE)
			fail_msg("taken: '%s'", broken[i]);
		assert_non_null(strstr(e.text, "is not a time"));
	}
}

static int compare(const char *line, const char *with)
{
	struct stamp s, a = arg(with);
	if (!find(line, &s))
		fail_msg("no stamp in: %s", line);
	return stamp_compare(&s, &a);
}

static void only_what_both_have_is_compared(void **state)
{
	(void)state;
	/* All of it. */
	assert_true(compare("2024-01-02 03:04:05 x", "2024-01-02 03:04:06") < 0);
	assert_true(compare("2024-01-02 03:04:07 x", "2024-01-02 03:04:06") > 0);
	assert_true(compare("2024-01-02 03:04:06 x", "2024-01-02 03:04:06") == 0);
	/* No year on one side. */
	assert_true(compare("Jan  2 03:04:05 host", "2024-01-02 03:04:04") > 0);
	assert_true(compare("Jan  2 03:04:05 host", "2023-01-02 03:04:06") < 0);
	assert_true(compare("2024-03-01 03:04:05 x", "Feb 29") > 0);
	assert_true(compare("Dec 31 23:59:59 host", "2024-01-01") > 0);
	assert_true(compare("Feb 29 00:00:00 host", "2023-03-01") < 0);
	/* No date on one side. */
	assert_true(compare("2024-01-02 03:04:05 x", "03:04:06") < 0);
	assert_true(compare("[23:00:00] x", "2024-01-02 03:04:06") > 0);
	assert_true(compare("Jan  2 03:04:05 host", "03:04") == 0);
	/* No zone on one side: as written. On both: as meant. */
	assert_true(compare("2024-01-02T03:04:05+02:00 x", "2024-01-02 03:04:05") == 0);
	assert_true(compare("2024-01-02T03:04:05+02:00 x", "2024-01-02T01:04:05Z") == 0);
	assert_true(compare("2024-01-02T03:04:05+02:00 x", "2024-01-02T03:04:05Z") < 0);
	assert_true(compare("2024-01-02T00:30:00+01:00 x", "23:30Z") == 0);
	/* The coarser step. */
	assert_true(compare("2024-01-02 03:04:05.678 x", "2024-01-02 03:04:05") == 0);
	assert_true(compare("2024-01-02 03:04:59 x", "2024-01-02 03:04") == 0);
	assert_true(compare("2024-01-02 23:59:59 x", "2024-01-02") == 0);
	assert_true(compare("2024-01-03 00:00:00 x", "2024-01-02") > 0);
	assert_true(compare("Jan  2 23:59:59 host", "Jan 2") == 0);
}

static void without_a_year_days_are_in_the_order_of_the_calendar(void **state)
{
	(void)state;
	int64_t day = -70 * 365;
	for (; day < 230 * 365; day++) {
		time_t t = (time_t)(day * 86400);
		struct tm tm;
		gmtime_r(&t, &tm);
		struct stamp line = {.time_ns = day * 86400 * SECOND,
				     .step_ns = SECOND,
				     .has_date = true,
				     .has_year = true,
				     .has_time = true};
		struct tm same = {.tm_year = 72, .tm_mon = tm.tm_mon, .tm_mday = tm.tm_mday};
		struct stamp without = {
			.time_ns = timegm(&same) * SECOND, .step_ns = SECOND, .has_date = true, .has_time = true};
		assert_int_equal(stamp_compare(&line, &without), 0);
		without.time_ns += 86400 * SECOND;
		if (tm.tm_mon != 11 || tm.tm_mday != 31)
			assert_true(stamp_compare(&line, &without) < 0);
	}
}

static void any_bytes_and_any_cut_are_safe(void **state)
{
	(void)state;
	static const char alphabet[] = "0123456789012345678901234567890123456789::--//..,,  TZ+[]\"|JanFebMonE\xc3";
	static const char whole[] =
		"[Sun, 04 December 2005 04:47:44.123456789 +01:30 2005] E0102 03:04:05 1700000000.5";
	for (size_t from = 0; from < sizeof whole; from++) {
		for (size_t to = from; to < sizeof whole; to++) {
			char text[sizeof whole];
			snprintf(text, sizeof text, "%.*s", (int)(to - from), whole + from);
			struct stamp s;
			find(text, &s);
			stamp_parse_arg(text, &s, NULL);
		}
	}
	for (int round = 0; round < 100000; round++) {
		char text[40];
		size_t n = next_random() % (sizeof text - 1);
		for (size_t i = 0; i < n; i++)
			text[i] = alphabet[next_random() % (sizeof alphabet - 1)];
		text[n] = 0;
		struct stamp s = {0};
		if (find(text, &s))
			assert_true(s.begin < s.end && s.end <= n);
	}
}

static void stamps_are_found_wherever_they_begin_near_the_start(void **state)
{
	(void)state;
	static const char *const stamps[] = {"2024-01-02T03:04:05Z", "Jan  2 03:04:05", "3:04:05 PM", "20240102T030405", "Tue Jan  2 03:04:05 2024",
					     "1/2/2024 3:04 PM"};
	for (size_t i = 0; i < sizeof stamps / sizeof *stamps; i++)
		for (size_t before = 0; before < 100; before++) {
			char text[160];
			struct stamp s = {0};
			int len = snprintf(text, sizeof text, "%*s%s x", (int)before, "", stamps[i]);
			assert_int_equal(stamp_find(span_of(text, (size_t)len), &s), before < 80);
			if (before < 80)
				assert_int_equal(s.begin, before);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_format_gives_back_the_time_that_it_was_made_of),
		cmocka_unit_test(invalid_times_and_other_numbers_are_no_stamps),
		cmocka_unit_test(the_range_of_the_stamp_is_told),
		cmocka_unit_test(arguments_may_be_coarser_than_stamps),
		cmocka_unit_test(relative_and_broken_arguments_are_refused),
		cmocka_unit_test(only_what_both_have_is_compared),
		cmocka_unit_test(without_a_year_days_are_in_the_order_of_the_calendar),
		cmocka_unit_test(stamps_are_found_wherever_they_begin_near_the_start),
		cmocka_unit_test(any_bytes_and_any_cut_are_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
