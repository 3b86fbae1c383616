/* The page of ctxcut bench: what its text and its charts share. */
#ifndef CTXCUT_APP_BENCH_PAGE_H
#define CTXCUT_APP_BENCH_PAGE_H

#include "app/bench.h"

extern const char page_style[];

/* Text from outside, escaped for HTML. */
void page_text(struct out *o, const char *text);
/* The same in at most so many characters; the end says more of a path, the begin more of a command. */
void page_short(struct out *o, const char *text, size_t chars, bool keep_end);
/* With a narrow space between thousands. */
void page_number(struct out *o, uint64_t n);
/* Which of the style's colours the way has. */
static inline size_t page_way_class(size_t way) { return way < 8 ? way : 1 + (way - 1) % 7; }

void page_retention_chart(struct out *o, const struct bench *b);
/* Returns how many files it shows: the largest. */
size_t page_files_chart(struct out *o, const struct bench *b, size_t budget);

#endif
