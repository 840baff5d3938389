/*
 * What we write is read back by a reader that takes nothing but the fields of Jaeger's Thrift, in
 * their order, to the last byte.
 */
#include "jaeger/thrift.h"

#include "jaeger/thrift_priv.h"
#include "unit/spans_text.h"

struct reader {
    const unsigned char *at, *end;
};

static uint64_t number_take(struct reader *r, size_t size)
{
    uint64_t number = 0;

    ck_assert_uint_ge((size_t)(r->end - r->at), size);
    for (size_t i = 0; i < size; i++)
        number = number << 8 | *r->at++;
    return number;
}

static void field_take(struct reader *r, unsigned type, unsigned id)
{
    ck_assert_uint_eq(number_take(r, 1), type);
    ck_assert_uint_eq(number_take(r, 2), id);
}

static uint64_t i64_take(struct reader *r, unsigned id)
{
    field_take(r, T_I64, id);
    return number_take(r, 8);
}

static uint32_t i32_take(struct reader *r, unsigned id)
{
    field_take(r, T_I32, id);
    return (uint32_t)number_take(r, 4);
}

static struct str string_take(struct reader *r, unsigned id)
{
    struct str s;

    field_take(r, T_STRING, id);
    s.len = number_take(r, 4);
    ck_assert_uint_le(s.len, (size_t)(r->end - r->at));
    s.at = (const char *)r->at;
    r->at += s.len;
    return s;
}

static uint32_t list_take(struct reader *r, unsigned id)
{
    field_take(r, T_LIST, id);
    ck_assert_uint_eq(number_take(r, 1), T_STRUCT);
    return (uint32_t)number_take(r, 4);
}

static void stop_take(struct reader *r)
{
    ck_assert_uint_eq(number_take(r, 1), 0);
}

static void tag_take(struct reader *r, const char *word, struct buf *text)
{
    buf_printf(text, "%s ", word);
    quoted_append(text, string_take(r, 1));
    switch (i32_take(r, 2)) {
    case 0:
        buf_append_str(text, STR(" STRING "));
        quoted_append(text, string_take(r, 3));
        break;
    case 1:
        buf_append_str(text, STR(" DOUBLE "));
        field_take(r, T_DOUBLE, 4);
        double_append(text, number_take(r, 8));
        break;
    case 2:
        field_take(r, T_BOOL, 5);
        buf_printf(text, " BOOL %s", number_take(r, 1) == 1 ? "true" : "false");
        break;
    case 3:
        buf_printf(text, " LONG %lld", (long long)i64_take(r, 6));
        break;
    case 4:
        buf_append_str(text, STR(" BINARY "));
        if (r->at < r->end && *r->at != 0)
            hex_append(text, string_take(r, 7));
        break;
    default:
        ck_abort_msg("no such type of tag");
    }
    buf_append_char(text, '\n');
    stop_take(r);
}

static void references_take(struct reader *r, struct buf *text)
{
    for (uint32_t left = list_take(r, 6); left > 0; left--) {
        uint32_t type = i32_take(r, 1);
        uint64_t low = i64_take(r, 2), high = i64_take(r, 3), span = i64_take(r, 4);

        ck_assert_uint_le(type, 1);
        buf_printf(text, "reference %s %016llx%016llx %016llx\n",
                   type == 0 ? "CHILD_OF" : "FOLLOWS_FROM", (unsigned long long)high,
                   (unsigned long long)low, (unsigned long long)span);
        stop_take(r);
    }
}

