/* Takes the decoration of CI systems, containers and builders off a line, for judging only, and reports what it told:
 * where commands and groups begin and end. The printed line keeps everything (promise P1). */
#ifndef CTXCUT_LOG_PEEL_H
#define CTXCUT_LOG_PEEL_H

#include "base/span.h"

enum peel_event {
	PEEL_NONE = 0,
	PEEL_COMMAND, /* a command, step or section begins here */
	PEEL_END,     /* one ends here */
	PEEL_FAILED,  /* the CI system itself says that the step failed */
};

struct peeled {
	struct span text; /* borrows from the line */
	enum peel_event event;
};

/* `cleaned` as from clean_judged. With ci false only what is no CI system's is taken off (container and builder prefixes). */
struct peeled peel_line(struct span cleaned, bool ci);

#endif
