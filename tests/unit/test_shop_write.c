/*
 * The shop's traces as OTLP requests.
 */
#include "commands/shop_write.h"

#include "otlp/payload.h"
#include "otlp/span.h"
#include "unit/check.h"

static const struct shop_settings all = {SHOP_SERVICES, SHOP_DEPTH_MAX, 30, 1};

static struct payload *read(const struct buf *request)
{
    struct bytes *body = bytes_new(request->len);
    struct payload_report report;
    struct payload *payload;

    memcpy(body->at, request->at, request->len);
    body->len = request->len;
    payload = payload_read(TRACES, body, &report);
    ck_assert_msg(payload, "%s", report.why);
    ck_assert_uint_eq(report.rejected, 0);
    ck_assert_uint_eq(report.mended_text, 0);
    return payload;
}

START_TEST(requests_are_valid_and_whole)
{
    struct shop *shop = shop_new(&all);
    struct buf out = {0};
    bool thrown = false, linked = false;

    for (unsigned n = 0; n < 300; n++) {
        const struct shop_trace *trace = shop_next(shop);
        struct payload *payload;
        unsigned errors = 0, failed = 0;

        buf_reset(&out);
        shop_write(&out, trace, 1000000000000000000);
        payload = read(&out);
        ck_assert_uint_eq(payload->item_count, trace->count);
        ck_assert_uint_eq(payload->resource_count, payload->scope_count);
        for (uint32_t i = 0; i < payload->item_count; i++) {
            struct span_view span;

            span_read(payload_str(payload, payload->items[i]), &span);
            ck_assert(str_eq(span.trace_id, (struct str){(const char *)trace->id, 16}));
            ck_assert_uint_ge(span.start_ns, 1000000000000000000);
            ck_assert_uint_le(span.end_ns, 1000000000000000000 + trace->length_ns);
            ck_assert_uint_gt(span.name.len, 0);
            errors += span.status_code == 2;
        }
        for (size_t i = 0; i < trace->count; i++) {
            failed += trace->spans[i].failed;
            thrown |= trace->spans[i].thrown;
            linked |= trace->spans[i].linked;
        }
        ck_assert_uint_eq(errors, failed);
        payload_unref(payload);
    }
    ck_assert(thrown && linked);
    buf_done(&out);
    shop_free(shop);
}
END_TEST

static bool has(const struct buf *out, const char *text)
{
    return memmem(out->at, out->len, text, strlen(text));
}

START_TEST(they_have_what_people_look_for)
{
    static const char *const words[] = {"service.name",
                                        "frontend",
                                        "http.request.method",
                                        "/product/{id}",
                                        "rpc.grpc.status_code",
                                        "db.query.text",
                                        "postgresql",
                                        "redis",
                                        "kafka",
                                        "messaging.consumer",
                                        "exception.message",
                                        "exception.stacktrace",
                                        "app.order.amount",
                                        "user_agent.original"};
    struct shop *shop = shop_new(&all), *same = shop_new(&all);
    struct buf out = {0}, again = {0};

    for (unsigned n = 0; n < 200; n++) {
        shop_write(&out, shop_next(shop), 5);
        shop_write(&again, shop_next(same), 5);
    }
    ck_assert(str_eq(buf_str(&out), buf_str(&again)));
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        ck_assert_msg(has(&out, words[i]), "no %s", words[i]);
    buf_done(&out);
    buf_done(&again);
    shop_free(shop);
    shop_free(same);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("shop_write");

    tcase_add_test(cases, requests_are_valid_and_whole);
    tcase_add_test(cases, they_have_what_people_look_for);
    return run_tests("shop_write", cases);
}
