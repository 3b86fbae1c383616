/* Token counts of the public header. */
#include "base/mem.h"
#include "ctxcut.h"
#include "input/lines.h"
#include "input/source.h"
#include "base/limits.h"
#include "text/tokens.h"
#include "tree/file.h"

#include "api/status.h"

#include <stdio.h>
#include <stdlib.h>

size_t ctxcut_tokens(const char *encoding, const void *bytes, size_t len)
{
	enum encoding e;
	return encoding_from_name(encoding, &e) ? tokens_count(e, span_of(bytes, len)) : SIZE_MAX;
}

static enum ctxcut_status count_source(enum encoding e, struct source *source, uint64_t *tokens, uint64_t *lines, uint64_t *bytes,
                                       struct err *err)
{
	char *window = mem_alloc(READ_WINDOW_BYTES);
	struct token_stream *stream = token_stream_new(e);
	ssize_t n;
	char last = '\n';
	*lines = *bytes = 0;
	while ((n = source_read(source, window, READ_WINDOW_BYTES, err)) > 0) {
		token_stream_feed(stream, span_of(window, (size_t)n));
		*bytes += (uint64_t)n;
		*lines += file_count_newlines(span_of(window, (size_t)n));
		last = window[n - 1];
	}
	*lines += last != '\n';
	*tokens = token_stream_finish(stream);
	token_stream_free(stream);
	free(window);
	return n < 0 ? status_of(err->code) : CTXCUT_OK;
}

static enum ctxcut_status answer(enum ctxcut_status status, const struct err *err, char *error, size_t error_size)
{
	if (error_size)
		snprintf(error, error_size, "%s", status == CTXCUT_OK ? "" : err->text);
	return status;
}

static enum ctxcut_status count(const char *encoding, const char *path, int fd, const char *name, uint64_t *tokens, uint64_t *lines,
                                uint64_t *bytes, char *error, size_t error_size)
{
	struct err err = {0};
	struct source *source = NULL;
	enum encoding e;
	*tokens = *lines = *bytes = 0;
	if (!encoding_from_name(encoding, &e)) {
		err_set(&err, ERR_USAGE, "encoding: '%s' is none of o200k_base, cl100k_base, claude", encoding);
		return answer(CTXCUT_USAGE, &err, error, error_size);
	}
	enum err_code code = path ? source_open(&source, path, &err) : source_open_fd(&source, fd, name, &err);
	if (code != ERR_OK)
		return answer(status_of(code), &err, error, error_size);
	enum ctxcut_status status = count_source(e, source, tokens, lines, bytes, &err);
	source_free(source);
	return answer(status, &err, error, error_size);
}

enum ctxcut_status ctxcut_tokens_file(const char *encoding, const char *path, uint64_t *tokens, uint64_t *lines, uint64_t *bytes,
                                      char *error, size_t error_size)
{
	return count(encoding, path, -1, NULL, tokens, lines, bytes, error, error_size);
}

enum ctxcut_status ctxcut_tokens_fd(const char *encoding, int fd, const char *name, uint64_t *tokens, uint64_t *lines,
                                    uint64_t *bytes, char *error, size_t error_size)
{
	return count(encoding, NULL, fd, name, tokens, lines, bytes, error, error_size);
}
