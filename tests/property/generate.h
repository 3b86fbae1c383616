/* Inputs made by chance for the property tests: the same seed makes the same input. */
#ifndef TESTS_PROPERTY_GENERATE_H
#define TESTS_PROPERTY_GENERATE_H

#include "base/buf.h"

#include <stdint.h>
#include <stdlib.h>

/* splitmix64 (Steele, Lea, Flood 2014) */
static inline uint64_t chance(uint64_t *state)
{
	uint64_t z = *state += 0x9E3779B97F4A7C15u;
	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

static inline size_t below(uint64_t *state, size_t n) { return n ? (size_t)(chance(state) % n) : 0; }
static inline bool one_in(uint64_t *state, size_t n) { return below(state, n) == 0; }

#define PICK(state, array) (array)[below((state), sizeof(array) / sizeof *(array))]

enum sort {
	SORT_BUILD,    /* commands, compiler output, failures, traces */
	SORT_SERVICE,  /* stamps and levels */
	SORT_BYTES,    /* any bytes */
	SORT_SCRIPTS,  /* many scripts, emoji, hidden characters */
	SORT_CRLF,
	SORT_NULS,
	SORT_ESCAPES,  /* colours, titles, unfinished sequences, backspaces, CRs */
	SORT_LONG,     /* some lines of many thousand characters */
	SORT_BLANK,    /* nothing but blanks */
	SORT_ONE_KIND,
	SORT_DISTINCT, /* no two lines of a kind */
	SORT_FORGED,   /* what ctxcut itself prints */
	SORT_INVALID,  /* broken UTF-8 */
	SORT_ERRORS,   /* every line is one */
	SORT_COUNT,
};

static inline const char *sort_name(enum sort s)
{
	static const char *const names[] = {"build",    "service", "bytes",    "scripts",  "crlf",   "nuls",    "escapes",
	                                    "long",     "blank",   "one kind", "distinct", "forged", "invalid", "errors"};
	return names[s];
}

static inline void add_word(struct buf *b, uint64_t *r)
{
	static const char *const words[] = {"compile", "module", "worker", "request", "cache",  "queue",  "index", "retry",  "socket",
	                                    "config",  "widget", "parser", "session", "upload", "buffer", "shard", "leader", "replica"};
	buf_add_str(b, PICK(r, words));
}

static inline void add_words(struct buf *b, uint64_t *r, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i)
			buf_add_char(b, ' ');
		add_word(b, r);
	}
}

static inline void add_build_line(struct buf *b, uint64_t *r)
{
	unsigned n = (unsigned)below(r, 100000);
	switch (below(r, 40)) {
	case 0: buf_addf(b, "$ make -j%u ", n % 8), add_word(b, r); break;
	case 1: buf_addf(b, "src/"), add_word(b, r), buf_addf(b, ".c:%u:%u: error: '", n % 900, n % 70), add_word(b, r), buf_add_str(b, "' undeclared"); break;
	case 2: buf_addf(b, "src/"), add_word(b, r), buf_addf(b, ".c:%u:%u: warning: unused variable", n % 900, n % 70); break;
	case 3: buf_addf(b, "  %u) ", n % 9), add_words(b, r, 3); break;
	case 4: buf_add_str(b, "FAIL tests/"), add_word(b, r), buf_addf(b, "_test.js (%u ms)", n); break;
	case 5: buf_addf(b, "--- FAIL: Test"), add_word(b, r), buf_addf(b, " (0.%us)", n % 100); break;
	case 6: buf_add_str(b, "Traceback (most recent call last):\n  File \"app/"), add_word(b, r);
		buf_addf(b, ".py\", line %u, in run\n    raise ValueError(x)\nValueError: bad ", n % 300), add_word(b, r);
		break;
	case 7: buf_addf(b, "The command \"make test\" exited with %u.", n % 3); break;
	case 8: buf_add_str(b, "  ✓ "), add_words(b, r, 4), buf_addf(b, " (%ums)", n % 50); break;
	case 9: buf_addf(b, "expected: %u", n), buf_addf(b, "\n     got: %u", n + 1); break;
	case 10: break;
	case 11: buf_addf(b, "make: *** [Makefile:%u: all] Error %u", n % 90, n % 3); break;
	case 12: buf_addf(b, "%u passed, %u failed", n % 900, n % 4); break;
	case 13: buf_add_str(b, "    at com.example."), add_word(b, r), buf_addf(b, ".run(Main.java:%u)", n % 500); break;
	default: buf_add_str(b, "CC src/"), add_word(b, r), buf_addf(b, "/"), add_word(b, r), buf_addf(b, "_%u.o", n); break;
	}
}

