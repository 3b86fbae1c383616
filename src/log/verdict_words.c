/* The words of a line. Most lines have none of those that matter, and are told so in a few cycles a word: the letters of 64
 * bytes at once give where words begin and end, a bitmap by the hash of the first eight letters tells whether one may matter. */
#include "log/verdict_parts.h"

#include "log/cues.h"
#include "log/letters.h"

enum { WORD_MAX = 24, PHRASE_WORDS = 4 };

/* Letters as bytes_load32 and bytes_load64 give them. */
#define FOUR(a, b, c, d) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)
#define SIX(a, b, c, d, e, f) (FOUR(a, b, c, d) | (uint64_t)(e) << 32 | (uint64_t)(f) << 40)

struct word {
	char text[WORD_MAX + 1]; /* lower case */
	size_t len, begin, end;  /* in the line; len 0 when longer than WORD_MAX */
};

/* The letter in lower case; 0: no letter. */
static const char lower[256] = {
#define BOTH(c) [c] = c, [c - 32] = c
	BOTH('a'), BOTH('b'), BOTH('c'), BOTH('d'), BOTH('e'), BOTH('f'), BOTH('g'), BOTH('h'), BOTH('i'), BOTH('j'), BOTH('k'), BOTH('l'), BOTH('m'),
	BOTH('n'), BOTH('o'), BOTH('p'), BOTH('q'), BOTH('r'), BOTH('s'), BOTH('t'), BOTH('u'), BOTH('v'), BOTH('w'), BOTH('x'), BOTH('y'), BOTH('z'),
#undef BOTH
};

/* The next word at or after *pos; false at the end. */
static bool next_word(struct span s, size_t *pos, struct word *w)
{
	size_t i = *pos;
	while (i < s.len && !lower[(unsigned char)s.ptr[i]])
		i++;
	if (i >= s.len)
		return false;
	w->begin = i;
	size_t n = 0;
	for (; i < s.len; i++) {
		char c = lower[(unsigned char)s.ptr[i]];
		/* "don't", "isn't" */
		if (!c && !(s.ptr[i] == '\'' && i > w->begin && at(s, i + 1) == 't'))
			break;
		if (n < WORD_MAX)
			w->text[n++] = c ? c : '\'';
	}
	w->end = i;
	w->text[n] = '\0';
	w->len = i - w->begin > WORD_MAX ? 0 : n;
	*pos = i;
	return true;
}

static bool only_soft(struct span s, size_t from, size_t to)
{
	for (; from < to; from++)
		if (!strchr(" -'\"`\t", s.ptr[from]))
			return false;
	return true;
}

/* A word and those behind it, read when they are asked for. */
struct phrase {
	struct span s;
	struct word words[PHRASE_WORDS + 1];
	size_t count, pos; /* pos: where the next one is looked for */
};

static const struct word *phrase_word(struct phrase *p, size_t i)
{
	while (p->count <= i) {
		if (!next_word(p->s, &p->pos, &p->words[p->count]))
			return NULL;
		p->count++;
	}
	return &p->words[i];
}

static bool begins_with(const char *phrase, const struct word *w)
{
	size_t i = 0;
	while (i < w->len && phrase[i] == w->text[i])
		i++;
	return i == w->len;
}

/* A word that was read from its letters 64 at a time: its place and its first eight letters in lower case. */
struct sight {
	size_t begin, end;
	uint64_t eight;
};

/* The phrases that begin with this word, or NULL. */
static const struct cue_slot *cues_of(struct span s, struct sight w)
{
	const size_t len = w.end - w.begin;
	if (len > WORD_MAX)
		return NULL;
	for (unsigned i = cue_slot(w.eight, len); cue_slots[i].rows; i = (i + 1) % CUE_SLOTS) {
		const struct cue_slot *slot = &cue_slots[i];
		if (slot->eight != w.eight || slot->len != len)
			continue;
		size_t same = 8;
		while (same < len && (s.ptr[w.begin + same] | 0x20) == (cues[slot->row].phrase[same] | 0x20))
			same++;
		if (same >= len)
			return slot;
	}
	return NULL;
}

