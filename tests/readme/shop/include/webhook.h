#ifndef WEBHOOK_H
#define WEBHOOK_H

#include "store.h"

enum outcome { ACCEPTED, REPEATED, REFUSED };

enum outcome handle_webhook(struct store *store, const char *key, const char *body);

#endif
