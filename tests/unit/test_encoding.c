/*
 * Decoding: what comes back, where the limit is, and what is refused.
 */
#include "net/encoding.h"

#include <libdeflate.h>
#include <pthread.h>
#include <zstd.h>

#include "base/budget.h"
#include "base/buf.h"
#include "base/mem.h"
#include "unit/check.h"

static const enum encoding encodings[] = {ENCODING_IDENTITY, ENCODING_GZIP, ENCODING_ZSTD,
                                          ENCODING_DEFLATE};
enum { ENCODINGS = sizeof(encodings) / sizeof(encodings[0]) };

/* Appends the encoded form. */
static void encode(struct buf *out, enum encoding encoding, struct str plain)
{
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(6);
    size_t room = plain.len + 1024;

    buf_reserve(out, room);
    if (encoding == ENCODING_GZIP)
        out->len +=
            libdeflate_gzip_compress(compressor, plain.at, plain.len, out->at + out->len, room);
    else if (encoding == ENCODING_DEFLATE)
        out->len +=
            libdeflate_zlib_compress(compressor, plain.at, plain.len, out->at + out->len, room);
    else if (encoding == ENCODING_ZSTD)
        out->len += ZSTD_compress(out->at + out->len, room, plain.at, plain.len, 3);
    else
        buf_append_str(out, plain);
    libdeflate_free_compressor(compressor);
}

/* Some text that shrinks about as telemetry does; its caller frees it. */
static struct str sample(size_t len)
{
    char *at = mem_alloc(len + 1);
    uint32_t seed = 1;

    for (size_t i = 0; i < len; i++) {
        seed = seed * 1664525 + 1013904223;
        at[i] = i % 64 < 48 ? (char)('a' + i % 64 % 26) : (char)(seed >> 24);
    }
    return (struct str){at, len};
}

static void check_decodes(enum encoding encoding, struct str in, size_t max, struct str expected)
{
    struct bytes *out;

    ck_assert_int_eq(encoding_decode(encoding, in, max, &out), DECODE_OK);
    ck_assert(str_eq(bytes_str(out), expected));
    ck_assert(out->cap - out->len <= 4096 || out->cap - out->len <= out->cap / 8);
    bytes_unref(out);
}

static void check_refused(enum encoding encoding, struct str in, size_t max,
                          enum decode_verdict expected)
{
    struct bytes *out;

    ck_assert_int_eq(encoding_decode(encoding, in, max, &out), expected);
    ck_assert_ptr_null(out);
    ck_assert_uint_eq(budget_used(), 0);
}