/* The longest cue phrase that starts with this word; *end receives where it ends in the line. */
static const struct cue *cue_at(struct span s, struct sight w, size_t *end)
{
	const struct cue_slot *slot = cues_of(s, w);
	if (!slot)
		return NULL;
	const struct cue *best = NULL;
	size_t best_len = 0;
	struct phrase behind;
	behind.s = s;
	behind.count = 0;
	behind.pos = w.end;
	for (size_t i = slot->row; i < (size_t)slot->row + slot->rows; i++) {
		const char *rest = cues[i].phrase + slot->len;
		size_t pos = w.end;
		bool ok = true;
		for (size_t k = 0; *rest == ' ' && ok; k++) {
			const struct word *next = phrase_word(&behind, k);
			rest++;
			ok = next && begins_with(rest, next) && only_soft(s, pos, next->begin);
			if (!ok)
				break;
			rest += next->len;
			ok = *rest == ' ' || *rest == '\0';
			pos = next->end;
		}
		const size_t len = (size_t)(rest - cues[i].phrase);
		if (ok && len > best_len) {
			best = &cues[i];
			best_len = len;
			*end = pos;
		}
	}
	return best;
}

/* Whether the word at [begin,end) is part of a path, a flag, an identifier or a call rather than of running text. */
static bool inside_name(struct span s, size_t begin, size_t end)
{
	char before = begin ? s.ptr[begin - 1] : ' ', after = at(s, end);
	if (before == '/' || before == '\\' || before == '_' || before == '$' || before == '@')
		return true;
	if (before == '.' && begin >= 2 && s.ptr[begin - 2] != '.' && s.ptr[begin - 2] != ' ')
		return true;
	if (before == '-' && begin >= 2 && s.ptr[begin - 2] != ' ')
		return true;
	if (before == '-' && begin == 1)
		return true;
	if (is_digit(before) && begin >= 2 && is_letter(s.ptr[begin - 2]))
		return true;
	if (after == '/' || after == '\\' || after == '_' || is_digit(after))
		return true;
	if ((after == '.' || after == '-' || after == ':') && (is_letter(at(s, end + 1)) || at(s, end + 1) == ':'))
		return after != ':' || at(s, end + 1) == ':';
	if (after == '(' && !(at(s, end + 1) == 's' && at(s, end + 2) == ')') && at(s, end + 1) != 's')
		return true;
	return after == '=' && begin && before != ' ' && before != '[' && before != ',';
}

/* A number right before `begin` ("3 failed", "0 errors"): -1 none, 0 zero, 1 more. */
static int number_before(struct span s, size_t begin)
{
	size_t i = begin;
	while (i && (s.ptr[i - 1] == ' ' || s.ptr[i - 1] == '('))
		i--;
	if (i == 0 || !is_digit(s.ptr[i - 1]))
		return -1;
	bool zero = true;
	size_t last = i;
	while (i && (is_digit(s.ptr[i - 1]) || s.ptr[i - 1] == ','))
		zero &= s.ptr[--i] == '0' || s.ptr[i] == ',';
	/* "1.0 failed", "v2 failed", "12:30 error": not a count. An exit status or an HTTP code is not either, but does no harm. */
	if (i && !strchr(" ([|,=\t\"'#*", s.ptr[i - 1]))
		return -1;
	return last - i > 7 ? -1 : !zero;
}

/* A number after `end` ("Failures: 2", "errors=0", "ERROR SUMMARY: 0 errors", at the end "# fail 2"): -1 none, 0 zero, 1 more. */
static int number_after(struct span s, size_t end)
{
	size_t i = end;
	if (at(s, i) == '(' && at(s, i + 1) == 's' && at(s, i + 2) == ')')
		i += 3;
	static const char *const nouns[] = {" SUMMARY", " summary", " count", " total"};
	for (size_t n = 0; n < COUNT_OF(nouns); n++)
		if (at(s, i) == ' ' && nouns[n][1] == at(s, i + 1) && span_starts(span_from(s, i), span_of_str(nouns[n])))
			i += strlen(nouns[n]);
	while (at(s, i) == ' ' || at(s, i) == '"')
		i++;
	bool counter = at(s, 0) == '#' && is_digit(at(s, i));
	if (!counter && at(s, i) != ':' && at(s, i) != '=')
		return -1;
	i += !counter;
	while (at(s, i) == ' ' || at(s, i) == '"')
		i++;
	size_t digits = i;
	bool zero = true;
	while (is_digit(at(s, i)))
		zero &= s.ptr[i++] == '0';
	if (i == digits || is_letter(at(s, i)) || (at(s, i) == '.' && is_digit(at(s, i + 1))) || at(s, i) == ':')
		return -1;
	return !zero;
}