static void span_take(struct reader *r, struct buf *text)
{
    uint64_t low = i64_take(r, 1), high = i64_take(r, 2);

    buf_printf(text, "span %016llx%016llx", (unsigned long long)high, (unsigned long long)low);
    buf_printf(text, " %016llx\n", (unsigned long long)i64_take(r, 3));
    buf_printf(text, "parent %016llx\n", (unsigned long long)i64_take(r, 4));
    buf_append_str(text, STR("name "));
    quoted_append(text, string_take(r, 5));
    buf_append_char(text, '\n');
    references_take(r, text);
    buf_printf(text, "flags %u\n", i32_take(r, 7));
    buf_printf(text, "start %lld\n", (long long)i64_take(r, 8));
    buf_printf(text, "duration %lld\n", (long long)i64_take(r, 9));
    for (uint32_t left = list_take(r, 10); left > 0; left--)
        tag_take(r, "tag", text);
    for (uint32_t left = list_take(r, 11); left > 0; left--) {
        buf_printf(text, "log %lld\n", (long long)i64_take(r, 1));
        for (uint32_t fields = list_take(r, 2); fields > 0; fields--)
            tag_take(r, "field", text);
        stop_take(r);
    }
    stop_take(r);
    buf_append_char(text, '\n');
}

static void body_take(struct str body, struct buf *text)
{
    const unsigned char *at = (const unsigned char *)body.at;
    struct reader r = {at, at + body.len};
    struct buf process = {0};

    field_take(&r, T_STRUCT, 1);
    buf_append_str(&process, STR("service "));
    quoted_append(&process, string_take(&r, 1));
    buf_append_char(&process, '\n');
    for (uint32_t left = list_take(&r, 2); left > 0; left--)
        tag_take(&r, "process", &process);
    stop_take(&r);
    for (uint32_t left = list_take(&r, 2); left > 0; left--) {
        buf_append_str(text, buf_str(&process));
        span_take(&r, text);
    }
    stop_take(&r);
    ck_assert_ptr_eq(r.at, r.end);
    buf_done(&process);
}

/* The whole body, asked for in pieces of the given size. */
static struct buf written(struct thrift_writer *writer, size_t step)
{
    struct buf body = {0};
    size_t got;

    do {
        got = thrift_write(writer, buf_reserve(&body, step), step);
        ck_assert_uint_le(got, step);
        body.len += got;
    } while (got == step);
    ck_assert_uint_eq(thrift_write(writer, buf_reserve(&body, step), step), 0);
    return body;
}

static void vector_check(const struct batch *batch, struct buf *expected)
{
    struct groups *groups = groups_new(batch);
    struct buf text = {0};

    for (size_t i = 0; i < groups->count; i++) {
        struct thrift_writer *writer = thrift_writer_new(&groups->at[i]);
        struct buf body;

        ck_assert_uint_eq(thrift_next(writer, SIZE_MAX), groups->at[i].items);
        body = written(writer, 65536);
        body_take(buf_str(&body), &text);
        /* The other way to write it gives the same: whole tags, and tags in pieces. */
        writer->large = 0;
        for (size_t long_texts = 0; long_texts <= 4096; long_texts += 4096) {
            struct buf again;

            writer->long_texts = long_texts;
            for (size_t step = 1; step <= 65536; step = step * 7 + 30) {
                thrift_restart(writer);
                again = written(writer, step);
                ck_assert_uint_eq(again.len, body.len);
                ck_assert_mem_eq(again.at, body.at, body.len);
                buf_done(&again);
            }
        }
        writer->large = 16 << 10;
        for (size_t step = 1; step < 600; step += step < 40 ? 1 : 97) {
            struct buf again;

            thrift_restart(writer);
            again = written(writer, step);
            ck_assert_uint_eq(again.len, body.len);
            ck_assert_mem_eq(again.at, body.at, body.len);
            buf_done(&again);
        }
        buf_done(&body);
        thrift_writer_free(writer);
    }
    blocks_check(&text, expected, NULL);
    buf_done(&text);
    groups_free(groups);
}

START_TEST(vectors_read_back_as_the_reference_wrote_them)
{
    each_vector(vector_check);
}
END_TEST

