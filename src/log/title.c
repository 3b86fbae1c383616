#include "log/title.h"

enum { WORDS_MOST = 12, WORD_BYTES = 16 };

static bool is_one_of(struct span word, const char *const *list)
{
	char low[WORD_BYTES];
	if (word.len > sizeof low)
		return false;
	for (size_t i = 0; i < word.len; i++)
		low[i] = word.ptr[i] >= 'A' && word.ptr[i] <= 'Z' ? (char)(word.ptr[i] + ('a' - 'A')) : word.ptr[i];
	for (; *list; list++)
		if (span_eq(span_of(low, word.len), span_of_str(*list)))
			return true;
	return false;
}

/* The subject of tests: what there is of errors, not that there was one. */
static const char *const subjects[] = {
	"handling", "handler", "handlers", "messages", "cases", "codes", "modes", "boundary", "boundaries", "recovery", "reporting",
	"pages", "conditions", "states", "scenarios", "responses", "objects", "types", "classes", "propagation", "formatting",
	"logging", "paths", "tests", "filters", "logins", NULL,
};
/* A sentence about behaviour begins so. */
static const char *const behaviours[] = {
	"when", "with", "if", "throws", "returns", "should", "handles", "raises", "rejects", "ignores", "reports", "shows", "does",
	"logs", "emits", "prevents", "recovers", "retries", "rethrows", "catches", NULL,
};

bool is_suite_title(struct span text, bool indented)
{
	struct span words[WORDS_MOST];
	size_t count = 0;
	for (size_t i = 0; i < text.len;) {
		size_t begin = i;
		for (; i < text.len && text.ptr[i] != ' '; i++) {
			char c = text.ptr[i];
			bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
			/* A colon, a full stop, a quote, a place: somebody reports something. */
			if (!letter && c != '-' && c != '\'' && c != '#' && !(c >= '0' && c <= '9' && count))
				return false;
		}
		if (count == WORDS_MOST)
			return false;
		words[count++] = span_of(text.ptr + begin, i - begin);
		while (i < text.len && text.ptr[i] == ' ')
			i++;
	}
	if (count == 2 && is_one_of(words[1], subjects))
		return true;
	return indented && count >= 3 && words[0].len && words[0].ptr[0] >= 'a' && words[0].ptr[0] <= 'z' && is_one_of(words[0], behaviours);
}
