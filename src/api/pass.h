/* Passing through: when all inputs together fit the budget they are printed whole, cleaned, with no banner and no numbers
 * (promise P5). As text this streams: nothing is held but a window. JSON and Markdown need all lines at once; without a
 * budget that is as much memory as the inputs are large. */
#ifndef CTXCUT_API_PASS_H
#define CTXCUT_API_PASS_H

#include "api/reduction.h"

/* Whether the cleaned text of all inputs fits the budget. False also when an input cannot be read again. */
bool pass_fits(struct ctxcut *c);

/* Makes the extract of one piece for each input, without its lines. */
void pass_describe(struct ctxcut *c);

/* Writes the cleaned text of all inputs, one behind the other. ERR_OUTPUT when the writer stops. */
enum err_code pass_write(struct ctxcut *c, ctxcut_write *write, void *user, struct err *err);

/* Makes the extract hold all lines. */
enum err_code pass_hold(struct ctxcut *c, struct err *err);

#endif
