/*
 * Batches as text: every field in its place, and nothing that could harm a terminal.
 */
#include "exporters/debug_text.h"

#include "unit/batches.h"
#include "unit/check.h"

#include "otlp/wire_write.h"

static void put_attribute(struct buf *out, uint32_t number, const char *key, const char *value)
{
    size_t attribute = wire_begin(out, number), any;

    wire_put_bytes(out, 1, str_of(key));
    any = wire_begin(out, 2);
    wire_put_bytes(out, 1, str_of(value));
    wire_end(out, any);
    wire_end(out, attribute);
}

static void put_fixed64(struct buf *out, uint32_t number, uint64_t value)
{
    struct wire_field f = {.number = number, .type = WIRE_FIXED64, .value = value};

    wire_put_field(out, &f);
}

static void put_number(struct buf *out, uint32_t number, uint64_t value)
{
    struct wire_field f = {.number = number, .type = WIRE_VARINT, .value = value};

    wire_put_field(out, &f);
}

static void put_span(struct buf *out)
{
    size_t span = wire_begin(out, 2), part;

    wire_put_bytes(out, 1, STR("0123456789abcdef"));
    wire_put_bytes(out, 2, STR("01234567"));
    wire_put_bytes(out, 5, STR("GET \x1b[31m/"));
    put_number(out, 6, 2);
    put_fixed64(out, 7, 1700000000000000001);
    put_fixed64(out, 8, 1700000000000000002);
    put_attribute(out, 9, "method", "GET");
    put_number(out, 10, 3);
    part = wire_begin(out, 11);
    wire_put_bytes(out, 2, STR("retry"));
    put_attribute(out, 3, "n", "1");
    wire_end(out, part);
    part = wire_begin(out, 13);
    wire_put_bytes(out, 1, STR("ABCDEFGHIJKLMNOP"));
    wire_put_bytes(out, 2, STR("abcdefgh"));
    wire_end(out, part);
    part = wire_begin(out, 15);
    wire_put_bytes(out, 2, STR("broken"));
    put_number(out, 3, 2);
    wire_end(out, part);
    wire_end(out, span);
}

static void put_double(struct buf *out, uint32_t number, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    put_fixed64(out, number, bits);
}

static size_t buckets_begin(struct buf *out, uint32_t number, int32_t offset)
{
    size_t buckets = wire_begin(out, number);

    put_number(out, 1, (uint32_t)offset << 1 ^ (offset < 0 ? UINT32_MAX : 0));
    return buckets;
}

static void put_exponential(struct buf *out)
{
    size_t metric = wire_begin(out, 2), data, point, buckets;

    wire_put_bytes(out, 1, STR("scaled"));
    data = wire_begin(out, 10);
    point = wire_begin(out, 1);
    put_fixed64(out, 4, 10);
    put_number(out, 6, 1); /* scale -1: each bucket is four times as wide */
    put_fixed64(out, 7, 2);
    buckets = buckets_begin(out, 8, -1);
    wire_put_bytes(out, 2, STR("\x01\x80\x01"));
    put_number(out, 2, 5);
    wire_end(out, buckets);
    buckets = buckets_begin(out, 9, 0);
    wire_put_bytes(out, 2, STR("\x03\x04"));
    wire_end(out, buckets);
    wire_end(out, point);
    point = wire_begin(out, 1);
    put_fixed64(out, 7, 2);
    put_double(out, 14, 0.25);
    buckets = buckets_begin(out, 8, INT32_MAX);
    wire_put_bytes(out, 2, STR("\x01"));
    wire_end(out, buckets);
    wire_end(out, point);
    wire_end(out, data);
    wire_end(out, metric);
}

static void put_summary(struct buf *out)
{
    size_t metric = wire_begin(out, 2), data = wire_begin(out, 11), point = wire_begin(out, 1);
    size_t quantile = wire_begin(out, 6);

    put_double(out, 1, 0.5);
    put_double(out, 2, 1);
    wire_end(out, quantile);
    put_fixed64(out, 4, 3);
    quantile = wire_begin(out, 6);
    put_double(out, 1, 1);
    put_double(out, 2, 1e300);
    wire_end(out, quantile);
    wire_end(out, point);
    wire_end(out, data);
    wire_end(out, metric);
}

