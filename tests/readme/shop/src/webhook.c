#include "webhook.h"

#include <stdio.h>
#include <string.h>

static bool is_signed(const char *body)
{
	return strstr(body, "\"signature\":") != NULL;
}

/* The sender repeats what we do not answer within five seconds, so a key may come twice:
 * the second time nothing is booked. */
enum outcome handle_webhook(struct store *store, const char *key, const char *body)
{
	if (!is_signed(body)) {
		fprintf(stderr, "webhook %s: not signed\n", key);
		return REFUSED;
	}
	if (store_has(store, key))
		return REPEATED;
	store_put(store, key);
	printf("booked %s\n", key);
	return ACCEPTED;
}
