#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stddef.h>

struct entry {
	char key[64];
	struct entry *next;
};

struct store {
	struct entry *entries;
	size_t count;
};

/* Whether the key was put before. */
bool store_has(const struct store *store, const char *key);
void store_put(struct store *store, const char *key);
void store_release(struct store *store);

#endif