/* AssertionError, NullPointerException, TestFailure: a type name that says failure. */
static bool is_error_type(struct span s, const struct sight *w)
{
	static const char *const ends[] = {"Error", "Exception", "Failure", "Fault", "Failed", "Panic", "Errors", "Interrupt", "Exit", "NotFound", "Timeout"};
	struct span word = span_of(s.ptr + w->begin, w->end - w->begin);
	if (!is_upper(word.ptr[0]) || word.len < 5 || !strchr("rnedtcksp", word.ptr[word.len - 1]))
		return false;
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		struct span e = span_of_str(ends[i]);
		if (word.len > e.len && span_ends(word, e) && (is_lower(word.ptr[word.len - e.len - 1]) || is_upper(word.ptr[word.len - e.len - 1])))
			return true;
	}
	return false;
}

/* ENOENT, ECONNREFUSED, ERR_MODULE_NOT_FOUND, SIGSEGV */
static bool is_error_code(struct span s, const struct sight *w)
{
	size_t len = w->end - w->begin;
	if (s.ptr[w->begin] != 'E' && s.ptr[w->begin] != 'S')
		return false;
	for (size_t i = w->begin; i < w->end; i++)
		if (!is_upper(s.ptr[i]))
			return false;
	if (len == 3 && memcmp(s.ptr + w->begin, "ERR", 3) == 0 && at(s, w->end) == '_')
		return true;
	static const char *const codes[] = {
		"EACCES", "EADDRINUSE", "EBADF", "EBUSY", "ECONNABORTED", "ECONNREFUSED", "ECONNRESET", "EEXIST", "EHOSTUNREACH", "EINTEGRITY",
		"EINVAL", "EISDIR", "ELIFECYCLE", "EMFILE", "ENOENT", "ENOMEM", "ENOSPC", "ENOTDIR", "ENOTEMPTY", "ENOTFOUND", "EPERM", "EPIPE",
		"ERESOLVE", "EROFS", "ETARGET", "ETIMEDOUT", "EUSAGE", "EAI_AGAIN", "SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE", "SIGKILL",
	};
	for (size_t i = 0; i < COUNT_OF(codes); i++)
		if (codes[i][1] == s.ptr[w->begin + 1] && strlen(codes[i]) == len && memcmp(codes[i], s.ptr + w->begin, len) == 0)
			return true;
	return false;
}

/* Whether a failing status follows a word about an exit: "exit code 2", "exited with 1", "returned non-zero". */
static int status_after(struct span s, size_t end)
{
	static const char *const fillers[] = {"code", "status", "with", "value", "a", "exit", "was", "error", "of", "is", "code:", "signal"};
	size_t i = end;
	for (int words = 0; words < 5; words++) {
		while (at(s, i) == ' ' || at(s, i) == ':' || at(s, i) == '=' || at(s, i) == '(' || at(s, i) == '\'' || at(s, i) == '"')
			i++;
		if (at(s, i) == '-' && is_digit(at(s, i + 1)))
			i++;
		if (is_digit(at(s, i))) {
			bool zero = true;
			size_t first = i;
			while (is_digit(at(s, i)))
				zero &= s.ptr[i++] == '0';
			if (i - first > 10 || is_letter(at(s, i)) || (at(s, i) == '.' && is_digit(at(s, i + 1))))
				return -1;
			return !zero;
		}
		struct word w;
		size_t pos = i;
		if (!is_letter(at(s, i)) || !next_word(s, &pos, &w))
			return -1;
		if (strcmp(w.text, "non") == 0 || strcmp(w.text, "nonzero") == 0)
			return 1;
		bool filler = false;
		for (size_t f = 0; f < COUNT_OF(fillers); f++)
			filler |= strcmp(w.text, fillers[f]) == 0;
		if (!filler)
			return -1;
		i = pos;
	}
	return -1;
}

