/*
 * What goes out is what the batch has, in its order, in requests that protobuf-c takes.
 */
#include "otlp/request_write.h"

#include "base/budget.h"
#include "unit/check.h"
#include "unit/pb.h"
#include "unit/random_message.h"
#include "unit/reference.h"

enum { ROUNDS = 3000, PAYLOADS = 5 };

static struct payload *random_payload(struct dice *dice, enum signal signal)
{
    struct payload_report report;
    struct payload *payload;
    struct buf request = {0};

    do {
        buf_reset(&request);
        if (signal == TRACES && dice_roll(dice, 2) == 0)
            random_request(dice, &request);
        else
            random_signal_request(dice, signal, &request);
        payload = payload_read(signal, reference_body(buf_str(&request)), &report);
    } while (!payload);
    buf_done(&request);
    return payload;
}

/* Whole payloads and parts of some, in any order. */
static struct batch *random_batch(struct dice *dice, enum signal signal)
{
    struct batch *batch = batch_new(signal);
    uint32_t payloads = 1 + dice_roll(dice, PAYLOADS);

    for (uint32_t i = 0; i < payloads; i++) {
        struct payload *payload = random_payload(dice, signal);
        uint32_t first = 0, count = payload->item_count;

        if (count > 0 && dice_roll(dice, 2) == 0) {
            first = dice_roll(dice, count);
            count = 1 + dice_roll(dice, count - first);
        }
        if (count > 0)
            batch_add(batch, payload, first, count);
        payload_unref(payload);
    }
    return batch;
}

static void put_part(struct buf *out, const struct payload *payload, struct range range)
{
    struct str bytes = payload_str(payload, range);

    buf_printf(out, "%d %zu ", range.at > 0, bytes.len);
    buf_append_str(out, bytes);
}

/* An item with all that it lies in, so that two can be compared. */
static void put_item(struct buf *out, const struct payload *payload, uint32_t item)
{
    const struct payload_scope *scope = &payload->scopes[payload_scope_of(payload, item)];
    const struct payload_resource *resource = &payload->resources[scope->resource];

    put_part(out, payload, resource->resource);
    put_part(out, payload, resource->schema_url);
    put_part(out, payload, scope->scope);
    put_part(out, payload, scope->schema_url);
    put_part(out, payload, payload->items[item]);
}

static void put_batch(struct buf *out, const struct batch *batch)
{
    for (size_t i = 0; i < batch->slice_count; i++)
        for (uint32_t k = 0; k < batch->slices[i].count; k++)
            put_item(out, batch->slices[i].payload, batch->slices[i].first + k);
}

/* Good until the next call. */
static struct str join(const struct request_message *message)
{
    static struct buf joined;

    buf_reset(&joined);
    pieces_join(&message->pieces, &joined);
    ck_assert_uint_eq(joined.len, message->pieces.len);
    return buf_str(&joined);
}

static void put_message(struct buf *out, enum signal signal, const struct request_message *message)
{
    struct payload_report report;
    struct str bytes = join(message);
    struct payload *payload = payload_read(signal, reference_body(bytes), &report);
    ProtobufCMessage *unpacked = protobuf_c_message_unpack(pb_request_types[signal], NULL,
                                                           bytes.len, (const uint8_t *)bytes.at);

    ck_assert_ptr_nonnull(unpacked);
    protobuf_c_message_free_unpacked(unpacked, NULL);
    ck_assert_msg(payload != NULL, "%s", report.why);
    ck_assert_uint_eq(report.rejected, 0);
    ck_assert_uint_eq(payload->item_count, message->messages);
    ck_assert_uint_eq(payload->counted, message->items);
    for (uint32_t i = 0; i < payload->item_count; i++)
        put_item(out, payload, i);
    payload_unref(payload);
}

