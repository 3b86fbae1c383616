#include "api/ahead.h"

#include "base/limits.h"
#include "base/mem.h"
#include "text/kernel.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>

enum {
	WINDOWS = 6,
	BATCHES = 8,
	BATCH_LINES = 4096,
	BATCH_LOOKED = 1024,
	QUEUE_MOST = 8,
};

/* ---- lines that were found ---------------------------------------------------------------------------------------- */

/* One at which was looked. */
struct looked {
	size_t line; /* index */
	struct glance glance;
};

/* Lines of a window that follow each other. */
struct found {
	size_t count, looked_count;
	const uint32_t *ends;  /* offsets of the LF in the window */
	const uint64_t *forms;
	const struct looked *looked;
};

/* Nothing but the form. */
static void set_form(struct glance *g, uint64_t form)
{
	g->form = form;
	g->skip = 0;
	g->cut = g->facts = g->event = 0;
}

static void take_one(struct seen *s, ahead_take *take, void *user)
{
	set_form(&s->glance, kernel_form_hash(s->line.text));
	take(user, s, 1);
}

/* Takes lines of a window that was pushed; the first begins at its byte `from`. Returns where the next one does. */
static size_t take_found(struct lines *lines, struct span window, size_t from, const struct found *f, ahead_take *take, void *user)
{
	struct seen seen[AHEAD_TOGETHER];
	const struct looked *looked = f->looked, *looked_end = looked + f->looked_count;
	size_t line = 0;
	if (lines->carried_bytes && f->count) { /* what was found of it is not all of it */
		lines_cut(lines, f->ends[0] - from, &seen[0].line);
		take_one(&seen[0], take, user);
		from = (size_t)f->ends[line++] + 1;
	}
	while (line < f->count) {
		const size_t begin = from, count = f->count - line < AHEAD_TOGETHER ? f->count - line : AHEAD_TOGETHER;
		const uint64_t no = lines->next_no, off = lines->next_off - begin;
		for (size_t i = 0; i < count; i++) {
			struct seen *s = &seen[i];
			const size_t len = f->ends[line + i] - from;
			s->line = line_of(window.ptr + from, len, no + i, off + from);
			set_form(&s->glance, line_is_whole(&s->line) ? f->forms[line + i] : kernel_form_hash(s->line.text));
			from += len + 1;
		}
		for (; looked < looked_end && looked->line < line + count; looked++)
			seen[looked->line - line].glance = looked->glance;
		lines_skip(lines, count, from - begin);
		take(user, seen, count);
		line += count;
	}
	return from;
}

/* ---- without threads ---------------------------------------------------------------------------------------------- */

void ahead_push(struct lines *lines, struct span bytes, ahead_take *take, void *user)
{
	uint32_t ends[KERNEL_LINES];
	uint64_t forms[KERNEL_LINES];
	struct found found = {.ends = ends, .forms = forms};
	struct seen rest;
	size_t from = 0;
	lines_push(lines, bytes);
	while ((found.count = kernel_lines(bytes, from, ends, forms)) > 0)
		from = take_found(lines, bytes, from, &found, take, user);
	while (lines_next(lines, &rest.line)) /* only past what the kernel looks at */
		take_one(&rest, take, user);
}

void ahead_finish(struct lines *lines, ahead_take *take, void *user)
{
	struct seen last;
	if (lines_finish(lines, &last.line))
		take_one(&last, take, user);
}

/* ---- hand over ---------------------------------------------------------------------------------------------------- */

/* Never full: there are no more things than it has room for. */
struct queue {
	pthread_mutex_t mutex;
	pthread_cond_t filled;
	void *things[QUEUE_MOST];
	size_t first, count;
	bool closed;
};

static void queue_init(struct queue *q)
{
	*q = (struct queue){.count = 0};
	pthread_mutex_init(&q->mutex, NULL);
	pthread_cond_init(&q->filled, NULL);
}

static void queue_release(struct queue *q)
{
	pthread_cond_destroy(&q->filled);
	pthread_mutex_destroy(&q->mutex);
}

static void queue_push(struct queue *q, void *thing)
{
	pthread_mutex_lock(&q->mutex);
	assert(q->count < QUEUE_MOST);
	q->things[(q->first + q->count++) % QUEUE_MOST] = thing;
	pthread_cond_signal(&q->filled);
	pthread_mutex_unlock(&q->mutex);
}

static void queue_close(struct queue *q)
{
	pthread_mutex_lock(&q->mutex);
	q->closed = true;
	pthread_cond_signal(&q->filled);
	pthread_mutex_unlock(&q->mutex);
}

