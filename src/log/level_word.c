#include "log/level_word.h"

#include <stdint.h>

static const struct word {
	char name[14];
	unsigned char level, trust;
} words[] = {
#include "log/level_words.def"
};

/* How long the words above are that begin with this letter: most words are turned away here. A test holds the two together. */
#define L(n) (1u << (n))
static const uint16_t lengths[26] = {
	['a' - 'a'] = L(5),
	['c' - 'a'] = L(4) | L(6) | L(8),
	['d' - 'a'] = L(3) | L(4) | L(5) | L(6),
	['e' - 'a'] = L(3) | L(4) | L(5) | L(9),
	['f' - 'a'] = L(3) | L(4) | L(5) | L(6) | L(7),
	['i' - 'a'] = L(3) | L(4) | L(11) | L(13),
	['l' - 'a'] = L(3),
	['n' - 'a'] = L(4) | L(6),
	['p' - 'a'] = L(5),
	['s' - 'a'] = L(6),
	['t' - 'a'] = L(3) | L(4) | L(5),
	['v' - 'a'] = L(3) | L(7),
	['w' - 'a'] = L(3) | L(4) | L(7),
};

enum level level_word(const char *p, size_t len, enum level_trust *trust)
{
	if (len < 3 || len > 13)
		return LEVEL_NONE;
	unsigned first = ((unsigned char)p[0] | 0x20u) - 'a';
	if (first > 25 || !(lengths[first] >> len & 1))
		return LEVEL_NONE;
	char low[16] = {0};
	for (size_t i = 0; i < len; i++) {
		char c = p[i];
		low[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
	}
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (words[i].name[0] == low[0] && memcmp(words[i].name, low, sizeof words[i].name) == 0) {
			*trust = (enum level_trust)words[i].trust;
			return (enum level)words[i].level;
		}
	}
	return LEVEL_NONE;
}

enum level level_letter(char c)
{
	switch (c | 0x20) {
	case 'v': case 't': return LEVEL_TRACE;
	case 'd': return LEVEL_DEBUG;
	case 'i': return LEVEL_INFO;
	case 'n': return LEVEL_NOTICE;
	case 'w': return LEVEL_WARNING;
	case 'e': return LEVEL_ERROR;
	case 'f': case 'c': case 'a': return LEVEL_CRITICAL; /* fatal, critical, assert */
	default: return LEVEL_NONE;
	}
}

enum level level_number(unsigned long n)
{
	static const unsigned char syslog[8] = {
		LEVEL_CRITICAL, LEVEL_CRITICAL, LEVEL_CRITICAL, LEVEL_ERROR,
		LEVEL_WARNING, LEVEL_NOTICE, LEVEL_INFO, LEVEL_DEBUG,
	};
	static const unsigned char tens[7] = {
		LEVEL_NONE, LEVEL_TRACE, LEVEL_DEBUG, LEVEL_INFO, LEVEL_WARNING, LEVEL_ERROR, LEVEL_CRITICAL,
	};
	if (n < 8)
		return (enum level)syslog[n];
	return n % 10 == 0 && n <= 60 ? (enum level)tens[n / 10] : LEVEL_NONE;
}

bool level_listed(const char *p, size_t n, const char *const *list)
{
	for (; n > 0 && *list; list++) {
		if ((*list)[0] == p[0] && strncmp(*list, p, n) == 0 && (*list)[n] == 0)
			return true;
	}
	return false;
}