static void put_exemplar(struct buf *out)
{
    size_t exemplar = wire_begin(out, 5);

    put_fixed64(out, 2, 1700000000000000001);
    wire_put_bytes(out, 4, STR("01234567"));
    wire_put_bytes(out, 5, STR("0123456789abcdef"));
    put_fixed64(out, 6, 4);
    put_attribute(out, 7, "user", "ann");
    wire_end(out, exemplar);
}

/* Two sums' values, and a data point of each kind of histogram. */
static void put_metrics(struct buf *out)
{
    size_t metric = wire_begin(out, 2), data, point;

    wire_put_bytes(out, 1, STR("requests"));
    wire_put_bytes(out, 2, STR("how many"));
    wire_put_bytes(out, 3, STR("1"));
    data = wire_begin(out, 7);
    point = wire_begin(out, 1);
    put_attribute(out, 7, "method", "GET");
    put_fixed64(out, 2, 1700000000000000001);
    put_fixed64(out, 3, 1700000000000000002);
    put_fixed64(out, 6, (uint64_t)-3);
    put_exemplar(out);
    wire_end(out, point);
    point = wire_begin(out, 1);
    put_double(out, 4, 2.5);
    wire_end(out, point);
    put_number(out, 2, 2);
    put_number(out, 3, 1);
    wire_end(out, data);
    wire_end(out, metric);
    metric = wire_begin(out, 2);
    wire_put_bytes(out, 1, STR("took"));
    data = wire_begin(out, 9);
    point = wire_begin(out, 1);
    put_fixed64(out, 4, 12);
    put_double(out, 5, 7.5);
    put_double(out, 12, 3);
    wire_put_bytes(out, 6, STR("\x03\0\0\0\0\0\0\0\x09\0\0\0\0\0\0\0")); /* packed */
    put_double(out, 7, 0.5);                                             /* and not */
    put_attribute(out, 9, "a", "b");
    put_attribute(out, 9, "c", "d");
    wire_end(out, point);
    wire_end(out, data);
    wire_end(out, metric);
    put_exponential(out);
    put_summary(out);
}

static void put_log_record(struct buf *out)
{
    size_t record = wire_begin(out, 2), body;

    put_fixed64(out, 1, 1700000000000000001);
    put_number(out, 2, 17);
    body = wire_begin(out, 5);
    wire_put_bytes(out, 1, STR("it \x1b broke"));
    wire_end(out, body);
    put_attribute(out, 6, "code", "7");
    wire_put_bytes(out, 9, STR("0123456789abcdef"));
    wire_put_bytes(out, 10, STR("01234567"));
    wire_put_bytes(out, 12, STR("crash"));
    wire_end(out, record);
}

static struct batch *make_batch(enum signal signal)
{
    static void (*const put[SIGNAL_KINDS])(struct buf * out) = {put_span, put_metrics,
                                                                put_log_record};
    struct buf out = {0};
    size_t group = wire_begin(&out, 1), part = wire_begin(&out, 1);
    struct batch *batch;

    put_attribute(&out, 1, "service.name", "shop");
    wire_end(&out, part);
    part = wire_begin(&out, 2);
    {
        size_t scope = wire_begin(&out, 1);

        wire_put_bytes(&out, 1, STR("checkout"));
        wire_put_bytes(&out, 2, STR("1.0"));
        wire_end(&out, scope);
    }
    put[signal](&out);
    wire_put_bytes(&out, 3, STR("https://s"));
    wire_end(&out, part);
    wire_put_bytes(&out, 3, STR("https://r"));
    wire_end(&out, group);
    batch = batch_of_request(signal, &out);
    buf_done(&out);
    return batch;
}

static void check_text(enum signal signal, enum verbosity verbosity, const char *expected)
{
    struct batch *batch = make_batch(signal);
    struct buf out = {0};

    ck_assert_uint_eq(debug_text(&out, batch, verbosity), 1);
    ck_assert_str_eq(buf_text(&out), expected);
    buf_done(&out);
    batch_unref(batch);
}

START_TEST(basic_has_no_lines)
{
    check_text(TRACES, VERBOSITY_BASIC, "");
}
END_TEST

