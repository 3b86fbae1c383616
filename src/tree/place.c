#include "tree/place.h"

#include "base/hash.h"
#include "base/mem.h"

#include <stdlib.h>

struct entry {
	size_t off, len;
	uint32_t next;  /* 1 + the entry before it with the same last part; 0: none */
	uint32_t parts;
};

struct places {
	struct buf text;       /* owned: the paths */
	struct entry *entries; /* owned */
	size_t count, cap;
	uint32_t *table;       /* owned: by the hash of the last part, case ignored: 1 + its latest entry */
	size_t table_size;     /* a power of two */
};

struct places *places_new(void) { return mem_zalloc(1, sizeof(struct places)); }

void places_free(struct places *p)
{
	if (!p)
		return;
	buf_release(&p->text);
	free(p->entries);
	free(p->table);
	free(p);
}

size_t places_count(const struct places *p) { return p->count; }

struct span places_path(const struct places *p, uint32_t i) { return span_of(p->text.ptr + p->entries[i].off, p->entries[i].len); }

static struct span last_part(struct span path)
{
	const char *slash = memrchr(path.ptr, '/', path.len);
	return slash ? span_from(path, (size_t)(slash - path.ptr) + 1) : path;
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

static uint64_t key_of(struct span name)
{
	char folded[256];
	size_t n = name.len < sizeof folded ? name.len : sizeof folded;
	for (size_t i = 0; i < n; i++)
		folded[i] = lower(name.ptr[i]);
	return hash64(folded, n);
}

static void link_entry(struct places *p, size_t i)
{
	size_t slot = (size_t)key_of(last_part(places_path(p, (uint32_t)i))) & (p->table_size - 1);
	p->entries[i].next = p->table[slot];
	p->table[slot] = (uint32_t)i + 1;
}

static uint32_t count_parts(struct span path)
{
	uint32_t n = path.len > 0;
	for (size_t i = 0; i < path.len; i++)
		n += path.ptr[i] == '/';
	return n;
}

uint32_t places_add(struct places *p, struct span path)
{
	MEM_GROW(p->entries, p->cap, p->count + 1);
	p->entries[p->count] = (struct entry){.off = p->text.len, .len = path.len, .parts = count_parts(path)};
	buf_add_span(&p->text, path);
	if (++p->count * 2 > p->table_size) {
		p->table_size = p->table_size ? p->table_size * 2 : 64;
		free(p->table);
		p->table = mem_zalloc(p->table_size, sizeof *p->table);
		for (size_t i = 0; i < p->count; i++)
			link_entry(p, i);
	} else {
		link_entry(p, p->count - 1);
	}
	return (uint32_t)(p->count - 1);
}

/* ---- paths from elsewhere ----------------------------------------------------------------------------------------- */

static bool is_drive(struct span path)
{
	return path.len > 2 && path.ptr[1] == ':' && (path.ptr[2] == '\\' || path.ptr[2] == '/');
}

void place_normal(struct span path, struct buf *out)
{
	size_t base = out->len;
	path = is_drive(path) ? span_from(path, 2) : path;
	bool windows = memchr(path.ptr, '\\', path.len) && !memchr(path.ptr, '/', path.len);
	char separator = windows ? '\\' : '/';
	while (path.len) {
		const char *end = memchr(path.ptr, separator, path.len);
		struct span part = span_head(path, end ? (size_t)(end - path.ptr) : path.len);
		path = span_from(path, part.len + (end != NULL));
		if (part.len == 0 || span_eq(part, SPAN(".")))
			continue;
		if (span_eq(part, SPAN(".."))) {
			while (out->len > base && out->ptr[out->len - 1] != '/')
				out->len--;
			out->len -= out->len > base;
			continue;
		}
		if (out->len > base)
			buf_add_char(out, '/');
		buf_add_span(out, part);
	}
}

/* Where package managers and systems put what is not the reader's. With their slashes: parts of a path. */
static const char *const foreign[] = {"/node_modules/", "/site-packages/", "/dist-packages/", "/.cargo/registry/", "/rustc/", "/.rustup/",
                                      "/go/pkg/mod/", "/.gem/", "/gems/", "/vendor/bundle/", "/.m2/", "/.nuget/", "/.venv/",
                                      "/.tox/", "/.nox/", "/bower_components/", "/.pub-cache/", "/.stack/", "/.opam/", "/.gradle/"};
static const char *const system_folders[] = {"/usr/", "/lib/", "/lib64/", "/opt/", "/nix/", "/snap/", "/System/", "/Library/"};

bool place_is_foreign(struct span path)
{
	for (size_t i = 0; i < sizeof system_folders / sizeof *system_folders; i++)
		if (span_starts(path, span_of_str(system_folders[i])) && !span_starts(path, SPAN("/usr/src/")))
			return true;
	for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
		struct span folder = span_of_str(foreign[i]);
		if (span_find(path, folder) != SIZE_MAX || span_starts(path, span_from(folder, 1)))
			return true;
	}
	return false;
}

/* The number of last parts that both have; case is ignored for a path of Windows. */
static uint32_t common_parts(struct span a, struct span b, bool fold)
{
	uint32_t parts = 0;
	size_t n = 0;
	while (n < a.len && n < b.len) {
		char x = a.ptr[a.len - 1 - n], y = b.ptr[b.len - 1 - n];
		if (fold ? lower(x) != lower(y) : x != y)
			break;
		parts += x == '/';
		n++;
	}
	if ((n == a.len && (n == b.len || b.ptr[b.len - 1 - n] == '/')) || (n == b.len && a.ptr[a.len - 1 - n] == '/'))
		parts++;
	return parts;
}

static void take(struct place_match *out, uint32_t i)
{
	if (out->count < PLACES_ALIKE_MOST)
		out->at[out->count++] = i;
	out->all++;
}

