#include "webhook.h"

#include <stdio.h>
#include <string.h>

int main(void)
{
	static struct store store;
	char line[4096];
	int refused = 0;
	while (fgets(line, sizeof line, stdin)) {
		char *body = strchr(line, ' ');
		if (!body)
			continue;
		*body++ = '\0';
		refused += handle_webhook(&store, line, body) == REFUSED;
	}
	store_release(&store);
	return refused > 0;
}