START_TEST(normal_has_one_line_for_each_span)
{
    check_text(TRACES, VERBOSITY_NORMAL,
               "GET \\x1b[31m/ 30313233343536373839616263646566 "
               "3031323334353637 method=GET\n");
}
END_TEST

START_TEST(detailed_has_everything)
{
    check_text(TRACES, VERBOSITY_DETAILED,
               "ResourceSpans #0\n"
               "Resource SchemaURL: https://r\n"
               "Resource attributes:\n"
               "     -> service.name: Str(shop)\n"
               "ScopeSpans #0\n"
               "ScopeSpans SchemaURL: https://s\n"
               "InstrumentationScope checkout 1.0\n"
               "Span #0\n"
               "    Trace ID       : 30313233343536373839616263646566\n"
               "    Parent ID      : \n"
               "    ID             : 3031323334353637\n"
               "    Name           : GET \\x1b[31m/\n"
               "    Kind           : Server\n"
               "    Start time     : 2023-11-14 22:13:20.000000001 +0000 UTC\n"
               "    End time       : 2023-11-14 22:13:20.000000002 +0000 UTC\n"
               "    Status code    : Error\n"
               "    Status message : broken\n"
               "DroppedAttributesCount: 3\n"
               "Attributes:\n"
               "     -> method: Str(GET)\n"
               "Events:\n"
               "SpanEvent #0\n"
               "     -> Name: retry\n"
               "     -> Timestamp: 1970-01-01 00:00:00.000000000 +0000 UTC\n"
               "     -> Attributes::\n"
               "          -> n: Str(1)\n"
               "Links:\n"
               "SpanLink #0\n"
               "     -> Trace ID: 4142434445464748494a4b4c4d4e4f50\n"
               "     -> ID: 6162636465666768\n"
               "     -> TraceState: \n");
}
END_TEST

START_TEST(normal_has_one_line_for_each_data_point)
{
    check_text(METRICS, VERBOSITY_NORMAL,
               "requests{method=GET} -3\n"
               "requests{} 2.5\n"
               "took{a=b,c=d} Count=12 Sum=7.5 Max=3\n"
               "scaled{} Count=10\n"
               "scaled{} Count=0\n"
               "{} Count=3\n");
}
END_TEST