static bool queue_is_empty(struct queue *q)
{
	pthread_mutex_lock(&q->mutex);
	bool empty = q->count == 0;
	pthread_mutex_unlock(&q->mutex);
	return empty;
}

/* NULL: it is empty and closed. */
static void *queue_pop(struct queue *q)
{
	void *thing = NULL;
	pthread_mutex_lock(&q->mutex);
	while (q->count == 0 && !q->closed)
		pthread_cond_wait(&q->filled, &q->mutex);
	if (q->count) {
		thing = q->things[q->first];
		q->first = (q->first + 1) % QUEUE_MOST;
		q->count--;
	}
	pthread_mutex_unlock(&q->mutex);
	return thing;
}

/* ---- with threads ------------------------------------------------------------------------------------------------- */

struct window {
	size_t len;
	/* A copy of many bytes to a place 8 bytes further in its page than where they come from takes up to 15 times as long
	 * (measured on Zen 4: 0.30 s a GB for 0.02), and what allocators and the system give begins at multiples of 16. */
	_Alignas(16) char bytes[READ_WINDOW_BYTES];
};

/* What was found out of lines that follow each other, as little as there is, since it goes from one processor's cache to
 * another's: the lines are cut by the thread that takes them. */
struct batch {
	struct window *window;
	bool is_last_of_window;
	bool is_raw; /* nothing was found: left to the thread that takes it, which would have to wait */
	size_t count, looked_count;
	uint64_t forms[BATCH_LINES];
	uint32_t ends[BATCH_LINES];
	struct looked looked[BATCH_LOOKED];
};

struct ahead {
	struct source *source; /* borrowed, as the next */
	struct held *held;
	struct buf *head;
	size_t head_bytes;
	struct lines lines;
	struct looker looker;
	bool apart;            /* looking has a thread of its own */
	struct queue windows, read, batches, seen;
	struct err err;        /* of reading */
	bool failed;
};

static struct batch *new_batch(struct ahead *a, struct window *w)
{
	struct batch *b = queue_pop(&a->batches);
	b->window = w;
	b->is_last_of_window = b->is_raw = false;
	b->count = b->looked_count = 0;
	return b;
}

/* Of the batch's lines from `line` on, which begins at byte `from`. */
static void look_at_found(struct ahead *a, struct batch *b, size_t line, size_t from)
{
	for (; line < b->count; line++) {
		struct span text = span_of(b->window->bytes + from, b->ends[line] - from);
		/* The first of a window may have begun before. */
		if (from && text.len <= LINE_WHOLE_BYTES && !look_came_lately(&a->looker, b->forms[line])) {
			struct looked *looked = &b->looked[b->looked_count++];
			looked->line = line;
			set_form(&looked->glance, b->forms[line]);
			look_ahead(&a->looker, text, &looked->glance);
		}
		from = (size_t)b->ends[line] + 1;
	}
}

static void look_at_window(struct ahead *a, struct window *w)
{
	struct batch *b = new_batch(a, w);
	b->is_raw = queue_is_empty(&a->seen);
	for (size_t from = 0; !b->is_raw;) {
		if (b->count > BATCH_LINES - KERNEL_LINES || b->looked_count > BATCH_LOOKED - KERNEL_LINES) {
			queue_push(&a->seen, b);
			b = new_batch(a, w);
		}
		size_t n = kernel_lines(span_of(w->bytes, w->len), from, b->ends + b->count, b->forms + b->count);
		if (n == 0)
			break;
		b->count += n;
		look_at_found(a, b, b->count - n, from);
		from = (size_t)b->ends[b->count - 1] + 1;
	}
	b->is_last_of_window = true;
	queue_push(&a->seen, b);
}

/* Fills the window; false at the end. */
static bool read_window(struct ahead *a, struct window *w)
{
	ssize_t n = source_read(a->source, w->bytes, READ_WINDOW_BYTES, &a->err);
	a->failed = n < 0;
	if (n <= 0)
		return false;
	w->len = (size_t)n;
	struct span bytes = span_of(w->bytes, w->len);
	if (a->head && a->head->len < a->head_bytes)
		buf_add_span(a->head, span_head(bytes, a->head_bytes - a->head->len));
	held_append(a->held, bytes);
	return true;
}

static void *read_thread(void *user)
{
	struct ahead *a = user;
	for (struct window *w; (w = queue_pop(&a->windows)) != NULL;) {
		if (w->len == 0 && !read_window(a, w)) /* the first one comes filled */
			break;
		if (a->apart)
			queue_push(&a->read, w);
		else
			look_at_window(a, w);
	}
	if (a->apart)
		queue_close(&a->read);
	else
		queue_close(&a->seen);
	return NULL;
}