START_TEST(what_goes_out_is_the_batch_in_its_order)
{
    struct dice dice = dice_new("request_write");
    struct buf expected = {0}, got = {0};
    size_t used = budget_used();

    for (unsigned round = 0; round < ROUNDS; round++) {
        enum signal signal = (enum signal)(round % SIGNAL_KINDS);
        struct batch *batch = random_batch(&dice, signal);
        struct request_writer *writer = request_writer_new(batch);
        struct request_message message;
        size_t items = 0, bytes = 0, messages = 0;

        buf_reset(&expected);
        buf_reset(&got);
        put_batch(&expected, batch);
        do {
            if (dice_roll(&dice, 4) == 0 && messages > 0) { /* a retry, or a half */
                request_writer_again(writer);
            } else {
                items += bytes > 0 ? message.items : 0;
                if (bytes > 0)
                    put_message(&got, signal, &message);
            }
            bytes = 1 + dice_roll(&dice, 4) * dice_roll(&dice, 4000);
            messages = dice_roll(&dice, 2) ? SIZE_MAX : 1 + dice_roll(&dice, 5);
            if (!request_writer_next(writer, bytes, messages, &message))
                break;
            ck_assert(message.messages <= messages);
            ck_assert(message.pieces.len <= bytes || message.messages == 1);
        } while (true);
        ck_assert_uint_eq(items, batch->items);
        ck_assert_msg(str_eq(buf_str(&expected), buf_str(&got)), "round %u", round);
        request_writer_free(writer);
        batch_unref(batch);
        ck_assert_uint_eq(budget_used(), used);
    }
    buf_done(&expected);
    buf_done(&got);
}
END_TEST

static struct payload *payload_of(enum signal signal, unsigned seed)
{
    struct dice dice = {.state = seed};
    struct payload *payload = random_payload(&dice, signal);

    while (!payload->whole || payload->item_count < 2) {
        payload_unref(payload);
        payload = random_payload(&dice, signal);
    }
    return payload;
}

START_TEST(a_whole_request_goes_out_from_where_it_lies)
{
    struct payload *payload = payload_of(TRACES, 1);
    struct batch *batch = batch_of(payload);
    struct request_writer *writer = request_writer_new(batch);
    struct request_message message;
    size_t used = budget_used();

    for (unsigned i = 0; i < 2; i++) {
        ck_assert(request_writer_next(writer, payload->bodies[0]->len, SIZE_MAX, &message));
        ck_assert_uint_eq(message.pieces.count, 1);
        ck_assert_ptr_eq(message.pieces.at[0].at, payload->bodies[0]->at);
        ck_assert_uint_eq(message.pieces.len, payload->bodies[0]->len);
        ck_assert_uint_eq(budget_used(), used);
        request_writer_again(writer);
    }
    ck_assert(request_writer_next(writer, payload->bodies[0]->len - 1, SIZE_MAX, &message));
    ck_assert_uint_lt(message.messages, payload->item_count + 1);
    ck_assert_ptr_ne(message.pieces.at[0].at, payload->bodies[0]->at);
    request_writer_free(writer);
    batch_unref(batch);
    payload_unref(payload);
}
END_TEST

START_TEST(whole_requests_are_put_behind_each_other)
{
    struct payload *payloads[2] = {payload_of(LOGS, 1), payload_of(LOGS, 2)};
    struct batch *batch = batch_of(payloads[0]);
    struct request_writer *writer = request_writer_new(batch);
    size_t first = payloads[0]->bodies[0]->len, second = payloads[1]->bodies[0]->len;
    struct request_message message;

    batch_add(batch, payloads[1], 0, payloads[1]->item_count);
    ck_assert(request_writer_next(writer, first + second, SIZE_MAX, &message));
    ck_assert_uint_eq(message.pieces.len, first + second);
    ck_assert_uint_eq(message.pieces.count, 2);
    ck_assert_ptr_eq(message.pieces.at[0].at, payloads[0]->bodies[0]->at);
    ck_assert_ptr_eq(message.pieces.at[1].at, payloads[1]->bodies[0]->at);
    ck_assert_uint_eq(message.messages, batch->items);
    request_writer_again(writer);
    ck_assert(request_writer_next(writer, first + second - 1, SIZE_MAX, &message));
    ck_assert_uint_eq(message.messages, payloads[0]->item_count);
    ck_assert(request_writer_next(writer, first + second - 1, SIZE_MAX, &message));
    ck_assert_ptr_eq(message.pieces.at[0].at, payloads[1]->bodies[0]->at);
    ck_assert(!request_writer_next(writer, SIZE_MAX, SIZE_MAX, &message));
    request_writer_free(writer);
    batch_unref(batch);
    payload_unref(payloads[0]);
    payload_unref(payloads[1]);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("request_write");

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, what_goes_out_is_the_batch_in_its_order);
    tcase_add_test(cases, a_whole_request_goes_out_from_where_it_lies);
    tcase_add_test(cases, whole_requests_are_put_behind_each_other);
    return run_tests("request_write", cases);
}
