/* What the word of a filter makes of a line's record, in the terms of the scorer. */
#ifndef CTXCUT_FILTER_APPLY_H
#define CTXCUT_FILTER_APPLY_H

#include "filter/definition.h"
#include "log/scan.h"

/* Gives the line its class, its worth and the flags that go with them. FILTER_CLASS_NONE: it stays what it is. */
void filter_apply(struct record *r, enum filter_class class);

/* Decided once the status is known; never against the generic rules' word that this is a failure. */
void filter_wait_for_status(struct record *r, enum filter_status on);

#endif