/* The same spans as those of the whole group, some at a time. */
static void parts_check(const struct batch *batch, struct buf *expected)
{
    struct groups *groups = groups_new(batch);
    struct buf text = {0};

    for (size_t i = 0; i < groups->count; i++) {
        struct thrift_writer *writer = thrift_writer_new(&groups->at[i]);
        size_t spans, all = 0;

        for (size_t most = 1; (spans = thrift_next(writer, most)) > 0; most++) {
            struct buf body;

            ck_assert_uint_le(spans, most);
            thrift_again(writer);
            ck_assert_uint_eq(thrift_next(writer, spans), spans);
            body = written(writer, 100);
            buf_done(&body);
            thrift_again(writer); /* also from its end */
            ck_assert_uint_eq(thrift_next(writer, spans), spans);
            body = written(writer, 100);
            body_take(buf_str(&body), &text);
            buf_done(&body);
            all += spans;
        }
        ck_assert_uint_eq(all, groups->at[i].items);
        ck_assert_uint_eq(thrift_next(writer, 1), 0);
        thrift_writer_free(writer);
    }
    blocks_check(&text, expected, NULL);
    buf_done(&text);
    groups_free(groups);
}

START_TEST(a_group_can_go_in_several_bodies)
{
    each_vector(parts_check);
}
END_TEST

START_TEST(a_batch_has_the_bytes_that_jaeger_documents)
{
    static const char request[] =
        "\x0a\x59"                                                /* ResourceSpans */
        "\x0a\x17\x0a\x15\x0a\x0cservice.name\x12\x05\x0a\x03svc" /* Resource */
        "\x12\x3e\x12\x3c"                                        /* ScopeSpans, Span */
        "\x0a\x10\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"
        "\x12\x08\x11\x12\x13\x14\x15\x16\x17\x18"
        "\x2a\x02op"
        "\x39\xe8\x03\x00\x00\x00\x00\x00\x00" /* from 1000 ns */
        "\x41\xa0\x0f\x00\x00\x00\x00\x00\x00" /* to 4000 ns */
        "\x4a\x08\x0a\x01k\x12\x03\x0a\x01v";
    static const char expected[] = "0c0001"
                                   "0b000100000003737663"
                                   "0f00020c00000000"
                                   "00"               /* Process */
                                   "0f00020c00000001" /* one span */
                                   "0a0001090a0b0c0d0e0f10"
                                   "0a00020102030405060708"
                                   "0a00031112131415161718"
                                   "0a00040000000000000000"
                                   "0b0005000000026f70"
                                   "0f00060c00000000"
                                   "080007"
                                   "00000000"
                                   "0a00080000000000000001"
                                   "0a00090000000000000003"
                                   "0f000a0c00000001"
                                   "0b0001000000016b"
                                   "08000200000000"
                                   "0b00030000000176"
                                   "00"
                                   "0f000b0c00000000"
                                   "00"
                                   "00";
    struct batch *batch = batch_of_bytes(request, sizeof(request) - 1);
    struct groups *groups = groups_new(batch);
    struct thrift_writer *writer = thrift_writer_new(&groups->at[0]);
    struct buf body, hex = {0};

    ck_assert_uint_eq(thrift_next(writer, SIZE_MAX), 1);
    body = written(writer, 4096);
    hex_append(&hex, buf_str(&body));
    ck_assert_str_eq(buf_text(&hex), expected);
    buf_done(&hex);
    buf_done(&body);
    thrift_writer_free(writer);
    groups_free(groups);
    batch_unref(batch);
}
END_TEST

START_TEST(a_piece_that_does_not_fit_is_handed_out_in_parts)
{
    /* One span whose name is longer than any buffer that is asked for. */
    static char name[300000];
    struct buf request = {0}, expected = {0}, text = {0}, body;
    struct batch *batch;
    struct groups *groups;
    struct thrift_writer *writer;

    memset(name, 'n', sizeof(name));
    /* ResourceSpans of 300,040 bytes, ScopeSpans of 300,036, Span of 300,032 */
    buf_append(&request, "\x0a\x88\xa8\x12\x12\x84\xa8\x12\x12\x80\xa8\x12", 12);
    buf_append(&request, "\x0a\x10\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10",
               18);
    buf_append(&request, "\x12\x08\x11\x12\x13\x14\x15\x16\x17\x18", 10);
    buf_append(&request, "\x2a\xe0\xa7\x12", 4); /* name of 300,000 */
    buf_append(&request, name, sizeof(name));
    batch = batch_of_bytes(request.at, request.len);
    groups = groups_new(batch);
    ck_assert_uint_eq(groups->count, 1);
    writer = thrift_writer_new(&groups->at[0]);
    ck_assert_uint_eq(thrift_next(writer, SIZE_MAX), 1);
    body = written(writer, 1000);
    body_take(buf_str(&body), &text);
    buf_printf(&expected,
               "service \"OTLPResourceNoServiceName\"\n"
               "span 0102030405060708090a0b0c0d0e0f10 1112131415161718\n"
               "parent 0000000000000000\nname \"%.*s\"\nflags 0\nstart 0\nduration 0\n\n",
               (int)sizeof(name), name);
    blocks_check(&text, &expected, NULL);
    buf_done(&body);
    buf_done(&text);
    buf_done(&expected);
    buf_done(&request);
    thrift_writer_free(writer);
    groups_free(groups);
    batch_unref(batch);
}
END_TEST

