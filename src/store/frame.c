#include "store/frame.h"

#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <zstd.h>

struct packer {
	ZSTD_CCtx *zstd;
	char *out;
	size_t out_cap;
};

struct unpacker {
	ZSTD_DCtx *zstd;
};

size_t frame_max_bytes(void) { return ZSTD_compressBound(FRAME_BYTES); }

struct packer *packer_new(void)
{
	struct packer *p = mem_zalloc(1, sizeof *p);
	p->out_cap = frame_max_bytes();
	p->out = mem_alloc(p->out_cap);
	p->zstd = ZSTD_createCCtx();
	if (!p->zstd)
		mem_alloc(SIZE_MAX); /* reports exhaustion like every other allocation */
	ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_compressionLevel, FRAME_LEVEL);
	ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_checksumFlag, 1);
	return p;
}

void packer_free(struct packer *p)
{
	if (!p)
		return;
	ZSTD_freeCCtx(p->zstd);
	free(p->out);
	free(p);
}

enum err_code packer_pack(struct packer *p, struct span content, struct span *out, struct err *err)
{
	size_t n = ZSTD_compress2(p->zstd, p->out, p->out_cap, content.ptr, content.len);
	if (ZSTD_isError(n))
		return err_set(err, ERR_STORE, "zstd: %s", ZSTD_getErrorName(n));
	*out = span_of(p->out, n);
	return ERR_OK;
}

struct unpacker *unpacker_new(void)
{
	struct unpacker *u = mem_zalloc(1, sizeof *u);
	u->zstd = ZSTD_createDCtx();
	if (!u->zstd)
		mem_alloc(SIZE_MAX);
	return u;
}

void unpacker_free(struct unpacker *u)
{
	if (!u)
		return;
	ZSTD_freeDCtx(u->zstd);
	free(u);
}

enum err_code unpacker_unpack(struct unpacker *u, struct span frame, void *into, size_t len, struct err *err)
{
	size_t n = ZSTD_decompressDCtx(u->zstd, into, len, frame.ptr, frame.len);
	if (ZSTD_isError(n))
		return err_set(err, ERR_STORE, "zstd: %s", ZSTD_getErrorName(n));
	if (n != len)
		return err_set(err, ERR_STORE, "a frame holds %zu bytes where %zu were stored", n, len);
	return ERR_OK;
}
