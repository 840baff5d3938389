/*
 * gzip and deflate by libdeflate, zstd by libzstd: both take whole buffers.
 */
#include "net/encode.h"

#include <assert.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <zstd.h>

#include "base/mem.h"

enum { USUAL_GZIP = 1, USUAL_ZSTD = 1 };

struct encoder {
    enum encoding encoding;
    int level;
    struct libdeflate_compressor *deflate; /* one of the two */
    ZSTD_CCtx *zstd;
};

struct encoder *encoder_new(enum encoding encoding, int level)
{
    struct encoder *encoder = mem_zero(sizeof(*encoder));

    encoder->encoding = encoding;
    encoder->level = level;
    if (level == ENCODE_LEVEL_USUAL)
        encoder->level = encoding == ENCODING_ZSTD ? USUAL_ZSTD : USUAL_GZIP;
    else if (level < 0 && encoding != ENCODING_ZSTD)
        encoder->level = 1; /* Go's -2, Huffman's codes alone: the nearest that there is */
    if (encoding == ENCODING_ZSTD)
        encoder->zstd = ZSTD_createCCtx();
    else
        encoder->deflate = libdeflate_alloc_compressor(encoder->level);
    if (!encoder->zstd && !encoder->deflate)
        abort(); /* out of memory: its size does not come from outside */
    return encoder;
}

void encoder_free(struct encoder *encoder)
{
    if (!encoder)
        return;
    libdeflate_free_compressor(encoder->deflate);
    ZSTD_freeCCtx(encoder->zstd);
    free(encoder);
}

static size_t zstd_run(const struct encoder *encoder, struct str plain, struct buf *out)
{
    size_t room = ZSTD_compressBound(plain.len);
    size_t len = ZSTD_compressCCtx(encoder->zstd, buf_reserve(out, room), room, plain.at, plain.len,
                                   encoder->level);

    return ZSTD_isError(len) ? 0 : len;
}

static size_t gzip_run(const struct encoder *encoder, struct str plain, struct buf *out)
{
    size_t room = libdeflate_gzip_compress_bound(encoder->deflate, plain.len);

    return libdeflate_gzip_compress(encoder->deflate, plain.at, plain.len, buf_reserve(out, room),
                                    room);
}

static size_t deflate_run(const struct encoder *encoder, struct str plain, struct buf *out)
{
    size_t room = libdeflate_zlib_compress_bound(encoder->deflate, plain.len);

    return libdeflate_zlib_compress(encoder->deflate, plain.at, plain.len, buf_reserve(out, room),
                                    room);
}

void encoder_run(struct encoder *encoder, struct str plain, struct buf *out)
{
    if (!plain.at)
        plain = STR("");
    if (encoder->encoding == ENCODING_ZSTD)
        out->len = zstd_run(encoder, plain, out);
    else if (encoder->encoding == ENCODING_GZIP)
        out->len = gzip_run(encoder, plain, out);
    else
        out->len = deflate_run(encoder, plain, out);
    assert(out->len > 0); /* there was room for the worst */
    buf_trim(out);
}
