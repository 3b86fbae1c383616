#include "log/level_word.h"

static const struct word {
	char name[14];
	unsigned char level, trust;
} words[] = {
	{"error", LEVEL_ERROR, TRUST_COLUMN},
	{"info", LEVEL_INFO, TRUST_COLUMN},
	{"warn", LEVEL_WARNING, TRUST_COLUMN},
	{"warning", LEVEL_WARNING, TRUST_COLUMN},
	{"debug", LEVEL_DEBUG, TRUST_COLUMN},
	{"trace", LEVEL_TRACE, TRUST_COLUMN},
	{"fatal", LEVEL_CRITICAL, TRUST_COLUMN},
	{"notice", LEVEL_NOTICE, TRUST_COLUMN},
	{"err", LEVEL_ERROR, TRUST_COLUMN},
	{"crit", LEVEL_CRITICAL, TRUST_COLUMN},
	{"critical", LEVEL_CRITICAL, TRUST_COLUMN},
	{"emerg", LEVEL_CRITICAL, TRUST_COLUMN},
	{"dbg", LEVEL_DEBUG, TRUST_COLUMN},
	{"inf", LEVEL_INFO, TRUST_COLUMN},
	{"wrn", LEVEL_WARNING, TRUST_COLUMN},
	{"ftl", LEVEL_CRITICAL, TRUST_COLUMN},
	{"trc", LEVEL_TRACE, TRUST_COLUMN},
	{"vrb", LEVEL_TRACE, TRUST_COLUMN},
	{"eror", LEVEL_ERROR, TRUST_COLUMN}, /* four letters, for even columns */
	{"erro", LEVEL_ERROR, TRUST_COLUMN},
	{"dbug", LEVEL_DEBUG, TRUST_COLUMN},
	{"debg", LEVEL_DEBUG, TRUST_COLUMN},
	{"trce", LEVEL_TRACE, TRUST_COLUMN},
	{"fatl", LEVEL_CRITICAL, TRUST_COLUMN},
	{"fata", LEVEL_CRITICAL, TRUST_COLUMN},
	{"dpanic", LEVEL_CRITICAL, TRUST_COLUMN},
	{"severe", LEVEL_ERROR, TRUST_COLON},
	{"alert", LEVEL_CRITICAL, TRUST_COLON},
	{"emergency", LEVEL_CRITICAL, TRUST_COLON},
	{"panic", LEVEL_CRITICAL, TRUST_COLON},
	{"note", LEVEL_NOTICE, TRUST_COLON},
	{"failure", LEVEL_ERROR, TRUST_COLON},
	{"verbose", LEVEL_TRACE, TRUST_COLON},
	{"information", LEVEL_INFO, TRUST_COLON},
	{"log", LEVEL_INFO, TRUST_CAPS},
	{"fine", LEVEL_DEBUG, TRUST_CAPS},
	{"finer", LEVEL_TRACE, TRUST_CAPS},
	{"finest", LEVEL_TRACE, TRUST_CAPS},
	{"config", LEVEL_INFO, TRUST_CAPS},
	{"system", LEVEL_INFO, TRUST_FIELD},
	{"informational", LEVEL_INFO, TRUST_FIELD},
	{"fail", LEVEL_ERROR, TRUST_FIELD},
	{"normal", LEVEL_INFO, TRUST_FIELD},
	{"debug1", LEVEL_DEBUG, TRUST_COLON},
	{"debug2", LEVEL_DEBUG, TRUST_COLON},
	{"debug3", LEVEL_DEBUG, TRUST_COLON},
	{"debug4", LEVEL_TRACE, TRUST_COLON},
	{"debug5", LEVEL_TRACE, TRUST_COLON},
};

/* First letters of the words above: most words are turned away here. */
#define BIT(c) (1u << ((c) - 'a'))
static const unsigned first_letters = BIT('a') | BIT('c') | BIT('d') | BIT('e') | BIT('f') | BIT('i') | BIT('l') |
                                      BIT('n') | BIT('p') | BIT('s') | BIT('t') | BIT('v') | BIT('w');

enum level level_word(const char *p, size_t len, enum level_trust *trust)
{
	if (len < 3 || len > 13)
		return LEVEL_NONE;
	unsigned first = ((unsigned char)p[0] | 0x20u) - 'a';
	if (first > 25 || !(first_letters >> first & 1))
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
