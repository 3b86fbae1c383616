#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "log/level.h"

struct sample {
	enum level level;
	const char *line;
};

/* The line is handed over in a block of its exact size, so that a read past its end is seen by the address sanitizer.
 */
static enum level level_of(const char *text)
{
	size_t n = strlen(text);
	char *exact = malloc(n ? n : 1);
	memcpy(exact, text, n);
	enum level l = level_of_line(span_of(exact, n));
	free(exact);
	return l;
}

static void check(const struct sample *samples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		enum level l = level_of(samples[i].line);
		if (l != samples[i].level)
			fail_msg("%s, want %s: %s", level_name(l), level_name(samples[i].level), samples[i].line);
	}
}
#define CHECK(samples) check(samples, sizeof(samples) / sizeof *(samples))

static void service_logs_state_their_level_in_a_column(void **state)
{
	(void)state;
	static const struct sample s[] = {
		{LEVEL_INFO, "2024-01-02 03:04:05,123 INFO [main] shop.Cart: fixed error in parser"},
		{LEVEL_ERROR, "2024-01-02 03:04:05.123 ERROR 4711 --- [nio-8080-exec-1] shop.Cart : no such item"},
		{LEVEL_WARNING, "240102 030405 148 WARN store.Node$Writer: late answer"},
		{LEVEL_WARNING, "24/01/02 03:04:05 WARN shop.Cart: slow"},
		{LEVEL_ERROR, "2024-01-02 03:04:05,123 - shop.cart - ERROR - no such item"},
		{LEVEL_ERROR, "03:04:05.123 [main] ERROR shop.Cart - no such item"},
		{LEVEL_DEBUG, "[main] DEBUG shop.Cart - counting"},
		{LEVEL_INFO, "2024-01-02T03:04:05Z info starting with 3 errors"},
		{LEVEL_ERROR, "2024-01-02 03:04:05.678 | ERROR    | shop.cart:add:12 - no such item"},
		{LEVEL_ERROR, "2024-01-02|ERROR|shop|no such item"},
		{LEVEL_CRITICAL,
		 "- 1117838570 2024.01.02 R02-M1 2024-01-02-03.04.05.67 R02-M1 RAS KERNEL FATAL interrupt"},
		{LEVEL_INFO, "2024-01-02 03:04:05, Info                  CBS    Loaded stack"},
		{LEVEL_ERROR, "2024-01-02 03:04:05, Error                 CBS    Failed to load"},
		{LEVEL_DEBUG, "01-02 03:04:05.678  1702  2395 D WindowManager: text with an error"},
		{LEVEL_CRITICAL, "01-02 03:04:05.678  1702  2395 F libc    : Fatal signal 6"},
		{LEVEL_INFO, "2024-01-02T03:04:05.123+0000 I NETWORK  [conn12] end connection"},
	};
	CHECK(s);
}

static void a_level_may_stand_in_brackets(void **state)
{
	(void)state;
	static const struct sample s[] = {
		{LEVEL_ERROR, "[Sun Dec 04 04:47:44 2022] [error] child in error state 6"},
		{LEVEL_NOTICE, "[Sun Dec 04 04:47:44 2022] [mpm_event:notice] [pid 7] ready"},
		{LEVEL_ERROR, "[Sun Dec 04 04:47:44 2022] [core:error] [pid 7] no such file"},
		{LEVEL_ERROR, "2024/01/02 03:04:05 [error] 123#0: *1 open() failed"},
		{LEVEL_ERROR, "2024-01-02T03:04:05.123456Z 0 [ERROR] [MY-010119] [Server] Aborting"},
		{LEVEL_NOTICE, "2024-01-02T03:04:05.123456Z 0 [Note] [MY-010120] [Server] ready"},
		{LEVEL_ERROR, "[12:00:01 ERR] no such item"},
		{LEVEL_INFO, "[12:00:01 INF] 3 errors found"},
		{LEVEL_WARNING, "[2024-01-02 03:04:05,678: WARNING/MainProcess] no queue"},
		{LEVEL_WARNING, "[0.012s][warning][gc] late"},
		{LEVEL_ERROR, "[E 2024-01-02 03:04:05.678 App] no such page"},
		{LEVEL_ERROR, "[E 240102 03:04:05 web:1] no such page"},
		{LEVEL_ERROR, "[ERROR] COMPILATION ERROR : "},
		{LEVEL_INFO, "[INFO] 3 errors"},
		{LEVEL_ERROR, "[error] /src/Main.scala:3:4: not found"},
		{LEVEL_ERROR, "03:04:05.678 [error] GenServer terminating"},
		{LEVEL_ERROR, "[12:34/0102.030405:ERROR:bus.cc(12)] no socket"},
		{LEVEL_WARNING, "[Deprecation Warning] use the other"},
		{LEVEL_NONE, "[no error here]"},
		{LEVEL_NONE, "tool [--level {warn|error}] FILE"},
		{LEVEL_NONE, "[--level error] [--quiet]"},
		{LEVEL_ERROR, "[2024-01-02 03:04:05] production.ERROR: no such item {\"a\":1}"},
		{LEVEL_ERROR, "[2024-01-02, 03:04:05 UTC] {task.py:12} ERROR - no such item"},
	};
	CHECK(s);
}

