/*
 * gzip and deflate through libdeflate, which decodes whole buffers; zstd through libzstd's stream.
 *
 * The size of what comes out is a guess from what the sender says of it, never more than the limit;
 * where it does not suffice, the buffer grows twice: sixteenfold, then to the limit.
 */
#include "net/encoding.h"

#include <libdeflate.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>

#include "base/least.h"
#include "base/mem.h"

enum {
    FIRST_MIN = 4096,
    GROWTH = 16,
    DEFLATE_RATIO_MAX = 1032, /* 258 bytes from two bits, https://zlib.net/zlib_tech.html */
    ZSTD_WINDOW_LOG_MAX = 23  /* 8 MiB, as much as RFC 8878, 3.1.1.1.2, wants at least */
};

enum encoding encoding_of(struct str name)
{
    static const struct {
        const char *name;
        enum encoding encoding;
    } names[] = {
        {"", ENCODING_IDENTITY},    {"identity", ENCODING_IDENTITY}, {"gzip", ENCODING_GZIP},
        {"x-gzip", ENCODING_GZIP},  {"zstd", ENCODING_ZSTD},         {"deflate", ENCODING_DEFLATE},
        {"zlib", ENCODING_DEFLATE},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (str_eq_nocase(name, str_of(names[i].name)))
            return names[i].encoding;
    return ENCODING_UNKNOWN;
}

static const char *const own_names[] = {
    [ENCODING_IDENTITY] = "identity",
    [ENCODING_GZIP] = "gzip",
    [ENCODING_ZSTD] = "zstd",
    [ENCODING_DEFLATE] = "deflate",
};

const char *encoding_name(enum encoding encoding)
{
    return own_names[encoding];
}

void encoding_list(unsigned encodings, char list[ENCODING_LIST_SIZE])
{
    size_t len = 0;

    if (encodings == 0)
        encodings = 1U << ENCODING_IDENTITY | 1U << ENCODING_GZIP | 1U << ENCODING_ZSTD;
    list[0] = '\0';
    for (unsigned i = 0; i < sizeof(own_names) / sizeof(*own_names); i++)
        if (encodings & 1U << i)
            len += (size_t)snprintf(list + len, ENCODING_LIST_SIZE - len, "%s%s",
                                    len > 0 ? ", " : "", own_names[i]);
}

/* ---- each thread's decoders ---- */

struct decoders {
    struct libdeflate_decompressor *deflate;
    ZSTD_DStream *zstd;
};

static pthread_key_t decoders_key;
static pthread_once_t decoders_once = PTHREAD_ONCE_INIT;

static void free_decoders(void *arg)
{
    struct decoders *decoders = arg;

    libdeflate_free_decompressor(decoders->deflate);
    ZSTD_freeDStream(decoders->zstd);
    free(decoders);
}

static void make_key(void)
{
    if (pthread_key_create(&decoders_key, free_decoders) != 0)
        abort(); /* 1024 keys are in use: not by this program */
}

static struct decoders *own_decoders(void)
{
    struct decoders *decoders;

    pthread_once(&decoders_once, make_key);
    decoders = pthread_getspecific(decoders_key);
    if (!decoders) {
        decoders = mem_zero(sizeof(*decoders));
        pthread_setspecific(decoders_key, decoders);
    }
    return decoders;
}

/* ---- the buffer that they decode to ---- */

struct output {
    struct bytes *bytes; /* owned */
    size_t limit;        /* bytes that it may grow to */
    unsigned growths;
};

/* NO_ROOM where the budget has no room for the guess. */
static enum decode_verdict output_init(struct output *output, size_t guess, size_t limit)
{
    if (guess < FIRST_MIN)
        guess = FIRST_MIN;
    *output = (struct output){.bytes = bytes_new(least(guess, limit)), .limit = limit};
    return output->bytes ? DECODE_OK : DECODE_NO_ROOM;
}

static enum decode_verdict output_grow(struct output *output)
{
    size_t cap = output->bytes->cap;
    struct bytes *more;

    if (cap >= output->limit)
        return DECODE_TOO_LARGE;
    cap = output->growths++ == 0 && cap < output->limit / GROWTH ? cap * GROWTH : output->limit;
    more = bytes_grow(output->bytes, cap);
    if (!more)
        return DECODE_NO_ROOM;
    output->bytes = more;
    return DECODE_OK;
}

/* ---- gzip, RFC 1952, and deflate, which is zlib's format, RFC 1950 ---- */

typedef enum libdeflate_result inflate_fn(struct libdeflate_decompressor *, const void *, size_t,
                                          void *, size_t, size_t *, size_t *);

/* One gzip member, or one zlib stream: the input moves behind it. */
static enum decode_verdict inflate_one(inflate_fn *inflate, struct str *input,
                                       struct output *output)
{
    struct libdeflate_decompressor *decompressor = own_decoders()->deflate;
    enum decode_verdict verdict;
    size_t taken, given;

