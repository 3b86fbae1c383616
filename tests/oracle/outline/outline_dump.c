/* Our outlines in the oracles' form (README.md of this folder). usage: outline_dump [LANGUAGE] < LIST-OF-PATHS
 * Without LANGUAGE each file's own is found out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tree/outline.h"

static char *file_bytes(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	if (f == NULL)
		return NULL;
	char *bytes = NULL;
	size_t cap = 0;
	*len = 0;
	for (;;) {
		if (*len == cap) {
			cap = cap == 0 ? 65536 : cap * 2;
			char *more = realloc(bytes, cap);
			if (more == NULL)
				abort();
			bytes = more;
		}
		size_t n = fread(bytes + *len, 1, cap - *len, f);
		if (n == 0)
			break;
		*len += n;
	}
	fclose(f);
	return bytes;
}

int main(int argc, char **argv)
{
	struct outliner *outliner = outliner_new();
	struct outline outline = {0};
	char *path = NULL;
	size_t cap = 0;
	for (ssize_t n; (n = getline(&path, &cap, stdin)) > 0;) {
		if (path[n - 1] == '\n')
			path[--n] = '\0';
		size_t len;
		char *bytes = file_bytes(path, &len);
		if (bytes == NULL)
			continue;
		struct span text = span_of(bytes, len);
		const struct language *l = argc > 1 ? language_named(span_of(argv[1], strlen(argv[1])))
		                                    : language_of(span_of(path, (size_t)n), span_of(bytes, len < 65536 ? len : 65536));
		if (l != NULL) {
			outline_scan(outliner, l, text, &outline);
			printf("F\t%s\t%s\n", path, outline.unbalanced ? "error" : "ok");
			for (size_t i = 0; i < outline.count; i++) {
				const struct symbol *s = &outline.symbols[i];
				printf("D\t%s\t%s\t%.*s\t%u\t%u\t%u\t%s\n", path, symbol_kind_name(s->kind), (int)s->name_len,
				       outline.text.ptr + s->name_off, s->first_line, s->name_line, s->last_line, s->recovered ? "recovered" : "-");
			}
		}
		free(bytes);
	}
	free(path);
	outline_release(&outline);
	outliner_free(outliner);
	return ferror(stdout) != 0;
}
