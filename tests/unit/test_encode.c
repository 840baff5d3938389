/*
 * What is encoded is what the decoder reads, at every level.
 */
#include "net/encode.h"

#include "base/mem.h"
#include "unit/check.h"

static struct str sample(size_t len)
{
    char *at = mem_alloc(len + 1);
    uint32_t seed = 1;

    for (size_t i = 0; i < len; i++) {
        seed = seed * 1664525 + 1013904223;
        at[i] = i % 32 < 28 ? (char)('a' + i % 32) : (char)(seed >> 24);
    }
    return (struct str){at, len};
}

static void check_round_trip(struct encoder *encoder, enum encoding encoding, struct str plain)
{
    struct buf encoded = {0};
    struct bytes *decoded;

    encoder_run(encoder, plain, &encoded);
    ck_assert_uint_eq(encoded.len, encoded.cap);
    ck_assert_int_eq(encoding_decode(encoding, buf_str(&encoded), plain.len, &decoded), DECODE_OK);
    ck_assert(str_eq(bytes_str(decoded), plain));
    if (plain.len > 1000)
        ck_assert_uint_lt(encoded.len, plain.len);
    bytes_unref(decoded);
    buf_done(&encoded);
}

START_TEST(what_is_encoded_can_be_decoded)
{
    static const struct {
        enum encoding encoding;
        int level;
    } cases[] = {
        {ENCODING_GZIP, ENCODE_LEVEL_USUAL},
        {ENCODING_GZIP, -2},
        {ENCODING_GZIP, 1},
        {ENCODING_GZIP, ENCODE_GZIP_LEVEL_MAX},
        {ENCODING_DEFLATE, ENCODE_LEVEL_USUAL},
        {ENCODING_ZSTD, ENCODE_LEVEL_USUAL},
        {ENCODING_ZSTD, -5},
        {ENCODING_ZSTD, ENCODE_ZSTD_LEVEL_MAX},
    };
    static const size_t sizes[] = {0, 1, 100, 100000};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct encoder *encoder = encoder_new(cases[i].encoding, cases[i].level);

        for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
            struct str plain = sample(sizes[k]);

            check_round_trip(encoder, cases[i].encoding, plain);
            free((void *)(uintptr_t)plain.at);
        }
        check_round_trip(encoder, cases[i].encoding, (struct str){0});
        encoder_free(encoder);
    }
}
END_TEST

START_TEST(level_0_of_gzip_does_not_compress)
{
    struct encoder *encoder = encoder_new(ENCODING_GZIP, 0);
    struct str plain = sample(1000);
    struct buf encoded = {0};

    encoder_run(encoder, plain, &encoded);
    ck_assert_uint_gt(encoded.len, plain.len);
    buf_done(&encoded);
    free((void *)(uintptr_t)plain.at);
    encoder_free(encoder);
}
END_TEST

START_TEST(encodings_have_the_names_that_they_are_known_by)
{
    for (enum encoding encoding = ENCODING_IDENTITY; encoding < ENCODING_UNKNOWN; encoding++)
        ck_assert_int_eq(encoding_of(str_of(encoding_name(encoding))), encoding);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("encode");

    tcase_add_test(cases, what_is_encoded_can_be_decoded);
    tcase_add_test(cases, level_0_of_gzip_does_not_compress);
    tcase_add_test(cases, encodings_have_the_names_that_they_are_known_by);
    return run_tests("encode", cases);
}
