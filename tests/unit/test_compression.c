/*
 * The keys compression and compression_params: what is written then, and what is told.
 */
#include "exporters/compression.h"

#include "config/source.h"
#include "unit/config_check.h"

struct settings {
    struct compression_settings compression;
};

static const struct field fields[] = {COMPRESSION_KEYS(struct settings, compression, "gzip"),
                                      FIELD_END};

static const struct {
    const char *yaml;
    bool deflate;
    enum encoding encoding;
    const char *told; /* a part of it; NULL: nothing */
    bool wrong;
} cases[] = {
    {"{}", false, ENCODING_GZIP, NULL, false},
    {"{compression: gzip}", false, ENCODING_GZIP, NULL, false},
    {"{compression: zstd}", false, ENCODING_ZSTD, NULL, false},
    {"{compression: none}", false, ENCODING_IDENTITY, NULL, false},
    {"{compression: ''}", false, ENCODING_IDENTITY, NULL, false},
    {"{compression: zlib}", true, ENCODING_DEFLATE, NULL, false},
    {"{compression: deflate}", true, ENCODING_DEFLATE, NULL, false},
    {"{compression: deflate}", false, ENCODING_GZIP, "deflate is not written here", false},
    {"{compression: snappy}", true, ENCODING_GZIP, "snappy is not written here", false},
    {"{compression: x-snappy-framed}", true, ENCODING_GZIP, "gzip is used", false},
    {"{compression: lz4}", false, ENCODING_GZIP, "lz4 is not written here", false},
    {"{compression_params: {level: 0}}", false, ENCODING_GZIP, NULL, false},
    {"{compression_params: {level: 9}}", false, ENCODING_GZIP, NULL, false},
    {"{compression_params: {level: -1}}", false, ENCODING_GZIP, NULL, false},
    {"{compression_params: {level: -2}}", false, ENCODING_GZIP, NULL, false},
    {"{compression_params: {level: -3}}", false, ENCODING_GZIP, "whole numbers from -2 to 9", true},
    {"{compression_params: {level: 10}}", false, ENCODING_GZIP, "gzip has whole numbers", true},
    {"{compression_params: {level: 1.5}}", false, ENCODING_GZIP, "whole numbers", true},
    {"{compression: zstd, compression_params: {level: 19}}", false, ENCODING_ZSTD, NULL, false},
    {"{compression: zstd, compression_params: {level: -7}}", false, ENCODING_ZSTD, NULL, false},
    {"{compression: zstd, compression_params: {level: 2.5}}", false, ENCODING_ZSTD,
     "zstd has whole numbers", true},
    {"{compression: lz4, compression_params: {level: 12}}", false, ENCODING_GZIP,
     "gzip has whole numbers", true},
};

START_TEST(each_name_is_an_encoding)
{
    struct arena *arena = arena_new(4096);
    struct settings settings = {{0}};
    struct problems problems;
    struct encoder *encoder;
    struct node *node;
    const char *text;

    problems_init(&problems, arena);
    node = yaml_parse("t", cases[_i].yaml, strlen(cases[_i].yaml), arena, &problems);
    fields_decode(fields, &settings, node, arena, &problems);
    ck_assert_str_eq(problems_text(&problems, arena), "");
    compression_check(&settings.compression, cases[_i].deflate, node, &problems);
    text = problems_text(&problems, arena);
    ck_assert_int_eq(settings.compression.encoding, cases[_i].encoding);
    ck_assert_msg((problems.errors > 0) == cases[_i].wrong, "%s: %s", cases[_i].yaml, text);
    if (cases[_i].told)
        ck_assert_msg(strstr(text, cases[_i].told), "%s: %s", cases[_i].yaml, text);
    else
        ck_assert_str_eq(text, "");
    if (!cases[_i].wrong) {
        encoder = compression_encoder(&settings.compression);
        ck_assert((encoder == NULL) == (cases[_i].encoding == ENCODING_IDENTITY));
        encoder_free(encoder);
    }
    problems_done(&problems);
    arena_free(arena);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("compression");

    tcase_add_loop_test(tests, each_name_is_an_encoding, 0,
                        (int)(sizeof(cases) / sizeof(cases[0])));
    return run_tests("compression", tests);
}