    for (;;) {
        struct bytes *bytes = output->bytes;

        switch (inflate(decompressor, input->at, input->len, bytes->at + bytes->len,
                        bytes->cap - bytes->len, &taken, &given)) {
        case LIBDEFLATE_SUCCESS:
            bytes->len += given;
            input->at += taken;
            input->len -= taken;
            return DECODE_OK;
        case LIBDEFLATE_INSUFFICIENT_SPACE:
            verdict = output_grow(output);
            if (verdict != DECODE_OK)
                return verdict;
            break;
        default:
            return DECODE_MALFORMED;
        }
    }
}

/* The size modulo 2^32 that a gzip member ends with. */
static size_t gzip_size(struct str gzip)
{
    const unsigned char *at;

    if (gzip.len < 4)
        return 0;
    at = (const unsigned char *)gzip.at + gzip.len - 4;
    return (size_t)at[0] | (size_t)at[1] << 8 | (size_t)at[2] << 16 | (size_t)at[3] << 24;
}

static enum decode_verdict inflate_all(enum encoding encoding, struct str input, size_t max,
                                       struct output *output)
{
    bool gzip = encoding == ENCODING_GZIP;
    struct decoders *decoders = own_decoders();
    enum decode_verdict verdict;
    size_t possible = input.len < max / DEFLATE_RATIO_MAX ? input.len * DEFLATE_RATIO_MAX : max;

    if (!decoders->deflate)
        decoders->deflate = libdeflate_alloc_decompressor();
    if (!decoders->deflate)
        return DECODE_NO_ROOM;
    verdict = output_init(output, least(gzip ? gzip_size(input) : input.len * 8, possible),
                          least(max, possible + FIRST_MIN));
    if (verdict != DECODE_OK)
        return verdict;
    do
        verdict = inflate_one(gzip ? libdeflate_gzip_decompress_ex : libdeflate_zlib_decompress_ex,
                              &input, output);
    while (verdict == DECODE_OK && gzip && input.len > 0);
    return verdict == DECODE_OK && input.len > 0 ? DECODE_MALFORMED : verdict;
}

/* ---- zstd, RFC 8878 ---- */

static enum decode_verdict unzstd_all(struct str input, size_t max, struct output *output)
{
    struct decoders *decoders = own_decoders();
    ZSTD_inBuffer in = {.src = input.at, .size = input.len};
    size_t limit = max < SIZE_MAX ? max + 1 : max; /* the byte too many shows that it is too much */
    unsigned long long says = ZSTD_getFrameContentSize(input.at, input.len);
    size_t guess = input.len < SIZE_MAX / 64 ? input.len * 64 : limit;
    enum decode_verdict verdict;
    size_t rest;

    if (!decoders->zstd) {
        decoders->zstd = ZSTD_createDStream();
        if (!decoders->zstd)
            return DECODE_NO_ROOM;
        ZSTD_DCtx_setParameter(decoders->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
    }
    if (says == ZSTD_CONTENTSIZE_ERROR)
        return DECODE_MALFORMED;
    if (says < guess)
        guess = (size_t)says;
    else if (says == ZSTD_CONTENTSIZE_UNKNOWN)
        guess = input.len * 8;
    verdict = output_init(output, guess, limit);
    if (verdict != DECODE_OK)
        return verdict;
    ZSTD_DCtx_reset(decoders->zstd, ZSTD_reset_session_only);
    for (;;) {
        ZSTD_outBuffer out = {.dst = output->bytes->at, .size = output->bytes->cap};

        out.pos = output->bytes->len;
        rest = ZSTD_decompressStream(decoders->zstd, &out, &in);
        if (ZSTD_isError(rest))
            return DECODE_MALFORMED;
        output->bytes->len = out.pos;
        if (rest == 0 && in.pos == in.size)
            break;
        if (out.pos == out.size) {
            verdict = output_grow(output);
            if (verdict != DECODE_OK)
                return verdict;
        } else if (in.pos == in.size) {
            return DECODE_MALFORMED; /* cut short */
        }
    }
    return output->bytes->len <= max ? DECODE_OK : DECODE_TOO_LARGE;
}

static enum decode_verdict copy_all(struct str input, size_t max, struct output *output)
{
    if (input.len > max)
        return DECODE_TOO_LARGE;
    *output = (struct output){.bytes = bytes_new(input.len)};
    if (!output->bytes)
        return DECODE_NO_ROOM;
    if (input.len > 0)
        memcpy(output->bytes->at, input.at, input.len);
    output->bytes->len = input.len;
    return DECODE_OK;
}

enum decode_verdict encoding_decode(enum encoding encoding, struct str compressed, size_t max,
                                    struct bytes **out)
{
    struct output output = {0};
    enum decode_verdict verdict = DECODE_MALFORMED;

    switch (encoding) {
    case ENCODING_IDENTITY:
        verdict = copy_all(compressed, max, &output);
        break;
    case ENCODING_GZIP:
    case ENCODING_DEFLATE:
        if (compressed.len > 0)
            verdict = inflate_all(encoding, compressed, max, &output);
        break;
    case ENCODING_ZSTD:
        if (compressed.len > 0)
            verdict = unzstd_all(compressed, max, &output);
        break;
    case ENCODING_UNKNOWN:
        break;
    }
    *out = NULL;
    if (verdict == DECODE_OK)
        *out = bytes_trim(output.bytes);
    else
        bytes_unref(output.bytes);
    return verdict;
}
