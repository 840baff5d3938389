/*
 * Data points that stay, change and go.
 */
#include "otlp/metric_write.h"

#include "otlp/attributes.h"
#include "otlp/wire_write.h"
#include "unit/check.h"
#include "unit/pb.h"
#include "unit/random_message.h"

enum { ROUNDS = 3000 };

struct asked {
    uint32_t salt, points, kept, changed;
    struct str expected[64]; /* of the points that stay; with a mark where they change */
    bool marked[64];
};

static enum rewrite on_point(void *arg, enum metric_kind kind, struct str point, struct buf *out)
{
    struct asked *asked = arg;
    enum rewrite verdict =
        (enum rewrite)((str_hash(point) ^ asked->salt) * 11400714819323198485u >> 40) % 4;

    (void)kind;
    asked->points++;
    verdict = verdict > REWRITE_DROP ? REWRITE_KEEP : verdict;
    buf_append_str(out, point); /* counts for those that change only */
    wire_put_bytes(out, 1000, STR("mark"));
    if (verdict == REWRITE_DROP)
        return verdict;
    asked->marked[asked->kept] = verdict == REWRITE_CHANGE;
    asked->expected[asked->kept++] = point;
    asked->changed += verdict == REWRITE_CHANGE;
    return verdict;
}

static void check_metric(struct dice *dice, const pb_metric *metric)
{
    struct asked asked = {.salt = dice_roll(dice, UINT32_MAX)};
    struct buf packed = {0}, out = {0};
    struct metric_view view;
    enum rewrite verdict;
    struct str point;
    uint32_t n = 0;

    buf_reserve(&packed, protobuf_c_message_get_packed_size(&metric->base));
    packed.len = protobuf_c_message_pack(&metric->base, (uint8_t *)packed.at);
    buf_append_str(&out, STR("before"));
    verdict = metric_rewrite(buf_str(&packed), on_point, &asked, &out);
    ck_assert_uint_eq(asked.points, metric_count_points(buf_str(&packed)));
    if (asked.kept == asked.points && asked.changed == 0) {
        ck_assert_int_eq(verdict, REWRITE_KEEP);
    } else if (asked.kept == 0) {
        ck_assert_int_eq(verdict, REWRITE_DROP);
    } else {
        struct str written = {out.at + 6, out.len - 6};
        ProtobufCMessage *tree = protobuf_c_message_unpack(
            metric->base.descriptor, NULL, written.len, (const uint8_t *)written.at);

        ck_assert_int_eq(verdict, REWRITE_CHANGE);
        ck_assert_ptr_nonnull(tree);
        ck_assert_str_eq(((pb_metric *)tree)->name, metric->name);
        ck_assert_uint_eq(((pb_metric *)tree)->n_metadata, metric->n_metadata);
        protobuf_c_message_free_unpacked(tree, NULL);
        metric_read(written, &view);
        for (; metric_next_point(&view.points, &point); n++) {
            struct str expected = asked.expected[n];

            ck_assert_uint_lt(n, asked.kept);
            ck_assert(str_starts(point, expected));
            ck_assert((point.len > expected.len) == asked.marked[n]);
        }
        ck_assert_uint_eq(n, asked.kept);
    }
    if (verdict != REWRITE_CHANGE)
        ck_assert_uint_eq(out.len, 6);
    buf_done(&packed);
    buf_done(&out);
}

START_TEST(points_stay_change_and_go)
{
    struct dice dice = dice_new("metric_write");
    struct buf request = {0};

    for (unsigned round = 0; round < ROUNDS; round++) {
        pb_request *tree;

        buf_reset(&request);
        random_signal_request(&dice, METRICS, &request);
        tree = (pb_request *)protobuf_c_message_unpack(pb_request_types[METRICS], NULL, request.len,
                                                       (const uint8_t *)request.at);
        for (size_t i = 0; i < tree->n_resource_spans; i++)
            for (size_t j = 0; j < tree->resource_spans[i]->n_scope_spans; j++)
                for (size_t k = 0; k < tree->resource_spans[i]->scope_spans[j]->n_spans; k++)
                    check_metric(
                        &dice,
                        (const pb_metric *)tree->resource_spans[i]->scope_spans[j]->spans[k]);
        protobuf_c_message_free_unpacked(&tree->base, NULL);
    }
    buf_done(&request);
}
END_TEST

START_TEST(only_the_data_that_counts_is_written)
{
    struct asked asked = {0};
    struct buf metric = {0}, out = {0};

    wire_put_bytes(&metric, METRIC_GAUGE, STR("\x0a\x00\x0a\x00"));
    wire_put_bytes(&metric, METRIC_SUM, STR("\x0a\x02\x18\x01"));
    wire_put_bytes(&metric, METRIC_GAUGE, STR("\x0a\x02\x30\x01"));
    wire_put_bytes(&metric, METRIC_GAUGE, STR("\x0a\x02\x30\x02"));
    while (metric_rewrite(buf_str(&metric), on_point, &asked, &out) != REWRITE_CHANGE)
        asked = (struct asked){.salt = asked.salt + 1};
    ck_assert_uint_eq(asked.points, 2);
    ck_assert_uint_eq(metric_count_points(buf_str(&out)), asked.kept);
    buf_done(&metric);
    buf_done(&out);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("metric_write");

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, points_stay_change_and_go);
    tcase_add_test(cases, only_the_data_that_counts_is_written);
    return run_tests("metric_write", cases);
}
