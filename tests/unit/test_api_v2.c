/*
 * What we write is read back by protobuf-c.
 */
#include "jaeger/api_v2.h"

#include "proto/jaeger_api_v2.pb-c.h"
#include "unit/spans_text.h"

static struct str bytes_of(const ProtobufCBinaryData *data)
{
    return (struct str){(const char *)data->data, data->len};
}

static long long time_us(int64_t seconds, int32_t nanos)
{
    return (long long)((seconds * 1000000000 + nanos) / 1000);
}

static void tag_text(const Jaeger__ApiV2__KeyValue *tag, const char *word, struct buf *text)
{
    uint64_t bits;

    buf_printf(text, "%s ", word);
    quoted_append(text, str_of(tag->key));
    switch (tag->v_type) {
    case JAEGER__API_V2__VALUE_TYPE__STRING:
        buf_append_str(text, STR(" STRING "));
        quoted_append(text, str_of(tag->v_str));
        break;
    case JAEGER__API_V2__VALUE_TYPE__BOOL:
        buf_printf(text, " BOOL %s", tag->v_bool ? "true" : "false");
        break;
    case JAEGER__API_V2__VALUE_TYPE__INT64:
        buf_printf(text, " LONG %lld", (long long)tag->v_int64);
        break;
    case JAEGER__API_V2__VALUE_TYPE__FLOAT64:
        buf_append_str(text, STR(" DOUBLE "));
        memcpy(&bits, &tag->v_float64, sizeof(bits));
        double_append(text, bits);
        break;
    case JAEGER__API_V2__VALUE_TYPE__BINARY:
        buf_append_str(text, STR(" BINARY "));
        hex_append(text, bytes_of(&tag->v_binary));
        break;
    default:
        ck_abort_msg("no such type of tag");
    }
    buf_append_char(text, '\n');
}

static void ids_text(const char *word, const ProtobufCBinaryData *trace,
                     const ProtobufCBinaryData *span, struct buf *text)
{
    ck_assert_uint_eq(trace->len, 16);
    ck_assert_uint_eq(span->len, 8);
    buf_printf(text, "%s ", word);
    hex_append(text, bytes_of(trace));
    buf_append_char(text, ' ');
    hex_append(text, bytes_of(span));
    buf_append_char(text, '\n');
}

static void span_text(const Jaeger__ApiV2__Span *span, struct buf *text)
{
    ids_text("span", &span->trace_id, &span->span_id, text);
    buf_append_str(text, STR("name "));
    quoted_append(text, str_of(span->operation_name));
    buf_append_char(text, '\n');
    for (size_t i = 0; i < span->n_references; i++) {
        const Jaeger__ApiV2__SpanRef *ref = span->references[i];

        ids_text(ref->ref_type == JAEGER__API_V2__SPAN_REF_TYPE__CHILD_OF
                     ? "reference CHILD_OF"
                     : "reference FOLLOWS_FROM",
                 &ref->trace_id, &ref->span_id, text);
    }
    buf_printf(text, "flags %u\n", span->flags);
    ck_assert_ptr_nonnull(span->start_time);
    ck_assert_int_ge(span->start_time->nanos, 0);
    buf_printf(text, "start %lld\n", time_us(span->start_time->seconds, span->start_time->nanos));
    ck_assert_ptr_nonnull(span->duration);
    buf_printf(text, "duration %lld\n", time_us(span->duration->seconds, span->duration->nanos));
    for (size_t i = 0; i < span->n_tags; i++)
        tag_text(span->tags[i], "tag", text);
    for (size_t i = 0; i < span->n_logs; i++) {
        const Jaeger__ApiV2__Log *log = span->logs[i];

        buf_printf(text, "log %lld\n", time_us(log->timestamp->seconds, log->timestamp->nanos));
        for (size_t k = 0; k < log->n_fields; k++)
            tag_text(log->fields[k], "field", text);
    }
    buf_append_char(text, '\n');
}

static Jaeger__ApiV2__PostSpansRequest *unpacked(struct str bytes)
{
    Jaeger__ApiV2__PostSpansRequest *request = jaeger__api_v2__post_spans_request__unpack(
        NULL, bytes.len, (const unsigned char *)bytes.at);

    ck_assert_ptr_nonnull(request);
    ck_assert_ptr_nonnull(request->batch);
    ck_assert_ptr_nonnull(request->batch->process);
    return request;
}

static void message_text(struct str bytes, struct buf *text)
{
    Jaeger__ApiV2__PostSpansRequest *request = unpacked(bytes);
    const Jaeger__ApiV2__Batch *batch = request->batch;

    for (size_t i = 0; i < batch->n_spans; i++) {
        buf_append_str(text, STR("service "));
        quoted_append(text, str_of(batch->process->service_name));
        buf_append_char(text, '\n');
        for (size_t k = 0; k < batch->process->n_tags; k++)
            tag_text(batch->process->tags[k], "process", text);
        span_text(batch->spans[i], text);
    }
    /* The lengths are as short as they can be: packed again it is as long. */
    ck_assert_uint_eq(jaeger__api_v2__post_spans_request__get_packed_size(request), bytes.len);
    jaeger__api_v2__post_spans_request__free_unpacked(request, NULL);
}