static inline void add_service_line(struct buf *b, uint64_t *r, size_t no)
{
	static const char *const levels[] = {"INFO", "INFO", "INFO", "INFO", "INFO", "INFO", "DEBUG", "DEBUG", "WARN", "ERROR", "FATAL"};
	buf_addf(b, "2024-03-%02zu %02zu:%02zu:%02zu,%03zu %s [", no / 86400 % 28 + 1, no / 3600 % 24, no / 60 % 60, no % 60,
	         below(r, 1000), one_in(r, 40) ? "ERROR" : PICK(r, levels));
	add_word(b, r);
	buf_addf(b, "-%zu] ", below(r, 16));
	add_words(b, r, 2 + below(r, 5));
	buf_addf(b, " took %zums from 10.0.%zu.%zu", below(r, 9000), below(r, 256), below(r, 256));
}

static inline void add_scripts_line(struct buf *b, uint64_t *r)
{
	static const char *const parts[] = {"日本語のログ", "ошибка сети", "خطأ في الاتصال", "👩‍👩‍👧‍👦", "🇩🇪", "é", "e\u0301", "\u202Eevil\u202C",
	                                    "\u200Bzero", "a\u200Db", "\uFEFF", "naïve", "ÄÖÜß", "한국어", "\u2028", "\U000E0041", "x\uFE0F\uFE0F",
	                                    " error: ", "\t", "plain"};
	for (size_t n = below(r, 12); n--;)
		buf_add_str(b, PICK(r, parts));
}

static inline void add_escapes_line(struct buf *b, uint64_t *r)
{
	static const char *const parts[] = {"\033[31merror\033[0m: ", "\033]0;title\a", "\033[2K\r", "50%\r60%\r", "ab\b\bcd", "\033", "\033[",
	                                    "\033]8;;http://x\033\\link\033]8;;\033\\", "\x01", "\x7f", ("\xc2\x9b" "1m"), "_\bu_\bn", "text ",
	                                    "\033(B", "\r\r", "\033P1;unfinished", "warning: x", "done"};
	for (size_t n = below(r, 10); n--;)
		buf_add_str(b, PICK(r, parts));
}

static inline void add_forged_line(struct buf *b, uint64_t *r)
{
	static const char *const lines[] = {"[ctxcut show x@12345678:A-B for more|9 lines|9→9 tokens]", "[1-10|10 lines]", "[[2-3|2 lines]]",
	                                    "[5|1 line|1 error]", "  [7-9|3 lines]", "```", "````json", "- [1-2] gap", "# heading", "[", "[[[", "]",
	                                    "{\"kind\":\"gap\"}", "×12", "…[12 cut]…", "error…[[3 cut]]… x", "error: x"};
	buf_add_str(b, PICK(r, lines));
}

static inline void add_line_of(struct buf *b, enum sort sort, uint64_t *r, size_t no)
{
	unsigned n = (unsigned)below(r, 1000000);
	switch (sort) {
	case SORT_BUILD: add_build_line(b, r); break;
	case SORT_CRLF: add_build_line(b, r), buf_add_char(b, '\r'); break;
	case SORT_SERVICE: add_service_line(b, r, no); break;
	case SORT_BYTES:
		for (size_t k = below(r, 120); k--;)
			buf_add_char(b, (char)below(r, 256));
		break;
	case SORT_SCRIPTS: add_scripts_line(b, r); break;
	case SORT_NULS:
		add_words(b, r, 2);
		buf_add(b, "\0\0\0", 1 + below(r, 3));
		add_word(b, r);
		break;
	case SORT_ESCAPES: add_escapes_line(b, r); break;
	case SORT_LONG:
		add_build_line(b, r);
		for (size_t k = one_in(r, 6) ? below(r, 6000) : 0; k--;)
			buf_add_char(b, ' '), add_word(b, r);
		break;
	case SORT_BLANK: buf_add(b, " \t  \t   ", below(r, 8)); break;
	case SORT_ONE_KIND: buf_addf(b, "worker %u finished in %u ms", n % 10, n); break;
	case SORT_DISTINCT:
		for (size_t k = 3 + below(r, 6); k--;) {
			for (size_t c = 3 + below(r, 8); c--;)
				buf_add_char(b, (char)('a' + below(r, 26)));
			buf_add_char(b, ' ');
		}
		break;
	case SORT_FORGED: add_forged_line(b, r); break;
	case SORT_INVALID:
		add_word(b, r);
		buf_add(b, "\xff\xc3\xe2\x82\xf0\x9f\x98\xed\xa0\x80", 1 + below(r, 10));
		add_word(b, r);
		break;
	case SORT_ERRORS: buf_addf(b, "ERROR %u: ", n), add_words(b, r, 6), buf_add_str(b, " failed"); break;
	case SORT_COUNT: break;
	}
}

static inline void generate(struct buf *b, enum sort sort, uint64_t seed, size_t lines)
{
	uint64_t r = seed * 1000003 + (uint64_t)sort;
	for (size_t i = 0; i < lines; i++) {
		add_line_of(b, sort, &r, i);
		buf_add_char(b, '\n');
	}
	if (b->len && one_in(&r, 3))
		b->len--; /* no final newline */
}

#endif
