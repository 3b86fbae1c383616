#include "input/unzstd.h"

#include "base/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

/* The decoder holds one window: 16 MiB covers levels up to 19, and leaves the rest of 64 MiB to everyone else. */
enum { WINDOW_LOG_MAX = 24 };

struct unzstd {
	ZSTD_DCtx *dctx;      /* owned */
	uint64_t taken_bytes; /* of input */
	size_t hint_bytes;    /* what the decoder wants next; 0 between frames */
};

static uint64_t little_endian(struct span s, size_t at, size_t bytes)
{
	uint64_t value = 0;
	for (size_t i = bytes; i > 0; i--)
		value = value << 8 | (unsigned char)s.ptr[at + i - 1];
	return value;
}

/* The window of a frame, from its header (RFC 8878, 3.1.1.1); 0 when the head is too short. */
static uint64_t window_bytes(struct span head)
{
	static const size_t dictionary_bytes[] = {0, 1, 2, 4}, size_bytes[] = {1, 2, 4, 8};
	if (head.len < 6)
		return 0;
	unsigned descriptor = (unsigned char)head.ptr[4];
	if (!(descriptor & 0x20)) {
		unsigned window = (unsigned char)head.ptr[5];
		uint64_t base = UINT64_C(1) << (10 + (window >> 3));
		return base + base / 8 * (window & 7);
	}
	size_t at = 5 + dictionary_bytes[descriptor & 3], bytes = size_bytes[descriptor >> 6];
	return head.len < at + bytes ? 0 : little_endian(head, at, bytes); /* the 256 that 2 bytes lack do not matter */
}

enum unzstd_kind unzstd_recognize(struct span head)
{
	if (head.len < 4)
		return UNZSTD_NO;
	uint64_t magic = little_endian(head, 0, 4);
	if ((magic & 0xfffffff0u) == ZSTD_MAGIC_SKIPPABLE_START)
		return UNZSTD_YES;
	if (magic != ZSTD_MAGICNUMBER)
		return UNZSTD_NO;
	return window_bytes(head) > UINT64_C(1) << WINDOW_LOG_MAX ? UNZSTD_TOO_LARGE : UNZSTD_YES;
}

struct unzstd *unzstd_new(void)
{
	struct unzstd *z = mem_zalloc(1, sizeof *z);
	z->dctx = ZSTD_createDCtx();
	if (!z->dctx)
		mem_alloc(SIZE_MAX); /* reports exhaustion like every other allocation */
	ZSTD_DCtx_setParameter(z->dctx, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	return z;
}

void unzstd_free(struct unzstd *z)
{
	if (!z)
		return;
	ZSTD_freeDCtx(z->dctx);
	free(z);
}

static const char *mend(size_t code)
{
	switch (ZSTD_getErrorCode(code)) {
	case ZSTD_error_frameParameter_windowTooLarge:
		return " (its window is over 16 MiB: pipe in the output of zstd -dc --long=31)";
	case ZSTD_error_dictionary_wrong: return " (pipe in the output of zstd -dc -D DICTIONARY)";
	default: return "";
	}
}

enum err_code unzstd_step(struct unzstd *z, struct span *in, char *out, size_t cap, size_t *produced, struct err *err)
{
	*produced = 0;
	if (in->len == 0 && z->hint_bytes == 0) /* nothing is left of the last frame; a call would begin another */
		return ERR_OK;
	/* What a call decoded before it met a fault is lost with that call. Given no more than it asked for, it
	 * decodes one block at a time, and no more than that block is lost. */
	size_t give = z->hint_bytes && z->hint_bytes < in->len ? z->hint_bytes : in->len;
	ZSTD_inBuffer zin = {in->ptr, give, 0};
	ZSTD_outBuffer zout = {out, cap, 0};
	size_t code = ZSTD_decompressStream(z->dctx, &zout, &zin);
	if (ZSTD_isError(code))
		return err_set(err, ERR_INPUT, "damaged zstd data near byte %" PRIu64 ": %s%s", z->taken_bytes,
			       ZSTD_getErrorName(code), mend(code));
	z->hint_bytes = code;
	z->taken_bytes += zin.pos;
	*in = span_from(*in, zin.pos);
	*produced = zout.pos;
	return ERR_OK;
}

enum err_code unzstd_finish(const struct unzstd *z, struct err *err)
{
	if (z->hint_bytes == 0)
		return ERR_OK;
	return err_set(err, ERR_INPUT, "the zstd data is cut off: it ends at byte %" PRIu64 " inside a frame",
		       z->taken_bytes);
}