/* A field with a length of four bytes in front. */
static size_t wide_begin(struct buf *buf, unsigned number)
{
    buf_append_char(buf, (char)(number << 3 | 2));
    buf_reserve(buf, 4);
    buf->len += 4;
    return buf->len;
}

static void wide_end(struct buf *buf, size_t start)
{
    size_t len = buf->len - start;

    for (int i = 0; i < 4; i++)
        buf->at[start - 4 + i] = (char)((len >> 7 * i & 0x7f) | (i < 3 ? 0x80 : 0));
}

START_TEST(what_is_large_takes_no_memory_by_its_size)
{
    enum { COUNT = 200000 };
    static char to[65536];
    struct buf request = {0};
    size_t resource, part, scope, span, total = 0, got;
    struct thrift_writer *writer;
    struct groups *groups;
    struct batch *batch;

    resource = wide_begin(&request, 1);
    part = wide_begin(&request, 1);
    for (int i = 0; i < COUNT; i++)
        buf_append(&request, "\x0a\x00", 2); /* an attribute with nothing in it */
    wide_end(&request, part);
    scope = wide_begin(&request, 2);
    part = wide_begin(&request, 1);
    buf_append(&request, "\x0a\x01n", 3);
    for (int i = 0; i < COUNT; i++)
        buf_append(&request, "\x1a\x00", 2);
    wide_end(&request, part);
    span = wide_begin(&request, 2);
    buf_append(&request, "\x0a\x10\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10",
               18);
    buf_append(&request, "\x12\x08\x11\x12\x13\x14\x15\x16\x17\x18", 10);
    for (int i = 0; i < COUNT; i++)
        buf_append(&request, "\x4a\x00", 2);
    for (int i = 0; i < COUNT; i++)
        buf_append(&request, "\x5a\x00", 2); /* an event with nothing in it */
    for (int i = 0; i < COUNT; i++)
        buf_append(&request, "\x6a\x00", 2); /* a link to nowhere */
    wide_end(&request, span);
    wide_end(&request, scope);
    wide_end(&request, resource);
    batch = batch_of_bytes(request.at, request.len);
    groups = groups_new(batch);
    writer = thrift_writer_new(&groups->at[0]);
    ck_assert_uint_eq(thrift_next(writer, SIZE_MAX), 1);
    while ((got = thrift_write(writer, to, sizeof(to))) > 0)
        total += got;
    ck_assert_uint_gt(total, (size_t)COUNT * (2 * 22 + 20 + 41));
    ck_assert_uint_le(writer->side.cap, 64 << 10);
    ck_assert_uint_le(writer->scope.cap, 64 << 10);
    thrift_writer_free(writer);
    groups_free(groups);
    batch_unref(batch);
    buf_done(&request);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("thrift");

    tcase_add_test(cases, vectors_read_back_as_the_reference_wrote_them);
    tcase_add_test(cases, a_group_can_go_in_several_bodies);
    tcase_add_test(cases, a_batch_has_the_bytes_that_jaeger_documents);
    tcase_add_test(cases, what_is_large_takes_no_memory_by_its_size);
    tcase_add_test(cases, a_piece_that_does_not_fit_is_handed_out_in_parts);
    return run_tests("thrift", cases);
}
