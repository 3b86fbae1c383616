/* What an extract says of its inputs: names, references, counts. */
#ifndef CTXCUT_API_DESCRIBE_H
#define CTXCUT_API_DESCRIBE_H

#include "api/reduction.h"

enum naming {
	NAMES_STAND_IN, /* the same for a file and a pipe, packed or not */
	NAMES_EXPECTED, /* a stream's id is taken to be the first digits of its hash */
	NAMES_REAL,
	NAMES_ALONE,    /* no references: nothing is left out */
};

/* Fills c->extract.inputs. */
void describe_inputs(struct ctxcut *c, enum naming naming);

#endif
