/* Prints the outlines of files: for whoever writes a profile, and for the oracles.
 *
 *     outline [-l LANGUAGE] FILE...      lines, symbols as a tree
 *     outline -t [-l LANGUAGE] FILE...   one symbol a line, tab between: path kind name scope first last flags
 *     outline -b FILE...                 the speed of a scan, megabytes per second; no outline
 *     outline -h FILE...                 language only */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "tree/outline.h"

static int read_file(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "rb");
	size_t n;
	buf_clear(out);
	if (!f)
		return -1;
	do {
		buf_reserve(out, 1 << 16);
		n = fread(out->ptr + out->len, 1, 1 << 16, f);
		out->len += n;
	} while (n > 0);
	int failed = ferror(f);
	fclose(f);
	return failed ? -1 : 0;
}

static void print_table(const char *path, const struct outline *o, const struct symbol *s, struct buf *name)
{
	buf_clear(name);
	outline_qualified_name(o, s, name);
	struct span plain = symbol_name(o, s);
	size_t scope = name->len > plain.len ? name->len - plain.len - 1 : 0;
	printf("%s\t%s\t%.*s\t%.*s\t%u\t%u\t%s%s\n", path, symbol_kind_name(s->kind), (int)plain.len, plain.ptr, (int)scope, name->ptr,
	       s->first_line, s->last_line, s->recovered ? "r" : "", s->exported ? "x" : "");
}

static void print_tree(const struct outline *o, const struct symbol *s, struct buf *name)
{
	unsigned depth = 0;
	for (uint32_t p = s->parent; p != SYMBOL_NO_PARENT; p = o->symbols[p].parent)
		depth++;
	buf_clear(name);
	outline_qualified_name(o, s, name);
	struct span signature = symbol_signature(o, s);
	printf("%5u %5u-%-5u %*s%s %.*s%s%s  | %.*s\n", s->lead_line, s->first_line, s->last_line, (int)(2 * depth), "",
	       symbol_kind_name(s->kind), (int)name->len, name->ptr, s->recovered ? " [recovered]" : "", s->exported ? "" : " -",
	       (int)signature.len, signature.ptr);
}

int main(int argc, char **argv)
{
	struct outliner *outliner = outliner_new();
	struct outline out = {0};
	struct buf text = {0}, name = {0};
	const struct language *given = NULL;
	bool table = false, bench = false, language_only = false;
	size_t bytes = 0, symbols = 0;
	double seconds = 0;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-t") == 0)
			table = true;
		else if (strcmp(argv[i], "-b") == 0)
			bench = true;
		else if (strcmp(argv[i], "-h") == 0)
			language_only = true;
		else if (strcmp(argv[i], "-l") == 0 && i + 1 < argc) {
			if (!(given = language_named(span_of_str(argv[++i])))) {
				fprintf(stderr, "no language '%s'\n", argv[i]);
				return 2;
			}
		} else if (read_file(argv[i], &text) != 0) {
			fprintf(stderr, "%s: cannot be read\n", argv[i]);
		} else {
			const struct language *l = given ? given : language_of(span_of_str(argv[i]), span_head(buf_span(&text), 65536));
			struct timespec begin, end;
			if (language_only || !l) {
				if (!bench)
					printf("%s\t%s\n", argv[i], l ? language_name(l) : "?");
				continue;
			}
			clock_gettime(CLOCK_MONOTONIC, &begin);
			outline_scan(outliner, l, buf_span(&text), &out);
			clock_gettime(CLOCK_MONOTONIC, &end);
			seconds += (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec);
			bytes += text.len;
			symbols += out.count;
			if (bench)
				continue;
			if (!table)
				printf("%s: %s, %u lines%s\n", argv[i], language_name(l), out.line_count, out.unbalanced ? ", UNBALANCED" : "");
			if (out.unbalanced)
				fprintf(stderr, "%s:%u: unbalanced\n", argv[i], out.unbalanced_line);
			for (size_t k = 0; k < out.count; k++) {
				if (table)
					print_table(argv[i], &out, &out.symbols[k], &name);
				else
					print_tree(&out, &out.symbols[k], &name);
			}
			if (!table && out.imports.len)
				printf("imports:\n%.*s", (int)out.imports.len, out.imports.ptr);
		}
	}
	if (bench)
		printf("%.1f MB, %zu symbols, %.3f s, %.0f MB/s\n", (double)bytes / 1e6, symbols, seconds, (double)bytes / 1e6 / seconds);
	outline_release(&out);
	outliner_free(outliner);
	buf_release(&text);
	buf_release(&name);
	return 0;
}
