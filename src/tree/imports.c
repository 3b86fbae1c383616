#include "tree/imports.h"

#include "base/mem.h"
#include "tree/testing.h"

#include <stdlib.h>

enum { PARTS_MOST = 24, CANDIDATES_MOST = 256 };

struct import_key {
	uint64_t hash; /* of a name that an import may end with */
	uint32_t file;
};

struct import_map {
	const struct tree_index *x;
	struct import_key *keys; /* owned; sorted */
	size_t count, cap;
};

/* ---- languages ---------------------------------------------------------------------------------------------------- */

static int family_of(const struct language *l)
{
	static const struct {
		const char *name;
		int family;
	} families[] = {
		{"c", 1}, {"c++", 1}, {"objective-c", 1}, {"assembly", 1}, {"javascript", 2}, {"typescript", 2}, {"jsx", 2}, {"tsx", 2},
		{"vue", 2}, {"svelte", 2}, {"java", 3}, {"kotlin", 3}, {"scala", 3}, {"groovy", 3}, {"elixir", 4}, {"erlang", 4},
	};
	for (size_t i = 0; l && i < sizeof families / sizeof *families; i++)
		if (strcmp(language_name(l), families[i].name) == 0)
			return families[i].family;
	return 0;
}

bool languages_mix(const struct language *a, const struct language *b)
{
	return a && b && (a == b || (family_of(a) && family_of(a) == family_of(b)));
}

/* ---- the names of files ------------------------------------------------------------------------------------------- */

static struct span name_of(struct span path) { return span_from(path, path_folder(path).len); }

static struct span without_extension(struct span name)
{
	const char *dot = name.len > 1 ? memrchr(name.ptr + 1, '.', name.len - 1) : NULL;
	return dot ? span_head(name, (size_t)(dot - name.ptr)) : name;
}

/* A file that stands for its folder: pkg/__init__.py, ui/index.ts, net/mod.rs; in Go any file does. */
static bool stands_for_folder(struct span name, const struct language *language)
{
	struct span stem = without_extension(name);
	return span_eq(stem, SPAN("__init__")) || span_eq(stem, SPAN("index")) || span_eq(stem, SPAN("mod")) ||
	       (language && strcmp(language_name(language), "go") == 0);
}

static void add_key(struct import_map *m, struct span name, size_t file)
{
	if (!name.len)
		return;
	MEM_GROW(m->keys, m->cap, m->count + 1);
	m->keys[m->count++] = (struct import_key){hash64(name.ptr, name.len), (uint32_t)file};
}

static int by_key(const void *left, const void *right)
{
	const struct import_key *a = left, *b = right;
	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return a->file < b->file ? -1 : a->file > b->file;
}

struct import_map *import_map_new(const struct tree_index *x)
{
	struct import_map *m = mem_zalloc(1, sizeof *m);
	m->x = x;
	for (size_t i = 0; i < tree_index_count(x); i++) {
		const struct index_file *f = tree_index_file(x, i);
		if (!f->language)
			continue;
		struct span name = name_of(f->path), stem = without_extension(name);
		add_key(m, name, i);
		if (stem.len != name.len)
			add_key(m, stem, i);
		struct span folder = path_folder(f->path);
		if (folder.len && stands_for_folder(name, f->language))
			add_key(m, name_of(span_head(folder, folder.len - 1)), i);
	}
	if (m->count)
		qsort(m->keys, m->count, sizeof *m->keys, by_key);
	return m;
}

void import_map_free(struct import_map *m)
{
	if (!m)
		return;
	free(m->keys);
	free(m);
}