static void letters_and_priorities_are_levels_where_loggers_put_them(void **state)
{
	(void)state;
	static const struct sample s[] = {
		{LEVEL_ERROR, "E0102 15:04:05.678901   12345 file.go:12] no such pod"},
		{LEVEL_INFO, "I20240102 15:04:05.678901 12345 file.cc:12] ready"},
		{LEVEL_NONE, "E0308 mismatched types"},
		{LEVEL_ERROR, "E/Tag( 123): broken"},
		{LEVEL_WARNING, "W/Tag: slow"},
		{LEVEL_ERROR, "E, [2024-01-02T03:04:05.678 #123] ERROR -- : broken"},
		{LEVEL_ERROR, "E: Unable to locate package foo"},
		{LEVEL_WARNING, "W: old option"},
		{LEVEL_ERROR, "e: file.kt: (1, 2): unresolved reference"},
		{LEVEL_ERROR, "<3>disk broken"},
		{LEVEL_CRITICAL, "<34>1 2024-01-02T03:04:05Z host app - - - text"},
		{LEVEL_NONE, "<div>error</div>"},
		{LEVEL_WARNING, "123:M 02 Jan 2024 03:04:05.678 # out of memory"},
		{LEVEL_NOTICE, "123:M 02 Jan 2024 03:04:05.678 * ready"},
		{LEVEL_INFO, "123:S 02 Jan 2024 03:04:05.678 - 3 clients"},
		{LEVEL_DEBUG, "123:C 02 Jan 2024 03:04:05.678 . loop"},
	};
	CHECK(s);
}