/* Words that a number may stand beside. */
static bool is_counted(const char *word)
{
	static const char *const words[] = {
		"error", "errors", "failed", "fail", "fails", "failure", "failures", "failing", "broken", "problem", "problems", "offense",
		"offenses", "violation", "violations", "issue", "issues", "crashed", "crashes", "mismatch", "mismatches", "conflicts", "errored",
		"defects", "leaks", "exceptions", "fatal", "unsuccessful", "killed", "aborted", "unexpected", "incorrect", "wrong", "regressions", "unreachable",
	};
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (words[i][0] == word[0] && strcmp(word, words[i]) == 0)
			return true;
	return false;
}

/* What is known while the words of a line are heard one after the other. */
struct ear {
	struct span s;
	struct heard *heard;
	size_t first_pos; /* of the first word; SIZE_MAX: none yet */
	size_t passed;    /* words that begin before this belong to a phrase that was heard */
	bool negated, any_error;
};

/* Whether the word ends so, in whatever case. */
static bool word_ends(struct span s, const struct sight *w, const char *ending, size_t len)
{
	if (w->end - w->begin < len || w->end - w->begin > WORD_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((s.ptr[w->end - len + i] | 0x20) != ending[i])
			return false;
	return true;
}

/* The number that stands before or behind a word that numbers count: -1 none, 0 zero, 1 more. */
static int count_of(struct span s, const struct sight *w)
{
	int count = number_before(s, w->begin);
	if (count < 0)
		count = number_after(s, w->end);
	if (count < 0)
		return -1;
	struct word word;
	size_t pos = w->begin;
	next_word(s, &pos, &word);
	return is_counted(word.text) ? count : -1;
}

/* "killed", "SIGTERM": an end that needs no status. */
static bool is_violent(struct span s, const struct sight *w)
{
	struct word word;
	size_t pos = w->begin;
	next_word(s, &pos, &word);
	return !strcmp(word.text, "killed") || !strncmp(word.text, "sig", 3) || !strcmp(word.text, "died") || !strcmp(word.text, "oom") ||
	       !strcmp(word.text, "interrupted") || !strcmp(word.text, "terminated");
}

/* A word that is no cue, or is one within a name: what does its form say? */
static void hear_name(struct ear *ear, const struct sight *w)
{
	const struct span s = ear->s;
	struct heard *e = ear->heard;
	const char after = at(s, w->end);
	if (is_error_type(s, w) && after != '/' && after != '_' && after != '(' && !(after == '.' && is_letter(at(s, w->end + 1))) &&
	    (w->begin == 0 || !strchr("/\\_-", s.ptr[w->begin - 1]))) {
		bool tells = after == ':' || w->end == s.len || w->begin == 0;
		*(tells && !ear->negated ? &e->strong : &e->error) = true;
		ear->any_error = true;
	} else if (is_error_code(s, w)) {
		e->strong = ear->any_error = true;
	} else if (after == ':' && w->end - w->begin > 7 && word_ends(s, w, "warning", 7)) {
		e->warning = true;
		e->warning_first |= !ear->any_error;
	}
	ear->negated = false;
}

/* A word that may matter. Apart from what is asked of every word, which would have to save its registers for it. */
__attribute__((noinline)) static void hear_word(struct ear *ear, const struct sight *w)
{
	const struct span s = ear->s;
	struct heard *e = ear->heard;
	size_t phrase_end = w->end;
	e->failure |= (w->eight & UINT64_C(0xffffffffffffff)) == (SIX('f', 'a', 'i', 'l', 'u', 'r') | (uint64_t)'e' << 48);
	e->passed |= w->eight == SIX('p', 'a', 's', 's', 'e', 'd');
	const struct cue *cue = cue_at(s, *w, &phrase_end);
	const bool named = cue && inside_name(s, w->begin, phrase_end);
	if (!cue || (cue->kind <= CUE_ERROR && named)) {
		hear_name(ear, w);
		return;
	}
	const int count = count_of(s, w);
	if (count == 0)
		e->zero_count = true;
	else if (count > 0)
		e->count = ear->any_error = true;
	switch (cue->kind) {
	case CUE_STRONG:
		if (count != 0 && !ear->negated)
			e->strong = ear->any_error = true;
		break;
	case CUE_ERROR:
		if (count < 0 && !ear->negated && !named)
			e->error = ear->any_error = true;
		break;
	case CUE_EXIT: {
		int status = status_after(s, w->end);
		e->by_number |= status >= 0;
		if (status > 0 && !ear->negated && !named)
			e->exit = e->exited = true;
		if (status < 0 && is_violent(s, w))
			e->exit = !named;
		break;
	}
	case CUE_WEAK:
		e->weak |= !named;
		break;
	case CUE_WARNING:
		if (!named && number_before(s, w->begin) < 0) {
			e->warning = true;
			e->warning_first |= !ear->any_error && (w->begin == ear->first_pos || at(s, w->end) == ':' || at(s, w->end) == ']');
		}
		break;
	case CUE_NOISE:
		e->noise |= w->begin == ear->first_pos && !named;
		break;
	case CUE_PASS:
	case CUE_DETAIL:
	case CUE_NEGATE:
		break;
	}
	ear->negated = cue->kind == CUE_NEGATE && !named;
	ear->passed = phrase_end;
}

/* Which names of types may name an error (is_error_type), by the hash of their last four letters: of others, one in 13 does. */
static inline bool may_end_type(uint32_t last) { return UINT64_C(0x8900c000) >> (last * UINT32_C(0x955348df) >> 26) & 1; }

/* Whether hear_word may make something of a word that is no cue, by its form. */
static inline bool may_be_name(struct span s, size_t begin, size_t end)
{
	const char *p = s.ptr + begin;
	const size_t len = end - begin;
	return (len > 4 && may_end_type(bytes_load32(p + len - 4))) || (len > 2 && (p[0] == 'E' || p[0] == 'S') && is_upper(p[1]));
}

/* Asked of every word of every line: no jump that hangs on how long the word is. */
__attribute__((always_inline)) static inline void hear(struct ear *ear, size_t begin, size_t end)
{
	const struct span s = ear->s;
	const size_t len = end - begin;
	const int64_t missing = 8 - (int64_t)len;
	const unsigned rest = 8 * (unsigned)(missing & ~(missing >> 63)); /* 0 when eight are there */
	if (ear->first_pos == SIZE_MAX)
		ear->first_pos = begin;
	if (begin < ear->passed)
		return;
	const struct sight w = {begin, end, (eight_at(s, begin) | UINT64_C(0x2020202020202020)) << rest >> rest};
	if (cue_bit(w.eight, len) || (is_upper(s.ptr[begin]) && may_be_name(s, begin, end)) || (at(s, end) == ':' && word_ends(s, &w, "warning", 7)))
		hear_word(ear, &w);
	else
		ear->negated = false;
}

void words_hear(struct span s, struct heard *heard)
{
	struct ear ear = {.s = s, .heard = heard, .first_pos = SIZE_MAX};
	size_t begin = SIZE_MAX; /* of a word that is not at its end */
	uint64_t inside = 0;     /* 1: the byte before this block belongs to it */
	for (size_t base = 0; base < s.len; base += 64) {
		const uint64_t word = letters_at(s, base).letters, behind = word << 1 | inside;
		uint64_t begins = word & ~behind, ends = ~word & behind;
		inside = word >> 63;
		for (; ends; ends &= ends - 1) {
			const size_t end = base + (size_t)__builtin_ctzll(ends);
			if (begin == SIZE_MAX) {
				begin = base + (size_t)__builtin_ctzll(begins);
				begins &= begins - 1;
			}
			/* "don't": what begins behind the apostrophe goes on with this word. */
			if (at(s, end) == '\'' && at(s, end + 1) == 't') {
				inside |= end + 1 == base + 64;
				begins &= begins - 1;
				continue;
			}
			hear(&ear, begin, end);
			begin = SIZE_MAX;
		}
		if (begins)
			begin = base + (size_t)__builtin_ctzll(begins);
	}
	if (begin != SIZE_MAX)
		hear(&ear, begin, s.len);
}