static void vector_check(const struct batch *batch, struct buf *expected)
{
    struct groups *groups = groups_new(batch);
    struct api_v2_message message;
    struct buf text = {0};
    size_t items = 0;

    for (size_t i = 0; i < groups->count; i++) {
        struct api_v2_writer *writer = api_v2_writer_new(&groups->at[i]);

        while (api_v2_next(writer, SIZE_MAX, &message)) {
            items += message.items;
            message_text(message.bytes, &text);
        }
        api_v2_writer_free(writer);
    }
    ck_assert_uint_eq(items, batch->items);
    blocks_check(&text, expected, "parent ");
    buf_done(&text);
    groups_free(groups);
}

START_TEST(vectors_read_back_as_the_reference_wrote_them)
{
    each_vector(vector_check);
}
END_TEST

/* One span; the last bytes of the request are its attributes, or whatever. */
static struct batch *batch_of_span(const char *more, size_t len)
{
    struct buf request = {0};
    struct batch *batch;

    buf_printf(&request, "%c%c%c%c%c%c", 0x0a, (int)(32 + len), 0x12, (int)(30 + len), 0x12,
               (int)(28 + len));
    buf_append(&request, "\x0a\x10\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10",
               18);
    buf_append(&request, "\x12\x08\x11\x12\x13\x14\x15\x16\x17\x18", 10);
    buf_append(&request, more, len);
    batch = batch_of_bytes(request.at, request.len);
    buf_done(&request);
    return batch;
}

START_TEST(times_keep_their_nanoseconds)
{
    static const struct {
        uint64_t start, end;
        int64_t seconds;
        int32_t nanos;
        int64_t duration_seconds;
        int32_t duration_nanos;
    } cases[] = {
        {1700000000000001999, 1700000000000004999, 1700000000, 1999, 0, 3000},
        {0, 0, 0, 0, 0, 0},
        {5000000001, 3000000000, 5, 1, -2, -1},
        {UINT64_MAX, 0, -1, 999999999, 0, 1},
        {(uint64_t)1 << 63, 1, -9223372037, 145224192, 9223372036, 854775807},
        {1, (uint64_t)1 << 63, 0, 1, -9223372036, -854775808},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct api_v2_message message;
        struct api_v2_writer *writer;
        struct groups *groups;
        struct batch *batch;
        Jaeger__ApiV2__PostSpansRequest *request;
        const Jaeger__ApiV2__Span *span;
        char times[18] = {0x39};

        times[9] = 0x41;
        memcpy(times + 1, &cases[i].start, 8);
        memcpy(times + 10, &cases[i].end, 8);
        batch = batch_of_span(times, sizeof(times));
        groups = groups_new(batch);
        writer = api_v2_writer_new(&groups->at[0]);
        ck_assert(api_v2_next(writer, SIZE_MAX, &message));
        request = unpacked(message.bytes);
        span = request->batch->spans[0];
        ck_assert_int_eq(span->start_time->seconds, cases[i].seconds);
        ck_assert_int_eq(span->start_time->nanos, cases[i].nanos);
        ck_assert_int_eq(span->duration->seconds, cases[i].duration_seconds);
        ck_assert_int_eq(span->duration->nanos, cases[i].duration_nanos);
        jaeger__api_v2__post_spans_request__free_unpacked(request, NULL);
        api_v2_writer_free(writer);
        groups_free(groups);
        batch_unref(batch);
    }
}
END_TEST

START_TEST(many_spans_go_in_several_messages)
{
    enum { SPANS = 50000 };
    struct batch *one = batch_of_span("\x2a\x02op", 4), *batch = batch_new(TRACES);
    struct api_v2_message message;
    struct api_v2_writer *writer;
    struct groups *groups;
    size_t items = 0, messages = 0;

    for (unsigned i = 0; i < SPANS; i++)
        batch_append(batch, one);
    groups = groups_new(batch);
    ck_assert_uint_eq(groups->count, 1);
    writer = api_v2_writer_new(&groups->at[0]);
    while (api_v2_next(writer, SIZE_MAX, &message)) {
        Jaeger__ApiV2__PostSpansRequest *request;
        size_t size = message.bytes.len;

        ck_assert_uint_le(size, API_V2_MESSAGE_SIZE + 1000);
        api_v2_again(writer); /* as for a retry */
        ck_assert(api_v2_next(writer, SIZE_MAX, &message));
        ck_assert_uint_eq(message.bytes.len, size);
        request = unpacked(message.bytes);
        ck_assert_uint_eq(request->batch->n_spans, message.items);
        jaeger__api_v2__post_spans_request__free_unpacked(request, NULL);
        items += message.items;
        messages++;
    }
    ck_assert_uint_eq(items, SPANS);
    ck_assert_uint_ge(messages, 2);
    api_v2_writer_free(writer);
    groups_free(groups);
    batch_unref(batch);
    batch_unref(one);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("api_v2");

    tcase_add_test(cases, vectors_read_back_as_the_reference_wrote_them);
    tcase_add_test(cases, times_keep_their_nanoseconds);
    tcase_add_test(cases, many_spans_go_in_several_messages);
    return run_tests("api_v2", cases);
}