static void the_status_of_a_request_speaks_where_no_level_does(void **state)
{
	(void)state;
	static const struct {
		const char *line;
		enum level level;
		bool by_number;
	} rows[] = {
		{"{\"path\":\"/jam\",\"status\":503,\"ms\":12}", LEVEL_ERROR, true},
		{"{\"path\":\"/jam\",\"status\":200,\"ms\":12}", LEVEL_NONE, true},
		{"{\"status_code\":\"500\",\"path\":\"/jam\"}", LEVEL_ERROR, true},
		{"{\"status\":503,\"level\":\"info\"}", LEVEL_INFO, false},
		{"{\"status\":\"done\",\"path\":\"/jam\"}", LEVEL_NONE, false},
		{"{\"response\":{\"status\":503}}", LEVEL_NONE, false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		bool by_number = false;
		assert_int_equal(level_of_line_told(span_of_str(rows[i].line), &by_number), rows[i].level);
		assert_int_equal(by_number, rows[i].by_number);
	}
}

static void fields_of_json_and_key_value_lines_are_read(void **state)
{
	(void)state;
	static const struct sample s[] = {
		{LEVEL_ERROR, "{\"time\":\"x\",\"level\":\"error\",\"msg\":\"info\"}"},
		{LEVEL_ERROR, "{\"msg\":\"a \\\"level\\\":\\\"info\\\"\", \"severity\" : \"ERROR\"}"},
		{LEVEL_WARNING, "{\"levelname\": \"WARNING\", \"message\": \"x\"}"},
		{LEVEL_ERROR, "{\"name\":\"app\",\"level\":50,\"msg\":\"x\"}"},
		{LEVEL_WARNING, "{\"name\":\"app\",\"level\":40,\"msg\":\"x\"}"},
		{LEVEL_ERROR, "{\"levelno\":40,\"msg\":\"x\"}"},
		{LEVEL_ERROR, "{\"PRIORITY\":\"3\",\"MESSAGE\":\"x\"}"},
		{LEVEL_ERROR, "{\"t\":{\"$date\":\"x\"},\"s\":\"E\",\"c\":\"NETWORK\"}"},
		{LEVEL_ERROR, "{\"@timestamp\":\"x\",\"log.level\":\"ERROR\",\"message\":\"x\"}"},
		{LEVEL_ERROR, "{\"log\":{\"level\":\"error\"},\"message\":\"x\"}"},
		{LEVEL_INFO, "{\"err\":{\"level\":\"error\"},\"level\":\"info\"}"},
		{LEVEL_NONE, "{\"error\":null,\"depth\":1}"},
		{LEVEL_NONE, "{\"level\":1,\"name\":\"heading\"}"},
		{LEVEL_ERROR, "web_1  | {\"level\":\"error\"}"},
		{LEVEL_ERROR, "level=error ts=2024-01-02T03:04:05Z caller=a.go:12 msg=\"no level=info\""},
		{LEVEL_WARNING, "time=\"2024-01-02T03:04:05Z\" level=warning msg=\"no level=info\""},
		{LEVEL_INFO, "msg=\"has level=error in it\" lvl=info"},
		{LEVEL_ERROR, "2024-01-02T03:04:05Z app[web.1]: at=error code=H10 desc=\"App crashed\""},
		{LEVEL_NONE, "set the level=error option"},
		{LEVEL_NONE, "DEBUG=1 make test"},
	};
	CHECK(s);
}

static void a_word_before_a_colon_is_a_level(void **state)
{
	(void)state;
	static const struct sample s[] = {
		{LEVEL_ERROR, "ERROR:root:broken"},
		{LEVEL_WARNING, "WARNING: slow"},
		{LEVEL_ERROR, "src/a.c:12:3: error: 'x' undeclared"},
		{LEVEL_WARNING, "../src/a.c:12:3: warning: unused [-Wunused]"},
		{LEVEL_NOTICE, "src/a.c:12:3: note: declared here"},
		{LEVEL_CRITICAL, "src/a.c:12:3: fatal error: b.h: No such file or directory"},
		{LEVEL_ERROR, "error[E0308]: mismatched types"},
		{LEVEL_ERROR, "a.cs(12,3): error CS1002: ; expected [a.csproj]"},
		{LEVEL_ERROR, "../a/b.d.ts(1,2): error TS1005: ';' expected."},
		{LEVEL_CRITICAL, "LINK : fatal error LNK1104: cannot open file"},
		{LEVEL_CRITICAL, "fatal: not a git repository"},
		{LEVEL_ERROR, "PHP Parse error:  syntax error in x.php on line 3"},
		{LEVEL_CRITICAL, "PHP Fatal error:  Uncaught Exception"},
		{LEVEL_WARNING, "OpenJDK 64-Bit Server VM warning: option is old"},
		{LEVEL_WARNING, "x.py:3: DeprecationWarning: old"},
		{LEVEL_ERROR, "CMake Error at CMakeLists.txt:3 (message):"},
		{LEVEL_WARNING, "CMake Warning (dev) at CMakeLists.txt:3 (message):"},
		{LEVEL_ERROR, "Jan  2 03:04:05 host sshd[12]: error: broken pipe"},
		{LEVEL_CRITICAL, "2024-01-02 03:04:05.678 UTC [12] FATAL:  password authentication failed"},
		{LEVEL_INFO, "2024-01-02 03:04:05.678 UTC [12] LOG:  checkpoint starting"},
		{LEVEL_ERROR, "fail: Shop.Cart[0]"},
		{LEVEL_INFO, "info: Shop.Cart[14]"},
		{LEVEL_ERROR, "SEVERE: broken"},
		{LEVEL_DEBUG, "FINE: detail"},
		{LEVEL_NONE, "Fine: all is well"},
		{LEVEL_NONE, "  debug: false"},
		{LEVEL_NONE, "Error::new(3)"},
		{LEVEL_WARNING, "(process:12): GLib-GIO-WARNING **: no schema"},
		{LEVEL_NONE, "(process:12): GLib-GIO-thing **: no schema"},
		{LEVEL_WARNING, "%Warning-WIDTH: a.v:3: too wide"},
	};
	CHECK(s);
}

static void tools_have_forms_of_their_own(void **state)
{
	(void)state;
	static const struct sample s[] = {
		{LEVEL_ERROR, "npm ERR! code ELIFECYCLE"},
		{LEVEL_WARNING, "npm WARN deprecated x@1"},
		{LEVEL_ERROR, "npm error code E404"},
		{LEVEL_ERROR, "error Command failed with exit code 1."},
		{LEVEL_WARNING, "warning x@1.2.3: No license field"},
		{LEVEL_ERROR, "  12:3  error  'x' is not defined  no-undef"},
		{LEVEL_WARNING, "Warning  FailedMount  2m (x3 over 5m)  kubelet  MountVolume failed"},
		{LEVEL_WARNING, "2m    Warning   FailedMount   pod/x   MountVolume failed"},
		{LEVEL_ERROR, "##[error]Process completed with exit code 1."},
		{LEVEL_ERROR, "::error file=a.c,line=1::broken"},
		{LEVEL_NONE, "##[group]Run error tests"},
		{LEVEL_ERROR, "\xe2\x9d\x8c error: broken"},
		{LEVEL_ERROR, "\xe2\x94\x82 Error: broken"},
	};
	CHECK(s);
}

static void running_text_has_no_level(void **state)
{
	(void)state;
	static const struct sample s[] = {
		{LEVEL_NONE, ""},
		{LEVEL_NONE, "   \t "},
		{LEVEL_NONE, "Starting error-handler"},
		{LEVEL_NONE, "an error occurred"},
		{LEVEL_NONE, "error while loading shared libraries"},
		{LEVEL_NONE, "1 warning generated."},
		{LEVEL_NONE, "3 errors"},
		{LEVEL_NONE, "The ERROR was fixed"},
		{LEVEL_NONE, "Compiling error-chain v0.12"},
		{LEVEL_NONE, "2024-01-02 03:04:05 error in line 3"},
		{LEVEL_NONE, "--error-exitcode=1"},
		{LEVEL_NONE, "-error"},
		{LEVEL_NONE, "+error: added in a diff"},
		{LEVEL_NONE, "ok 12 - prints error: x"},
		{LEVEL_NONE, "info/exclude"},
		{LEVEL_NONE, "ERRORS=3"},
		{LEVEL_NONE, "fine"},
	};
	CHECK(s);
}

static void names_and_numbers_name_levels(void **state)
{
	(void)state;
	static const struct sample s[] = {
		{LEVEL_ERROR, "error"},	  {LEVEL_ERROR, "ERR"},	    {LEVEL_ERROR, "E"},	       {LEVEL_WARNING, "warn"},
		{LEVEL_WARNING, "W"},	  {LEVEL_CRITICAL, "crit"}, {LEVEL_CRITICAL, "Fatal"}, {LEVEL_ERROR, "<3>"},
		{LEVEL_NOTICE, "<13>"},	  {LEVEL_WARNING, "40"},    {LEVEL_CRITICAL, "60"},    {LEVEL_DEBUG, "7"},
		{LEVEL_TRACE, "verbose"}, {LEVEL_INFO, " info "},   {LEVEL_CRITICAL, "emerg"}, {LEVEL_NOTICE, "notice"},
	};
	for (size_t i = 0; i < sizeof s / sizeof *s; i++) {
		enum level l = LEVEL_NONE;
		assert_true(level_from_name(span_of_str(s[i].line), &l));
		assert_int_equal(l, s[i].level);
	}
	static const char *const none[] = {"", "errors", "41", "100", "<>", "x", "4a", "<200>", "warnings"};
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		enum level l = LEVEL_INFO;
		assert_false(level_from_name(span_of_str(none[i]), &l));
		assert_int_equal(l, LEVEL_INFO);
	}
	for (int l = LEVEL_TRACE; l <= LEVEL_CRITICAL; l++) {
		enum level back;
		assert_true(level_from_name(span_of_str(level_name((enum level)l)), &back));
		assert_int_equal(back, l);
	}
}

