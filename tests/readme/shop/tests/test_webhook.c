#include "webhook.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char body[] = "{\"amount\":12,\"signature\":\"f00d\"}";

static void a_key_is_booked_once(void)
{
	struct store store = {0};
	assert(handle_webhook(&store, "k1", body) == ACCEPTED);
	assert(handle_webhook(&store, "k1", body) == REPEATED);
	store_release(&store);
}

static void a_long_key_is_booked_too(void)
{
	struct store store = {0};
	char key[100];
	memset(key, 'k', sizeof key - 1);
	key[sizeof key - 1] = '\0';
	assert(handle_webhook(&store, key, body) == ACCEPTED);
	store_release(&store);
}

int main(void)
{
	a_key_is_booked_once();
	a_long_key_is_booked_too();
	puts("ok");
	return 0;
}
