/* Level words, numbers and fields: the vocabulary of level.c, private to it. */
#ifndef CTXCUT_LOG_LEVEL_WORD_H
#define CTXCUT_LOG_LEVEL_WORD_H

#include "log/level.h"

static inline bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
static inline bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
static inline bool is_alpha(char c) { return is_lower((char)(c | 0x20)); }
static inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
static inline bool is_blank(char c) { return c == ' ' || c == '\t'; }
/* The byte at p, or 0 past the end. */
static inline char at(const char *p, const char *end) { return p < end ? *p : 0; }
static inline bool ends(char c) { return c == 0 || is_blank(c); }

/* True when the word is in a list that ends in NULL. */
bool level_listed(const char *p, size_t n, const char *const *list);

/* How much a place must prove before this word counts as a level there. */
enum level_trust {
	TRUST_COLUMN, /* plainly a level word: also in lower case in a column after a time stamp */
	TRUST_COLON,  /* also everyday language ("note", "alert"): in capitals, or before a colon */
	TRUST_CAPS,   /* more so ("fine", "log"): in brackets, as a field's value, in capitals before a colon */
	TRUST_FIELD,  /* most so ("system", "fail"): in brackets and as a field's value only */
};

/* LEVEL_NONE when the word, in whatever case, is none. Letters and digits only. */
enum level level_word(const char *p, size_t len, enum level_trust *trust);
/* One letter as klog, logcat and others use it, capital or small. */
enum level level_letter(char c);
/* A number: syslog severities 0–7, or the tens of bunyan and pino. */
enum level level_number(unsigned long n);

/* The closing quote of the string that starts at p (behind its opening quote), or end. */
const char *level_quote_end(const char *p, const char *end, char quote);
/* *by_number is set when a number was, or could have been, the level. */
/* A JSON object from its brace on: the level field of the outermost object, else of one directly within it. */
enum level level_of_json(const char *p, const char *end, bool *by_number);
/* The level that a key=value field states, the value without its quotes; LEVEL_NONE when the key is about something
 * else. */
enum level level_of_field(struct span key, struct span value, bool *by_number);

#endif
