/*
 * Metrics as text.
 */
#include "exporters/debug_put.h"

#include <inttypes.h>

#include "base/hex.h"
#include "base/number_text.h"
#include "otlp/metric.h"

enum { FLAG_NO_VALUE = 1 };

static const char *type_name(enum metric_kind kind)
{
    switch (kind) {
    case METRIC_GAUGE:
        return "Gauge";
    case METRIC_SUM:
        return "Sum";
    case METRIC_HISTOGRAM:
        return "Histogram";
    case METRIC_EXPONENTIAL_HISTOGRAM:
        return "ExponentialHistogram";
    case METRIC_SUMMARY:
        return "Summary";
    case METRIC_EMPTY:
        break;
    }
    return "Empty";
}

static bool is_number(enum metric_kind kind)
{
    return kind == METRIC_GAUGE || kind == METRIC_SUM;
}

/* "Count=3 Sum=4.5 Min=1 Max=2": of these the last three where they came. */
static void put_statistics(struct buf *out, const struct point_view *point, const char *equals,
                           const char *separator)
{
    const struct {
        const char *name;
        bool there;
        double value;
    } numbers[] = {{"Sum", point->has_sum, point->sum},
                   {"Min", point->has_min, point->min},
                   {"Max", point->has_max, point->max}};
    char text[NUMBER_TEXT_SIZE];

    buf_printf(out, "Count%s%" PRIu64, equals, point->count);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (numbers[i].there)
            buf_printf(out, "%s%s%s%s", separator, numbers[i].name, equals,
                       number_text(numbers[i].value, text));
}

static void put_buckets(struct buf *out, enum metric_kind kind, struct str message)
{
    if (kind == METRIC_HISTOGRAM)
        debug_histogram(out, message);
    else if (kind == METRIC_EXPONENTIAL_HISTOGRAM)
        debug_exponential(out, message);
    else if (kind == METRIC_SUMMARY)
        debug_summary(out, message);
}

static void put_exemplars(struct buf *out, struct repeated exemplars)
{
    struct exemplar_view exemplar;
    struct str message;

    if (exemplars.count > 0)
        buf_printf(out, "Exemplars:\n");
    for (size_t n = 0; repeated_next(&exemplars, &message); n++) {
        exemplar_read(message, &exemplar);
        buf_printf(out, "Exemplar #%zu\n     -> Trace ID: ", n);
        hex_append(out, exemplar.trace_id);
        buf_printf(out, "\n     -> Span ID: ");
        hex_append(out, exemplar.span_id);
        buf_printf(out, "\n     -> Timestamp: ");
        debug_put_time(out, exemplar.time_ns);
        buf_printf(out, "\n     -> Value: ");
        debug_put_value(out, &exemplar.value);
        buf_append_char(out, '\n');
        if (exemplar.attributes.count > 0)
            buf_printf(out, "     -> FilteredAttributes:\n");
        debug_put_attributes(out, exemplar.attributes, "          ");
    }
}

static void put_point(struct buf *out, enum metric_kind kind, struct str message, size_t n)
{
    struct point_view point;

    point_read(kind, message, &point);
    buf_printf(out, "%sDataPoints #%zu\n", is_number(kind) ? "Number" : type_name(kind), n);
    if (point.attributes.count > 0)
        buf_printf(out, "Data point attributes:\n");
    debug_put_attributes(out, point.attributes, "     ");
    buf_printf(out, "StartTimestamp: ");
    debug_put_time(out, point.start_ns);
    buf_printf(out, "\nTimestamp: ");
    debug_put_time(out, point.time_ns);
    buf_append_char(out, '\n');
    if (point.flags & FLAG_NO_VALUE)
        buf_printf(out, "NoRecordedValue\n");
    if (is_number(kind)) {
        buf_printf(out, "Value: ");
        debug_put_value(out, &point.value);
    } else {
        put_statistics(out, &point, ": ", "\n");
    }
    buf_append_char(out, '\n');
    put_buckets(out, kind, message);
    put_exemplars(out, point.exemplars);
}

static void put_described(struct buf *out, const char *name, struct str text)
{
    buf_printf(out, "     -> %s: ", name);
    debug_put_text(out, text);
    buf_append_char(out, '\n');
}

void debug_metric_block(struct buf *out, struct str message, size_t n)
{
    static const char *const temporalities[] = {"Unspecified", "Delta", "Cumulative"};
    struct metric_view metric;
    struct str point;
    size_t points = 0;

    metric_read(message, &metric);
    buf_printf(out, "Metric #%zu\nDescriptor:\n", n);
    put_described(out, "Name", metric.name);
    put_described(out, "Description", metric.description);
    put_described(out, "Unit", metric.unit);
    put_described(out, "DataType", str_of(type_name(metric.kind)));
    if (metric.kind == METRIC_SUM)
        put_described(out, "IsMonotonic", str_of(metric.monotonic ? "true" : "false"));
    if (metric.kind >= METRIC_SUM && metric.kind <= METRIC_EXPONENTIAL_HISTOGRAM)
        put_described(out, "AggregationTemporality",
                      str_of(debug_name_of(metric.temporality, temporalities, 3)));
    while (metric_next_point(&metric.points, &point))
        put_point(out, metric.kind, point, points++);
}

void debug_metric_line(struct buf *out, struct str message)
{
    struct metric_view metric;
    struct point_view view;
    struct str point;

    metric_read(message, &metric);
    while (metric_next_point(&metric.points, &point)) {
        point_read(metric.kind, point, &view);
        debug_put_text(out, metric.name);
        buf_append_char(out, '{');
        debug_put_pairs(out, view.attributes, ",");
        buf_printf(out, "} ");
        if (is_number(metric.kind))
            debug_put_value(out, &view.value);
        else
            put_statistics(out, &view, "=", " ");
        buf_append_char(out, '\n');
    }
}
