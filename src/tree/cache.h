/* What was found out about the files of a tree, kept from run to run, so that only what changed is read again.
 *
 * A row is whatever bytes the caller makes of a file (tree/packed.h), a function of the file's bytes, its path below the
 * starting point and `form`. It is given back when the file's size, times, inode and device are as they were, and were not so
 * fresh when the row was made that a later change could have the same times; else, when the size is the same, the file is read
 * and its hash compared. A tree's whole result can be kept as well, to be given back while no file of the tree changed.
 *
 * Files below $XDG_CACHE_HOME/ctxcut/trees, else $HOME/.cache/ctxcut/trees, 0600 in 0700 folders: per starting point and form a
 * table, packs of rows and results. Written under temporary names and renamed, so that many processes may use them at once; sums
 * of all that is read, and what does not fit them is dropped. Bounded by CACHE_BYTES_MOST (or $CTXCUT_CACHE_CAP), least recently
 * used first. Losing any of it costs time only, so no failure here is one of the program. */
#ifndef CTXCUT_TREE_CACHE_H
#define CTXCUT_TREE_CACHE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "tree/walk.h"

#define CACHE_BYTES_MOST ((uint64_t)4 << 30)

struct cache;

/* Before the first entry of `w` is taken. `form`: of all but the files that decides what a row is (versions, profiles,
 * encoding, options). NULL: no cache can be had, or CTXCUT_CACHE_CAP is 0; every function takes NULL and then finds and keeps
 * nothing. The walk may be freed before the cache. */
struct cache *cache_open(const struct walk *w, struct hash128 form);
void cache_free(struct cache *c);

/* The entry's row, in *row (replaced); false: there is none that holds. Only for WALK_FILE. entry->dir must be open. By any
 * threads at once. */
bool cache_find(struct cache *c, const struct walk_entry *entry, struct buf *row);
/* A new row. `content`: the hash of all the file's bytes; `entry` as the walk gave it before the file was read. By any threads at
 * once. Not for a file that changed while it was read. */
void cache_keep(struct cache *c, const struct walk_entry *entry, struct hash128 content, struct span row);
/* At the end: makes what was kept visible to later runs. Does nothing when nothing is new. ERR_STORE: it could not be written. */
enum err_code cache_commit(struct cache *c, struct err *err);

/* ---- whole results ---- */

/* The state of a tree: a hash over what the walk says of each entry, in its order. */
struct cache_state;
struct cache_state *cache_state_new(void);
void cache_state_add(struct cache_state *s, const struct walk_entry *entry);
/* False: the state names no result, because something could not be read, or is so fresh that its next change might not
 * show. */
bool cache_state_done(const struct cache_state *s, struct hash128 *out);
void cache_state_free(struct cache_state *s);

/* Takes bytes; anything but 0 stops. */
typedef int cache_sink(void *user, const char *bytes, size_t len);

/* Says, before the walk is over, which result will be asked for: it is read and checked meanwhile. */
void cache_result_expect(struct cache *c, struct hash128 options);
/* Sends the result that was kept for these options (a hash of all that decides it but the tree) in this state. False: there is
 * none, or it is damaged from byte *sent on, which may be more than 0: what was sent is right, and since results are
 * deterministic the caller makes it anew and leaves out as many bytes. *stopped: the sink's answer. */
bool cache_result_send(struct cache *c, struct hash128 options, struct hash128 state, cache_sink *sink, void *user,
                       uint64_t *sent, int *stopped);

/* Keeping one. It replaces what was kept for these options. NULL (which the others take): no. */
struct cache_result *cache_result_begin(struct cache *c, struct hash128 options, struct hash128 state);
void cache_result_add(struct cache_result *r, struct span bytes);
void cache_result_commit(struct cache_result *r); /* frees as well */
void cache_result_abort(struct cache_result *r);

#endif