static void *look_thread(void *user)
{
	struct ahead *a = user;
	struct window *w;
	while ((w = queue_pop(&a->read)) != NULL)
		look_at_window(a, w);
	queue_close(&a->seen);
	return NULL;
}

static void take_all(struct ahead *a, ahead_take *take, void *user)
{
	struct batch *b;
	size_t from = 0;
	while ((b = queue_pop(&a->seen)) != NULL) {
		struct window *w = b->window;
		struct span bytes = span_of(w->bytes, w->len);
		if (b->is_raw) {
			ahead_push(&a->lines, bytes, take, user);
		} else {
			if (from == 0)
				lines_push(&a->lines, bytes);
			struct found found = {b->count, b->looked_count, b->ends, b->forms, b->looked};
			from = take_found(&a->lines, bytes, from, &found, take, user);
		}
		if (b->is_last_of_window) {
			struct line none;
			bool more = lines_next(&a->lines, &none); /* carries the rest */
			assert(!more), (void)more;
			from = 0;
			w->len = 0;
			queue_push(&a->windows, w);
		}
		queue_push(&a->batches, b);
	}
}

/* Signals are the business of the threads that were there before. */
static bool start(pthread_t *thread, void *(*body)(void *), struct ahead *a)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	bool started = pthread_create(thread, NULL, body, a) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}

static unsigned useful_threads(unsigned asked)
{
	cpu_set_t cpus;
	if (!asked)
		asked = sched_getaffinity(0, sizeof cpus, &cpus) == 0 ? (unsigned)CPU_COUNT(&cpus) : 1;
	return asked < AHEAD_THREADS_MOST ? asked : AHEAD_THREADS_MOST;
}

/* Goes on with threads from the first window on, which is filled. False: there are none to be had. */
static bool read_with_threads(struct ahead *a, struct window *first, ahead_take *take, void *user)
{
	struct queue *const queues[] = {&a->windows, &a->read, &a->batches, &a->seen};
	struct window *windows[WINDOWS] = {first};
	struct batch *batches[BATCHES];
	pthread_t reader, looker;
	for (size_t i = 0; i < sizeof queues / sizeof *queues; i++)
		queue_init(queues[i]);
	/* The reader waits for its first window until all the rest is there. */
	bool reading = start(&reader, read_thread, a);
	if (reading) {
		a->apart = a->apart && start(&looker, look_thread, a);
		const bool apart = a->apart;
		for (size_t i = 0; i < BATCHES; i++)
			queue_push(&a->batches, batches[i] = mem_alloc(sizeof **batches));
		for (size_t i = 0; i < WINDOWS; i++) {
			if (i) {
				windows[i] = mem_alloc(sizeof **windows);
				windows[i]->len = 0;
			}
			queue_push(&a->windows, windows[i]);
		}
		take_all(a, take, user);
		pthread_join(reader, NULL);
		if (apart)
			pthread_join(looker, NULL);
		for (size_t i = 1; i < WINDOWS; i++)
			free(windows[i]);
		for (size_t i = 0; i < BATCHES; i++)
			free(batches[i]);
	}
	for (size_t i = 0; i < sizeof queues / sizeof *queues; i++)
		queue_release(queues[i]);
	return reading;
}

enum err_code ahead_read(struct source *source, struct held *held, unsigned threads, bool ci, struct buf *head, size_t head_bytes,
                         ahead_take *take, void *user, struct err *err)
{
	struct ahead a = {.source = source, .held = held, .head = head, .head_bytes = head_bytes};
	struct window *w = mem_alloc(sizeof *w);
	lines_init(&a.lines);
	looker_init(&a.looker, ci);
	threads = useful_threads(threads);
	a.apart = threads > 2;
	bool taken = false, more = read_window(&a, w);
	/* A short input is done before threads would have begun. */
	if (more && w->len == READ_WINDOW_BYTES && threads > 1)
		taken = read_with_threads(&a, w, take, user);
	if (!taken) {
		for (; more; more = read_window(&a, w))
			ahead_push(&a.lines, span_of(w->bytes, w->len), take, user);
	}
	ahead_finish(&a.lines, take, user);
	free(w);
	lines_release(&a.lines);
	looker_release(&a.looker);
	if (a.failed && err)
		*err = a.err;
	return a.failed ? a.err.code : ERR_OK;
}