static void every_level_word_is_known(void **state)
{
	(void)state;
	enum { TRUST_COLUMN, TRUST_COLON, TRUST_CAPS, TRUST_FIELD };
	static const struct {
		const char *name;
		unsigned char level, trust;
	} words[] = {
#include "log/level_words.def"
	};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		enum level l = LEVEL_NONE;
		assert_true(level_from_name(span_of_str(words[i].name), &l));
		assert_int_equal(l, words[i].level);
		assert_true(words[i].trust <= TRUST_FIELD);
	}
}

static void any_bytes_and_any_cut_are_safe(void **state)
{
	(void)state;
	static const char alphabet[] = "[]{}()<>\"'\\:=|.,-/ \t#%!*EWIerror:warn INFO12\xc3\xa9";
	uint32_t seed = 1;
	for (int round = 0; round < 20000; round++) {
		char text[64];
		seed = seed * 1664525u + 1013904223u;
		size_t n = (seed >> 24) % sizeof text;
		for (size_t i = 0; i < n; i++) {
			seed = seed * 1664525u + 1013904223u;
			text[i] = alphabet[(seed >> 16) % sizeof alphabet];
		}
		char *exact = malloc(n ? n : 1);
		memcpy(exact, text, n);
		enum level l = level_of_line(span_of(exact, n));
		assert_true(l >= LEVEL_NONE && l <= LEVEL_CRITICAL);
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(service_logs_state_their_level_in_a_column),
		cmocka_unit_test(a_level_may_stand_in_brackets),
		cmocka_unit_test(letters_and_priorities_are_levels_where_loggers_put_them),
		cmocka_unit_test(fields_of_json_and_key_value_lines_are_read),
		cmocka_unit_test(the_status_of_a_request_speaks_where_no_level_does),
		cmocka_unit_test(a_word_before_a_colon_is_a_level),
		cmocka_unit_test(tools_have_forms_of_their_own),
		cmocka_unit_test(running_text_has_no_level),
		cmocka_unit_test(names_and_numbers_name_levels),
		cmocka_unit_test(every_level_word_is_known),
		cmocka_unit_test(any_bytes_and_any_cut_are_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