START_TEST(names_are_known_in_any_case)
{
    static const struct {
        const char *name;
        enum encoding encoding;
    } cases[] = {
        {"", ENCODING_IDENTITY},      {"Identity", ENCODING_IDENTITY},
        {"gzip", ENCODING_GZIP},      {"GZip", ENCODING_GZIP},
        {"zstd", ENCODING_ZSTD},      {"deflate", ENCODING_DEFLATE},
        {"snappy", ENCODING_UNKNOWN}, {"gzip2", ENCODING_UNKNOWN},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        ck_assert_int_eq(encoding_of(str_of(cases[i].name)), cases[i].encoding);
}
END_TEST

START_TEST(what_was_encoded_comes_back)
{
    static const size_t sizes[] = {0, 1, 100, 4095, 4096, 4097, 70000, 3000000};

    for (size_t e = 0; e < ENCODINGS; e++)
        for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
            struct str plain = sample(sizes[s]);
            struct buf encoded = {0};

            encode(&encoded, encodings[e], plain);
            check_decodes(encodings[e], buf_str(&encoded), plain.len + 100, plain);
            check_decodes(encodings[e], buf_str(&encoded), plain.len, plain);
            check_decodes(encodings[e], buf_str(&encoded), SIZE_MAX, plain);
            if (plain.len > 0)
                check_refused(encodings[e], buf_str(&encoded), plain.len - 1, DECODE_TOO_LARGE);
            buf_done(&encoded);
            free((char *)(uintptr_t)plain.at);
        }
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

START_TEST(members_and_frames_may_follow_each_other)
{
    static const enum encoding both[] = {ENCODING_GZIP, ENCODING_ZSTD};
    struct str plain = sample(300000);

    for (size_t e = 0; e < 2; e++) {
        struct buf encoded = {0};

        encode(&encoded, both[e], (struct str){plain.at, 200000});
        encode(&encoded, both[e], STR(""));
        encode(&encoded, both[e], (struct str){plain.at + 200000, 100000});
        check_decodes(both[e], buf_str(&encoded), plain.len, plain);
        check_refused(both[e], buf_str(&encoded), plain.len - 1, DECODE_TOO_LARGE);
        buf_done(&encoded);
    }
    free((char *)(uintptr_t)plain.at);
}
END_TEST

START_TEST(cut_or_followed_by_other_bytes_it_is_malformed)
{
    struct str plain = sample(5000);

    for (size_t e = 1; e < ENCODINGS; e++) {
        struct buf encoded = {0};

        encode(&encoded, encodings[e], plain);
        for (size_t len = 0; len < encoded.len; len++)
            check_refused(encodings[e], (struct str){encoded.at, len}, 1 << 20, DECODE_MALFORMED);
        buf_append(&encoded, "more", 4);
        check_refused(encodings[e], buf_str(&encoded), 1 << 20, DECODE_MALFORMED);
        buf_done(&encoded);
    }
    free((char *)(uintptr_t)plain.at);
}
END_TEST

START_TEST(a_bomb_costs_no_more_than_the_limit)
{
    char *zeros = mem_zero(32 << 20);

    for (size_t e = 1; e < ENCODINGS; e++) {
        struct buf encoded = {0};

        encode(&encoded, encodings[e], (struct str){zeros, 32 << 20});
        ck_assert_uint_lt(encoded.len, 64 << 10);
        budget_set_limit((4 << 20) + 65536);
        check_refused(encodings[e], buf_str(&encoded), 4 << 20, DECODE_TOO_LARGE);
        budget_set_limit(1 << 20);
        check_refused(encodings[e], buf_str(&encoded), 32 << 20, DECODE_NO_ROOM);
        budget_set_limit(SIZE_MAX);
        buf_done(&encoded);
    }
    free(zeros);
}
END_TEST

START_TEST(the_size_that_gzip_tells_is_not_trusted)
{
    struct str plain = sample(100000);
    struct buf encoded = {0};

    encode(&encoded, ENCODING_GZIP, plain);
    memset(encoded.at + encoded.len - 4, 0xff, 4);
    budget_set_limit(1 << 20);
    check_refused(ENCODING_GZIP, buf_str(&encoded), 200000, DECODE_MALFORMED);
    budget_set_limit(SIZE_MAX);
    memset(encoded.at + encoded.len - 4, 0, 4);
    check_refused(ENCODING_GZIP, buf_str(&encoded), 200000, DECODE_MALFORMED);
    buf_done(&encoded);
    free((char *)(uintptr_t)plain.at);
}
END_TEST

START_TEST(zstd_with_a_large_window_is_refused)
{
    struct str plain = sample(20 << 20);
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_inBuffer in = {.src = plain.at, .size = plain.len};
    struct buf encoded = {0};
    ZSTD_outBuffer out = {.dst = buf_reserve(&encoded, 24 << 20), .size = 24 << 20};

    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 24);
    while (in.pos < in.size)
        ck_assert(!ZSTD_isError(ZSTD_compressStream2(context, &out, &in, ZSTD_e_continue)));
    while (ZSTD_compressStream2(context, &out, &in, ZSTD_e_end) > 0)
        ;
    encoded.len = out.pos;
    check_refused(ENCODING_ZSTD, buf_str(&encoded), 64 << 20, DECODE_MALFORMED);
    buf_done(&encoded);
    ZSTD_freeCCtx(context);
    free((char *)(uintptr_t)plain.at);
}
END_TEST

START_TEST(an_unknown_encoding_is_refused)
{
    check_refused(ENCODING_UNKNOWN, STR("abc"), 100, DECODE_MALFORMED);
}
END_TEST

static void *decode_in_thread(void *arg)
{
    const struct buf *encoded = arg;
    struct bytes *out;

    for (int i = 0; i < 100; i++) {
        if (encoding_decode(ENCODING_GZIP, buf_str(encoded), 10000, &out) != DECODE_OK)
            return NULL;
        bytes_unref(out);
    }
    return arg;
}

START_TEST(threads_have_decoders_of_their_own)
{
    struct str plain = sample(10000);
    struct buf encoded = {0};
    pthread_t threads[4];
    void *result;

    encode(&encoded, ENCODING_GZIP, plain);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, decode_in_thread, &encoded), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], &result);
        ck_assert_ptr_nonnull(result);
    }
    buf_done(&encoded);
    free((char *)(uintptr_t)plain.at);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("encoding");

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, names_are_known_in_any_case);
    tcase_add_test(cases, what_was_encoded_comes_back);
    tcase_add_test(cases, members_and_frames_may_follow_each_other);
    tcase_add_test(cases, cut_or_followed_by_other_bytes_it_is_malformed);
    tcase_add_test(cases, a_bomb_costs_no_more_than_the_limit);
    tcase_add_test(cases, the_size_that_gzip_tells_is_not_trusted);
    tcase_add_test(cases, zstd_with_a_large_window_is_refused);
    tcase_add_test(cases, an_unknown_encoding_is_refused);
    tcase_add_test(cases, threads_have_decoders_of_their_own);
    return run_tests("encoding", cases);
}