static size_t first_key(const struct import_map *m, uint64_t hash)
{
	size_t low = 0, high = m->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (m->keys[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* ---- an import's parts -------------------------------------------------------------------------------------------- */

struct parts {
	struct span at[PARTS_MOST];
	size_t count;
	bool relative; /* to the importing file's folder, `up` folders up */
	bool is_path;  /* parts are those of a path: the last may have an extension, and none is a name inside a file */
	size_t up;
};

static struct span unquoted(struct span s)
{
	s = span_trim(s);
	while (s.len >= 2 && strchr("\"'<`(", *s.ptr))
		s = span_of(s.ptr + 1, s.len - 1);
	while (s.len && strchr("\"'>`);", s.ptr[s.len - 1]))
		s.len--;
	return s;
}

static bool splits(char c, bool is_path) { return is_path ? c == '/' : c == '.' || c == ':' || c == '\\' || c == '/'; }

static void split(struct span import, bool is_c, struct parts *p)
{
	*p = (struct parts){0};
	struct span s = unquoted(import);
	p->is_path = is_c || memchr(s.ptr, '/', s.len) != NULL;
	if (!p->is_path)
		while (s.len && *s.ptr == '.') { /* Python: one dot is this folder, each further one a folder up */
			p->up += p->relative;
			p->relative = true;
			s = span_from(s, 1);
		}
	for (size_t begin = 0, i = 0; i <= s.len; i++) {
		if (i < s.len && !splits(s.ptr[i], p->is_path))
			continue;
		struct span part = span_of(s.ptr + begin, i - begin);
		begin = i + 1;
		if (!part.len)
			continue;
		if (p->is_path && span_eq(part, SPAN("."))) {
			p->relative = true;
		} else if (p->is_path && span_eq(part, SPAN(".."))) {
			p->relative = true;
			p->up++;
		} else if (p->count < PARTS_MOST) {
			p->at[p->count++] = part;
		}
	}
}

/* How many of the import's parts, from the last on, the path ends with. */
static size_t matched_parts(struct span path, const struct language *language, const struct parts *p, size_t count)
{
	struct span name = name_of(path), folder = path_folder(path);
	struct span last = p->at[count - 1];
	size_t matched = 0;
	if (span_eq(name, last) || span_eq(without_extension(name), last) ||
	    (p->is_path && family_of(language) == 2 && span_eq(without_extension(name), without_extension(last))))
		matched = 1;
	else if (!stands_for_folder(name, language))
		return 0;
	for (size_t i = count - matched; i > 0 && folder.len; i--) {
		struct span rest = span_head(folder, folder.len - 1);
		if (!span_eq(name_of(rest), p->at[i - 1]))
			break;
		matched++;
		folder = path_folder(rest);
	}
	return matched;
}

static size_t common_folder(struct span a, struct span b)
{
	size_t same = 0;
	for (size_t i = 0; i < a.len && i < b.len && a.ptr[i] == b.ptr[i]; i++)
		if (a.ptr[i] == '/')
			same = i + 1;
	return same;
}

/* Where a relative import begins: the importing file's folder, some folders up. */
static struct span base_folder(struct span path, size_t up)
{
	struct span folder = path_folder(path);
	for (; up && folder.len; up--)
		folder = path_folder(span_head(folder, folder.len - 1));
	return folder;
}

static size_t best_of(const struct import_map *m, size_t from, const struct parts *p, size_t count)
{
	const struct index_file *importer = tree_index_file(m->x, from);
	struct span folder = base_folder(importer->path, p->up), last = p->at[count - 1];
	/* The key may be the name without an extension that the import has ("./x.js" for x.ts). */
	for (int bare = 0; bare < 2; bare++) {
		struct span key = bare ? without_extension(last) : last;
		if (bare && (key.len == last.len || !p->is_path || family_of(importer->language) != 2))
			break;
		uint64_t hash = hash64(key.ptr, key.len);
		size_t best = SIZE_MAX, best_matched = 0, best_near = 0, equals = 0, seen = 0;
		for (size_t k = first_key(m, hash); k < m->count && m->keys[k].hash == hash && seen < CANDIDATES_MOST; k++, seen++) {
			size_t i = m->keys[k].file;
			const struct index_file *f = tree_index_file(m->x, i);
			if (i == from || !languages_mix(f->language, importer->language))
				continue;
			size_t matched = matched_parts(f->path, f->language, p, count), near = common_folder(f->path, importer->path);
			if (p->relative) {
				/* The path is this folder and the parts, nothing between. */
				struct span below = path_folder(f->path);
				size_t depth = 0;
				for (size_t c = folder.len; c < below.len; c++)
					depth += below.ptr[c] == '/';
				bool for_folder = stands_for_folder(name_of(f->path), f->language) && depth == count;
				if (!span_starts(f->path, folder) || matched < count || (depth != count - 1 && !for_folder))
					continue;
			}
			if (!matched)
				continue;
			if (best == SIZE_MAX || matched > best_matched || (matched == best_matched && near > best_near)) {
				best = i;
				best_matched = matched;
				best_near = near;
				equals = 1;
			} else if (matched == best_matched && near == best_near) {
				equals++;
			}
		}
		if (best == SIZE_MAX)
			continue;
		/* One part alone is a weak sign: it must be the neighbour or the only one. Of longer imports two parts must fit, or all
		 * but what the path of the starting point cut off. */
		const struct index_file *f = tree_index_file(m->x, best);
		bool neighbour = span_eq(path_folder(f->path), path_folder(importer->path));
		bool certain = count == 1 ? neighbour || equals == 1 : best_matched >= 2 || best_matched == count;
		/* Folders on top match all their parts that there are. */
		if (!certain && best_matched == 1 && !path_folder(f->path).len && equals == 1)
			certain = true;
		return certain ? best : SIZE_MAX;
	}
	return SIZE_MAX;
}

size_t import_resolve(const struct import_map *m, size_t from, struct span import)
{
	struct parts p;
	split(import, family_of(tree_index_file(m->x, from)->language) == 1, &p);
	if (!p.count)
		return SIZE_MAX;
	size_t found = best_of(m, from, &p, p.count);
	/* The last part may be a name inside the file. */
	if (found == SIZE_MAX && !p.is_path && p.count >= 2)
		found = best_of(m, from, &p, p.count - 1);
	return found;
}
