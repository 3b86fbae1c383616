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
	BATCH_LINES = 1024,
	CARRIED_BYTES = LINE_JUDGED_BYTES + 2 * LINE_TAIL_BYTES, /* a line's text and tail */
	QUEUE_MOST = 8,
};

/* ---- without threads ---------------------------------------------------------------------------------------------- */

static bool is_within(struct span part, struct span whole) { return part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len; }

/* Nothing was seen yet but the form. */
static void set_form(struct glance *g, uint64_t form)
{
	g->form = form;
	g->skip = 0;
	g->cut = g->facts = g->event = 0;
}

/* Not for a line that began in bytes before: it is lent only until the next one is asked for. */
static void take_found(struct lines *lines, const struct kernel_lines *found, ahead_take *take, void *user)
{
	struct seen seen[AHEAD_TOGETHER];
	uint32_t from = 0;
	for (size_t i = 0, count = 0; i < found->count; i++) {
		struct seen *s = &seen[count++];
		lines_cut(lines, found->ends[i] - from, &s->line);
		from = found->ends[i] + 1;
		set_form(&s->glance, s->line.text.len == s->line.len_bytes ? found->forms[i] : kernel_form_hash(s->line.text));
		if (count == AHEAD_TOGETHER || i + 1 == found->count) {
			take(user, seen, count);
			count = 0;
		}
	}
}

void ahead_push(struct lines *lines, struct looker *looker, struct span bytes, ahead_take *take, void *user)
{
	struct kernel_lines found;
	struct seen one;
	(void)looker;
	lines_push(lines, bytes);
	do {
		while (!lines->carried_bytes && kernel_lines(lines->window, &found))
			take_found(lines, &found, take, user);
		if (!lines_next(lines, &one.line))
			return;
		set_form(&one.glance, kernel_form_hash(one.line.text));
		take(user, &one, 1);
	} while (lines->window.len);
}

void ahead_finish(struct lines *lines, struct looker *looker, ahead_take *take, void *user)
{
	struct seen last = {0};
	if (!lines_finish(lines, &last.line))
		return;
	look_at_form(looker, last.line.text, &last.glance);
	take(user, &last, 1);
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
	char bytes[READ_WINDOW_BYTES];
};

struct batch {
	struct window *window;       /* the lines' text stands in it; given back with the last batch of it */
	bool is_last_of_window;
	size_t count, carried_bytes;
	struct seen lines[BATCH_LINES];
	char carried[CARRIED_BYTES]; /* text of the line that began in the window before */
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

static struct span carry(struct batch *b, struct span text)
{
	assert(text.len <= CARRIED_BYTES - b->carried_bytes);
	char *to = b->carried + b->carried_bytes;
	memcpy(to, text.ptr, text.len);
	b->carried_bytes += text.len;
	return span_of(to, text.len);
}

static struct batch *new_batch(struct ahead *a, struct window *w)
{
	struct batch *b = queue_pop(&a->batches);
	b->window = w;
	b->is_last_of_window = false;
	b->count = b->carried_bytes = 0;
	return b;
}

static void add_line(struct ahead *a, struct batch *b, struct span window, const struct line *line)
{
	struct seen *s = &b->lines[b->count++];
	s->line = *line;
	if (!is_within(line->text, window)) {
		s->line.text = carry(b, line->text);
		s->line.tail = carry(b, line->tail);
	}
	s->glance = (struct glance){0};
	look_ahead(&a->looker, s->line.text, &s->glance);
}

static void look_at_window(struct ahead *a, struct window *w)
{
	struct span bytes = span_of(w->bytes, w->len);
	struct line line;
	struct batch *b = new_batch(a, w);
	lines_push(&a->lines, bytes);
	while (lines_next(&a->lines, &line)) {
		if (b->count == BATCH_LINES) {
			queue_push(&a->seen, b);
			b = new_batch(a, w);
		}
		add_line(a, b, bytes, &line);
	}
	b->is_last_of_window = true;
	queue_push(&a->seen, b);
}

static void look_at_rest(struct ahead *a)
{
	struct line line;
	if (lines_finish(&a->lines, &line)) {
		struct batch *b = new_batch(a, NULL);
		add_line(a, b, span_of("", 0), &line);
		queue_push(&a->seen, b);
	}
	queue_close(&a->seen);
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
		look_at_rest(a);
	return NULL;
}

static void *look_thread(void *user)
{
	struct ahead *a = user;
	struct window *w;
	while ((w = queue_pop(&a->read)) != NULL)
		look_at_window(a, w);
	look_at_rest(a);
	return NULL;
}

static void take_all(struct ahead *a, ahead_take *take, void *user)
{
	struct batch *b;
	while ((b = queue_pop(&a->seen)) != NULL) {
		for (size_t i = 0; i < b->count; i += AHEAD_TOGETHER)
			take(user, b->lines + i, b->count - i < AHEAD_TOGETHER ? b->count - i : AHEAD_TOGETHER);
		if (b->is_last_of_window) {
			b->window->len = 0;
			queue_push(&a->windows, b->window);
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
	if (asked)
		return asked < AHEAD_THREADS_MOST ? asked : AHEAD_THREADS_MOST;
	return sched_getaffinity(0, sizeof cpus, &cpus) == 0 && CPU_COUNT(&cpus) > 1 ? AHEAD_THREADS_MOST : 1;
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
			ahead_push(&a.lines, &a.looker, span_of(w->bytes, w->len), take, user);
		ahead_finish(&a.lines, &a.looker, take, user);
	}
	free(w);
	lines_release(&a.lines);
	looker_release(&a.looker);
	if (a.failed && err)
		*err = a.err;
	return a.failed ? a.err.code : ERR_OK;
}
