/* Stage 2: variable parts that are more than one word: quoted texts, lists, several values of keys. */
#ifndef CTXCUT_LOG_MINER_FIELDS_H
#define CTXCUT_LOG_MINER_FIELDS_H

#include "log/miner_internal.h"

/* Lines equal but for one quoted text: it is variable when there are many, or when other lines have a mask there. */
void join_quotes(struct merge *g);

/* Lines equal but for a list of words of several lengths. */
void join_lists(struct merge *g);

/* Lines equal but for the words after "=": a key with many of them is variable. Several such keys may vary together,
 * so that no two lines differ in one alone. */
void join_values(struct merge *g);

/* Identifier-rich logs make nearly a kind a line: names of classes, tests, packages, files. Where many kinds differ in
 * identifiers only, the identifiers that differ much are what varies. */
void join_identifiers(struct merge *g);

#endif
