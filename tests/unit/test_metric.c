/*
 * Metrics in parts, as decoders merge them; data points of every kind; bytes that nobody has
 * checked.
 */
#include "otlp/metric.h"

#include "otlp/wire_write.h"
#include "unit/check.h"

static struct str point_at(struct metric_points points, unsigned n)
{
    struct str point = {0};

    for (unsigned i = 0; i <= n; i++)
        if (!metric_next_point(&points, &point))
            return STR("none");
    return point;
}

START_TEST(of_the_kinds_of_data_the_last_counts)
{
    static const struct {
        struct str metric;
        enum metric_kind kind;
        unsigned points;
    } cases[] = {
        {STR_INIT(""), METRIC_EMPTY, 0},
        {STR_INIT("\x2a\x00"), METRIC_GAUGE, 0},
        {STR_INIT("\x2a\x02\x0a\x00"), METRIC_GAUGE, 1},
        {STR_INIT("\x2a\x04\x0a\x00\x0a\x00"), METRIC_GAUGE, 2},
        {STR_INIT("\x3a\x02\x0a\x00"), METRIC_SUM, 1},
        {STR_INIT("\x4a\x02\x0a\x00"), METRIC_HISTOGRAM, 1},
        {STR_INIT("\x52\x02\x0a\x00"), METRIC_EXPONENTIAL_HISTOGRAM, 1},
        {STR_INIT("\x5a\x02\x0a\x00"), METRIC_SUMMARY, 1},
        {STR_INIT("\x42\x02\x0a\x00"), METRIC_EMPTY, 0}, /* 8 is no kind */
        /* in two parts, with something between */
        {STR_INIT("\x2a\x02\x0a\x00\x12\x01x\x2a\x02\x0a\x00"), METRIC_GAUGE, 2},
        /* another kind takes the place of the first */
        {STR_INIT("\x2a\x04\x0a\x00\x0a\x00\x3a\x02\x0a\x00"), METRIC_SUM, 1},
        {STR_INIT("\x2a\x04\x0a\x00\x0a\x00\x3a\x00\x2a\x02\x0a\x00"), METRIC_GAUGE, 1},
        /* cut short */
        {STR_INIT("\x2a\x02\x0a\x00\x2a\x05\x0a"), METRIC_GAUGE, 1},
        {STR_INIT("\x2a\x03\x0a\x02\x0a"), METRIC_GAUGE, 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct metric_view metric;

        metric_read(cases[i].metric, &metric);
        ck_assert_msg(metric.kind == cases[i].kind, "case %zu: kind %d", i, (int)metric.kind);
        ck_assert_msg(metric_count_points(cases[i].metric) == cases[i].points, "case %zu", i);
    }
}
END_TEST

START_TEST(the_points_of_all_parts_are_walked)
{
    struct metric_view metric;

    metric_read(STR("\x0a\x01n\x3a\x07\x0a\x01"
                    "a\x10\x02\x18\x01\x3a\x03\x0a\x01"
                    "b"),
                &metric);
    ck_assert(str_is(metric.name, "n"));
    ck_assert_int_eq(metric.temporality, 2);
    ck_assert(metric.monotonic);
    ck_assert(str_is(point_at(metric.points, 0), "a"));
    ck_assert(str_is(point_at(metric.points, 1), "b"));
    ck_assert(str_is(point_at(metric.points, 2), "none"));
}
END_TEST

static void put_number(struct buf *out, uint32_t number, enum wire_type type, uint64_t value)
{
    struct wire_field f = {.number = number, .type = type, .value = value};

    wire_put_field(out, &f);
}

static uint64_t bits_of(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

START_TEST(each_kind_of_point_has_its_numbers)
{
    static const struct {
        enum metric_kind kind;
        uint32_t attributes, exemplars, flags, min, max; /* the fields' numbers; 0: none */
    } cases[] = {
        {METRIC_GAUGE, 7, 5, 8, 0, 0},        {METRIC_SUM, 7, 5, 8, 0, 0},
        {METRIC_HISTOGRAM, 9, 8, 10, 11, 12}, {METRIC_EXPONENTIAL_HISTOGRAM, 1, 11, 10, 12, 13},
        {METRIC_SUMMARY, 7, 0, 8, 0, 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bool number = cases[i].kind == METRIC_GAUGE || cases[i].kind == METRIC_SUM;
        struct point_view point;
        struct buf out = {0};

        wire_put_bytes(&out, cases[i].attributes, STR("\x0a\x01k"));
        for (unsigned n = 0; cases[i].exemplars > 0 && n < 2; n++)
            wire_put_bytes(&out, cases[i].exemplars, STR("e"));
        put_number(&out, 2, WIRE_FIXED64, 5);
        put_number(&out, 3, WIRE_FIXED64, 6);
        put_number(&out, 4, WIRE_FIXED64, number ? bits_of(1.5) : 7);
        if (!number)
            put_number(&out, 5, WIRE_FIXED64, bits_of(2.5));
        put_number(&out, cases[i].flags, WIRE_VARINT, 1);
        if (cases[i].min > 0) {
            put_number(&out, cases[i].min, WIRE_FIXED64, bits_of(-1));
            put_number(&out, cases[i].max, WIRE_FIXED64, bits_of(9));
        }
        point_read(cases[i].kind, buf_str(&out), &point);
        buf_done(&out);
        ck_assert_uint_eq(point.attributes.count, 1);
        ck_assert_uint_eq(point.exemplars.count, cases[i].exemplars > 0 ? 2 : 0);
        ck_assert_uint_eq(point.start_ns, 5);
        ck_assert_uint_eq(point.time_ns, 6);
        ck_assert_uint_eq(point.flags, 1);
        ck_assert_int_eq(point.value.kind, number ? VALUE_DOUBLE : VALUE_EMPTY);
        ck_assert_uint_eq(point.count, number ? 0 : 7);
        ck_assert(point.has_sum == !number);
        ck_assert(point.has_min == (cases[i].min > 0) && point.has_max == point.has_min);
        ck_assert(!point.has_max || bits_of(point.max) == bits_of(9));
    }
}
END_TEST

START_TEST(exemplars_have_a_value_and_the_span_that_they_are_of)
{
    struct exemplar_view exemplar;
    struct buf out = {0};

    exemplar_read(STR(""), &exemplar);
    ck_assert_int_eq(exemplar.value.kind, VALUE_EMPTY);
    put_number(&out, 2, WIRE_FIXED64, 6);
    put_number(&out, 3, WIRE_FIXED64, bits_of(2.5));
    wire_put_bytes(&out, 4, STR("01234567"));
    wire_put_bytes(&out, 5, STR("0123456789abcdef"));
    wire_put_bytes(&out, 7, STR("\x0a\x01k"));
    exemplar_read(buf_str(&out), &exemplar);
    ck_assert_uint_eq(exemplar.time_ns, 6);
    ck_assert_int_eq(exemplar.value.kind, VALUE_DOUBLE);
    ck_assert(bits_of(exemplar.value.number) == bits_of(2.5));
    ck_assert(str_is(exemplar.span_id, "01234567"));
    ck_assert(str_is(exemplar.trace_id, "0123456789abcdef"));
    ck_assert_uint_eq(exemplar.attributes.count, 1);
    put_number(&out, 6, WIRE_FIXED64, (uint64_t)-1); /* the last one counts */
    exemplar_read(buf_str(&out), &exemplar);
    buf_done(&out);
    ck_assert_int_eq(exemplar.value.kind, VALUE_INT);
    ck_assert_int_eq(exemplar.value.integer, -1);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("metric");

    tcase_add_test(cases, of_the_kinds_of_data_the_last_counts);
    tcase_add_test(cases, the_points_of_all_parts_are_walked);
    tcase_add_test(cases, each_kind_of_point_has_its_numbers);
    tcase_add_test(cases, exemplars_have_a_value_and_the_span_that_they_are_of);
    return run_tests("metric", cases);
}
