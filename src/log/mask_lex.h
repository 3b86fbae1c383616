/* The first half of the exact mask: a shape cut into tokens, each a word that stays, a delimiter or a mask. */
#ifndef CTXCUT_LOG_MASK_LEX_H
#define CTXCUT_LOG_MASK_LEX_H

#include "log/mask.h"

/* Fills k->tokens from k->shape. */
void mask_lex(struct masker *k);

/* Words of known meaning (mask_words.c). */
bool mask_is_unit(struct span word);         /* ms, MB, seconds */
bool mask_is_month_or_day(struct span word); /* Jan, Monday */
bool mask_is_null(struct span word);         /* null, none, nil */

#endif