START_TEST(detailed_has_everything_of_metrics)
{
    check_text(METRICS, VERBOSITY_DETAILED,
               "ResourceMetrics #0\n"
               "Resource SchemaURL: https://r\n"
               "Resource attributes:\n"
               "     -> service.name: Str(shop)\n"
               "ScopeMetrics #0\n"
               "ScopeMetrics SchemaURL: https://s\n"
               "InstrumentationScope checkout 1.0\n"
               "Metric #0\n"
               "Descriptor:\n"
               "     -> Name: requests\n"
               "     -> Description: how many\n"
               "     -> Unit: 1\n"
               "     -> DataType: Sum\n"
               "     -> IsMonotonic: true\n"
               "     -> AggregationTemporality: Cumulative\n"
               "NumberDataPoints #0\n"
               "Data point attributes:\n"
               "     -> method: Str(GET)\n"
               "StartTimestamp: 2023-11-14 22:13:20.000000001 +0000 UTC\n"
               "Timestamp: 2023-11-14 22:13:20.000000002 +0000 UTC\n"
               "Value: -3\n"
               "Exemplars:\n"
               "Exemplar #0\n"
               "     -> Trace ID: 30313233343536373839616263646566\n"
               "     -> Span ID: 3031323334353637\n"
               "     -> Timestamp: 2023-11-14 22:13:20.000000001 +0000 UTC\n"
               "     -> Value: 4\n"
               "     -> FilteredAttributes:\n"
               "          -> user: Str(ann)\n"
               "NumberDataPoints #1\n"
               "StartTimestamp: 1970-01-01 00:00:00.000000000 +0000 UTC\n"
               "Timestamp: 1970-01-01 00:00:00.000000000 +0000 UTC\n"
               "Value: 2.5\n"
               "Metric #1\n"
               "Descriptor:\n"
               "     -> Name: took\n"
               "     -> Description: \n"
               "     -> Unit: \n"
               "     -> DataType: Histogram\n"
               "     -> AggregationTemporality: Unspecified\n"
               "HistogramDataPoints #0\n"
               "Data point attributes:\n"
               "     -> a: Str(b)\n"
               "     -> c: Str(d)\n"
               "StartTimestamp: 1970-01-01 00:00:00.000000000 +0000 UTC\n"
               "Timestamp: 1970-01-01 00:00:00.000000000 +0000 UTC\n"
               "Count: 12\n"
               "Sum: 7.5\n"
               "Max: 3\n"
               "ExplicitBounds #0: 0.500000\n"
               "Buckets #0, Count: 3\n"
               "Buckets #1, Count: 9\n"
               "Metric #2\n"
               "Descriptor:\n"
               "     -> Name: scaled\n"
               "     -> Description: \n"
               "     -> Unit: \n"
               "     -> DataType: ExponentialHistogram\n"
               "     -> AggregationTemporality: Unspecified\n"
               "ExponentialHistogramDataPoints #0\n"
               "StartTimestamp: 1970-01-01 00:00:00.000000000 +0000 UTC\n"
               "Timestamp: 1970-01-01 00:00:00.000000000 +0000 UTC\n"
               "Count: 10\n"
               "Bucket [-16.000000, -4.000000), Count: 4\n"
               "Bucket [-4.000000, -1.000000), Count: 3\n"
               "Bucket [0, 0], Count: 2\n"
               "Bucket (0.250000, 1.000000], Count: 1\n"
               "Bucket (1.000000, 4.000000], Count: 128\n"
               "Bucket (4.000000, 16.000000], Count: 5\n"
               "ExponentialHistogramDataPoints #1\n"
               "StartTimestamp: 1970-01-01 00:00:00.000000000 +0000 UTC\n"
               "Timestamp: 1970-01-01 00:00:00.000000000 +0000 UTC\n"
               "Count: 0\n"
               "Bucket [-0.250000, 0.250000], Count: 2\n"
               "Bucket (inf, inf], Count: 1\n"
               "Metric #3\n"
               "Descriptor:\n"
               "     -> Name: \n"
               "     -> Description: \n"
               "     -> Unit: \n"
               "     -> DataType: Summary\n"
               "SummaryDataPoints #0\n"
               "StartTimestamp: 1970-01-01 00:00:00.000000000 +0000 UTC\n"
               "Timestamp: 1970-01-01 00:00:00.000000000 +0000 UTC\n"
               "Count: 3\n"
               "QuantileValue #0: Quantile 0.500000, Value 1.000000\n"
               "QuantileValue #1: Quantile 1.000000, Value 1e+300\n");
}
END_TEST

START_TEST(normal_has_one_line_for_each_log_record)
{
    check_text(LOGS, VERBOSITY_NORMAL, "Error it \\x1b broke code=7\n");
}
END_TEST

START_TEST(detailed_has_everything_of_log_records)
{
    check_text(LOGS, VERBOSITY_DETAILED,
               "ResourceLog #0\n"
               "Resource SchemaURL: https://r\n"
               "Resource attributes:\n"
               "     -> service.name: Str(shop)\n"
               "ScopeLogs #0\n"
               "ScopeLogs SchemaURL: https://s\n"
               "InstrumentationScope checkout 1.0\n"
               "LogRecord #0\n"
               "    Observed time  : 1970-01-01 00:00:00.000000000 +0000 UTC\n"
               "    Time           : 2023-11-14 22:13:20.000000001 +0000 UTC\n"
               "    Severity text  : \n"
               "    Severity number: Error(17)\n"
               "    Event name     : crash\n"
               "    Body           : Str(it \\x1b broke)\n"
               "    Trace ID       : 30313233343536373839616263646566\n"
               "    Span ID        : 3031323334353637\n"
               "    Flags          : 0\n"
               "Attributes:\n"
               "     -> code: Str(7)\n");
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("debug_text");

    tcase_add_test(cases, basic_has_no_lines);
    tcase_add_test(cases, normal_has_one_line_for_each_span);
    tcase_add_test(cases, detailed_has_everything);
    tcase_add_test(cases, normal_has_one_line_for_each_data_point);
    tcase_add_test(cases, detailed_has_everything_of_metrics);
    tcase_add_test(cases, normal_has_one_line_for_each_log_record);
    tcase_add_test(cases, detailed_has_everything_of_log_records);
    return run_tests("debug_text", cases);
}
