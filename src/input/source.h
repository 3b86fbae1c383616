/* A source gives the bytes of one input, decoded: a file or a file descriptor, with compression and UTF-16 undone.
 *
 * Formats are told by magic bytes, not names: zstd through the library (concatenated and skippable frames), gz, xz,
 * bz2, lz4 through the system's decompressor (found in PATH without a shell; a missing one is an error that names the
 * package to install). zstd with a window over 16 MiB goes to the system's zstd as well, whose memory is its own.
 * UTF-16 with a BOM is converted to UTF-8; a UTF-8 BOM is dropped. Regular files are read into the caller's window
 * rather than mapped: a file truncated under us is then a short read and a message, never a SIGBUS. What was read
 * before an error remains valid: the caller reduces it and reports the error. */
#ifndef CTXCUT_INPUT_SOURCE_H
#define CTXCUT_INPUT_SOURCE_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/span.h"

struct source;

/* path "-" is not special here. A directory is ERR_INPUT. *out is NULL on error. A regular file is read up to the
 * size it has now, even if it grows; one of size 0 (as in /proc) to its end. */
enum err_code source_open(struct source **out, const char *path, struct err *err);
/* Borrows fd until source_free (never closes it); reads on from where it stands. */
enum err_code source_open_fd(struct source **out, int fd, const char *name, struct err *err);

/* Reads what `read` gives, until that is 0. It may wait. What needs the system's decompressor passes through undecoded, all
 * does without `decode`. */
typedef size_t source_reader(void *user, void *into, size_t size);
void source_open_reader(struct source **out, source_reader *read, void *user, const char *name, bool decode);

/* Reads `size` decoded bytes; fewer only when the end, an error or a stop follows, so that windows do not depend on
 * how the bytes came. 0 at the end; -1 on error with err set ("name: what happened; N bytes were read"), after which
 * the source is at its end. A pending stop (source_stop_all) ends the input as if closed. */
ssize_t source_read(struct source *s, char *into, size_t size, struct err *err);

/* True for a plain regular file: its decoded bytes are its bytes, readable again at any offset by original_of_file. */
bool source_is_plain_file(const struct source *s);
/* "zstd", "gzip", "xz", "bzip2", "lz4", "utf-16le", "utf-16be" or ""; of a pipe known after the first read. */
const char *source_decoded_from(const struct source *s);
void source_free(struct source *s);

/* Called from a signal handler: every source read returns end of input from now on (SIGINT while reading a pipe). */
void source_stop_all(void);
bool source_was_stopped(void);

/* The same decoding for bytes that are pushed (library feed API): zstd and UTF-16; the others pass through
 * undecoded. */
struct decoder;
struct decoder *decoder_new(void);
/* Decodes `in` and hands the result to `emit` piece by piece (each piece ≤ READ_WINDOW_BYTES). An error is reported
 * once; what is fed after it is passed over. */
typedef void decoder_emit(void *user, struct span bytes);
enum err_code decoder_feed(struct decoder *d, struct span in, decoder_emit *emit, void *user, struct err *err);
enum err_code decoder_finish(struct decoder *d, decoder_emit *emit, void *user, struct err *err);
const char *decoder_decoded_from(const struct decoder *d);
void decoder_free(struct decoder *d);

/* Whether the first bytes of an input (decoded) are binary data rather than text: more than one control character in
 * 32, or mostly invalid UTF-8. A few NULs make no binary, nor does a hole of 4 KiB of NULs and more. `head` is up to
 * 64 KiB. */
bool source_looks_binary(struct span head);
/* What kind of binary data, with the mend if there is one ("a zip archive: give the output of unzip -p"), or "". */
const char *source_binary_kind(struct span head);

#endif
