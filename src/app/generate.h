/* What is made from the tables at build time: the manual page and the shells' completions. */
#ifndef CTXCUT_APP_GENERATE_H
#define CTXCUT_APP_GENERATE_H

#include "app/out.h"

/* what: man, bash, zsh or fish. Writes to stdout; returns the exit status. */
int generate(const char *what);

void generate_man(struct out *o);
void generate_bash(struct out *o);
void generate_zsh(struct out *o);
void generate_fish(struct out *o);

#endif
