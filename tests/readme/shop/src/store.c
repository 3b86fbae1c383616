#include "store.h"

#include <stdlib.h>
#include <string.h>

bool store_has(const struct store *store, const char *key)
{
	for (const struct entry *e = store->entries; e; e = e->next)
		if (strcmp(e->key, key) == 0)
			return true;
	return false;
}

void store_put(struct store *store, const char *key)
{
	struct entry *e = malloc(sizeof *e);
	strcpy(e->key, key);
	e->next = store->entries;
	store->entries = e;
	store->count++;
}

void store_release(struct store *store)
{
	while (store->entries) {
		struct entry *next = store->entries->next;
		free(store->entries);
		store->entries = next;
	}
	store->count = 0;
}