/* Entries hang in their table from the latest to the first. */
static void sort(struct place_match *m)
{
	for (size_t i = 1; i < m->count; i++)
		for (size_t k = i; k > 0 && m->at[k] < m->at[k - 1]; k--) {
			uint32_t other = m->at[k];
			m->at[k] = m->at[k - 1];
			m->at[k - 1] = other;
		}
}

/* The best of the entries: most parts in common, then one that is all of the tree's path. At least `least` parts, or all of either
 * path when `whole` says that this is enough. */
static void find(const struct places *p, struct span wanted, bool fold, uint32_t least, struct place_match *out)
{
	uint64_t best = 0;
	*out = (struct place_match){0};
	if (!p->table_size || wanted.len == 0)
		return;
	uint32_t all = count_parts(wanted);
	for (uint32_t at = p->table[(size_t)key_of(last_part(wanted)) & (p->table_size - 1)]; at; at = p->entries[at - 1].next) {
		uint32_t parts = common_parts(wanted, places_path(p, at - 1), fold);
		bool all_of_it = parts == p->entries[at - 1].parts;
		if (parts == 0 || (parts < least && parts < all && !all_of_it))
			continue;
		uint64_t score = (uint64_t)parts * 2 + all_of_it;
		if (score > best) {
			best = score;
			out->count = out->all = 0;
		}
		if (score == best)
			take(out, at - 1);
	}
	sort(out);
}

static bool of_windows(struct span path) { return is_drive(path) || memchr(path.ptr, '\\', path.len); }

void places_find_path(const struct places *p, struct span path, struct place_match *out)
{
	struct buf normal = {0};
	place_normal(path, &normal);
	find(p, buf_span(&normal), of_windows(path), UINT32_MAX, out);
	buf_release(&normal);
}

/* "com.shop.Cart$Line.add" and "Cart.java": "com/shop/Cart.java". */
static void folders_of_frame(const struct mention *m, struct buf *out)
{
	struct span f = m->function;
	const char *module = memrchr(f.ptr, '/', f.len); /* "java.base/java.util.…" */
	if (module)
		f = span_from(f, (size_t)(module - f.ptr) + 1);
	for (int drop = 0; drop < 2; drop++) { /* the method, the class */
		const char *dot = memrchr(f.ptr, '.', f.len);
		if (!dot)
			return;
		f.len = (size_t)(dot - f.ptr);
		const char *nested = drop == 0 ? memchr(f.ptr, '$', f.len) : NULL;
		if (nested)
			f.len = (size_t)(nested - f.ptr);
	}
	for (size_t i = 0; i < f.len; i++)
		buf_add_char(out, f.ptr[i] == '.' ? '/' : f.ptr[i]);
	if (f.len)
		buf_add_char(out, '/');
}

static bool is_of_jvm(struct span path)
{
	return span_ends(path, SPAN(".java")) || span_ends(path, SPAN(".kt")) || span_ends(path, SPAN(".scala")) ||
	       span_ends(path, SPAN(".groovy")) || span_ends(path, SPAN(".clj"));
}

/* Whether a library's file is this one of the tree: behind the folder of packages the paths are the same. */
static bool is_installed(struct span path, struct span own)
{
	static const char *const folders[] = {"site-packages/", "dist-packages/"};
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		size_t at = span_find(path, span_of_str(folders[i]));
		struct span inner = at == SIZE_MAX ? span_of("", 0) : span_from(path, at + strlen(folders[i]));
		if (memchr(inner.ptr, '/', inner.len) &&
		    (span_eq(inner, own) || (span_starts(own, SPAN("src/")) && span_eq(inner, span_from(own, 4)))))
			return true;
	}
	return false;
}

/* From another machine at least two parts must agree, else any index.js would do; unless the tree's whole path does. */
static void find_elsewhere(const struct places *p, struct span path, struct place_match *out)
{
	struct buf normal = {0};
	bool rooted = path.len && (path.ptr[0] == '/' || of_windows(path));
	place_normal(path, &normal);
	find(p, buf_span(&normal), of_windows(path), rooted ? 2 : UINT32_MAX, out);
	if (out->count && place_is_foreign(path)) {
		/* The tree's own only when it has the folder that makes it foreign, or is what was installed there. */
		size_t kept = 0;
		for (size_t i = 0; i < out->count; i++)
			if (place_is_foreign(places_path(p, out->at[i])) || is_installed(buf_span(&normal), places_path(p, out->at[i])))
				out->at[kept++] = out->at[i];
		out->count = out->all = kept;
	}
	buf_release(&normal);
}

void places_find(const struct places *p, const struct mention *m, struct place_match *out)
{
	struct place_match wide = {0};
	if (m->wide.len) {
		places_find_path(p, m->wide, &wide);
		struct span name = m->wide;
		/* Only what has its blanks in the tree too. */
		if (wide.count && memchr(places_path(p, wide.at[0]).ptr, ' ', places_path(p, wide.at[0]).len) && memchr(name.ptr, ' ', name.len)) {
			*out = wide;
			return;
		}
	}
	bool bare = !memchr(m->path.ptr, '/', m->path.len) && !memchr(m->path.ptr, '\\', m->path.len);
	if (bare && is_of_jvm(m->path) && m->function.len) {
		struct buf path = {0};
		folders_of_frame(m, &path);
		struct span folders = buf_span(&path);
		size_t folder_bytes = folders.len;
		buf_add_span(&path, m->path);
		find(p, buf_span(&path), false, folder_bytes ? 2 : 1, out);
		buf_release(&path);
		/* Kotlin's folders may leave out the first parts of the package; other languages' must agree. */
		return;
	}
	find_elsewhere(p, m->path, out);
}
