/*
 * Jaeger's spans as text, to compare what we write with tests/data/vectors/NAME.jaeger.txt: each
 * span a block of lines, with its process, an empty line behind it.
 *
 *     service "cart"
 *     process "host.name" STRING "h1"
 *     span TRACE-ID SPAN-ID
 *     parent SPAN-ID
 *     name "op"
 *     reference CHILD_OF TRACE-ID SPAN-ID
 *     flags 1
 *     start MICROSECONDS
 *     duration MICROSECONDS
 *     tag "key" TYPE value        STRING "text", BOOL, LONG, BINARY hex, DOUBLE hex of its bits
 *     log MICROSECONDS
 *     field "key" TYPE value
 *
 * Blocks are compared without regard to their order, for batches may be merged.
 */
#pragma once

#include <glob.h>
#include <math.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/hex.h"
#include "otlp/batch.h"
#include "otlp/payload.h"
#include "unit/check.h"

static inline void quoted_append(struct buf *text, struct str s)
{
    buf_append_char(text, '"');
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.at[i];

        if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\')
            buf_append_char(text, (char)c);
        else
            buf_printf(text, "\\x%02x", c);
    }
    buf_append_char(text, '"');
}

static inline void double_append(struct buf *text, uint64_t bits)
{
    double number;

    memcpy(&number, &bits, sizeof(number));
    if (isnan(number))
        buf_append_str(text, STR("NaN"));
    else
        buf_printf(text, "%016llx", (unsigned long long)bits);
}

/* Takes a file's bytes; the caller frees them with buf_done. */
static inline struct buf file_bytes(const char *path)
{
    struct buf bytes = {0};
    FILE *file = fopen(path, "rb");
    size_t got;

    ck_assert_msg(file != NULL, "%s is missing", path);
    while ((got = fread(buf_reserve(&bytes, 4096), 1, 4096, file)) > 0)
        bytes.len += got;
    fclose(file);
    return bytes;
}

/* A batch of one request. */
static inline struct batch *batch_of_bytes(const void *at, size_t len)
{
    struct payload_report report;
    struct bytes *body = bytes_new(len);
    struct payload *payload;
    struct batch *batch;

    ck_assert_ptr_nonnull(body);
    if (len > 0)
        memcpy(body->at, at, len);
    body->len = len;
    payload = payload_read(TRACES, body, &report);
    ck_assert_msg(payload != NULL, "%s at %zu", report.why, report.at);
    batch = batch_of(payload);
    payload_unref(payload);
    return batch;
}

static inline int block_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Cuts the text into blocks, in place, and sorts them. Returns how many. */
static inline size_t blocks_of(char *text, char **blocks, size_t most)
{
    size_t count = 0;

    for (char *end; (end = strstr(text, "\n\n")) != NULL; text = end + 2) {
        ck_assert_uint_lt(count, most);
        end[1] = '\0';
        blocks[count++] = text;
    }
    ck_assert_str_eq(text, "");
    qsort(blocks, count, sizeof(*blocks), block_compare);
    return count;
}

/* without: lines that begin so are left out of what is expected; or NULL. */
static inline void blocks_check(struct buf *got, struct buf *expected, const char *without)
{
    static char *got_blocks[1000], *expected_blocks[1000];
    size_t count;

    buf_text(got);
    buf_text(expected);
    for (char *line = expected->at, *next; without && *line != '\0'; line = next) {
        next = strchr(line, '\n') + 1;
        if (strncmp(line, without, strlen(without)) == 0) {
            memmove(line, next, strlen(next) + 1);
            next = line;
        }
    }
    count = blocks_of(expected->at, expected_blocks, 1000);
    ck_assert_uint_eq(blocks_of(got->at, got_blocks, 1000), count);
    for (size_t i = 0; i < count; i++)
        ck_assert_str_eq(got_blocks[i], expected_blocks[i]);
}

/* Calls check with each vector's request in OTLP. */
static inline void each_request(void (*check)(void *arg, struct str request, const char *path),
                                void *arg)
{
    glob_t found;

    ck_assert_int_eq(glob("tests/data/vectors/*.otlp.pb", 0, NULL, &found), 0);
    ck_assert_uint_ge(found.gl_pathc, 20);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct buf request = file_bytes(found.gl_pathv[i]);

        check(arg, buf_str(&request), found.gl_pathv[i]);
        buf_done(&request);
    }
    globfree(&found);
}

typedef void vector_check_fn(const struct batch *batch, struct buf *expected);

static inline void show_vector(void *arg, struct str request, const char *path)
{
    vector_check_fn *const *check = arg;
    struct batch *batch = batch_of_bytes(request.at, request.len);
    struct buf name = {0}, expected;

    buf_printf(&name, "%.*s.jaeger.txt", (int)(strlen(path) - strlen(".otlp.pb")), path);
    expected = file_bytes(buf_text(&name));
    (*check)(batch, &expected);
    batch_unref(batch);
    buf_done(&expected);
    buf_done(&name);
}

/* Calls check with each vector's batch and the text expected of it. */
static inline void each_vector(vector_check_fn *check)
{
    each_request(show_vector, &check);
}
