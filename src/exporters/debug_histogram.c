/*
 * Buckets and quantiles as text, in the lines of the official collector's debug exporter.
 */
#include <inttypes.h>
#include <math.h>

#include "exporters/debug_put.h"
#include "otlp/histogram.h"

enum { SCALE_MAX = 1100 }; /* beyond it, a bucket is as wide as all doubles, or as none */

/* "%f" is what people know; of large numbers it would be hundreds of digits. */
static void put_bound(struct buf *out, double bound)
{
    buf_printf(out, fabs(bound) < 1e15 ? "%f" : "%g", bound);
}

void debug_histogram(struct buf *out, struct str point)
{
    struct numbers bounds = histogram_bounds(point), counts = histogram_counts(point);
    uint64_t count;
    double bound;

    for (size_t i = 0; numbers_next_double(&bounds, &bound); i++) {
        buf_printf(out, "ExplicitBounds #%zu: ", i);
        put_bound(out, bound);
        buf_append_char(out, '\n');
    }
    for (size_t i = 0; numbers_next(&counts, &count); i++)
        buf_printf(out, "Buckets #%zu, Count: %" PRIu64 "\n", i, count);
}

static void put_bucket(struct buf *out, const char *open, double low, double high,
                       const char *close, uint64_t count)
{
    buf_printf(out, "Bucket %s", open);
    put_bound(out, low);
    buf_printf(out, ", ");
    put_bound(out, high);
    buf_printf(out, "%s, Count: %" PRIu64 "\n", close, count);
}

/* The lower bound of the bucket with this index. */
static double lower_bound(int32_t scale, double index)
{
    int clamped = scale > SCALE_MAX ? SCALE_MAX : scale < -SCALE_MAX ? -SCALE_MAX : scale;

    return exp2(ldexp(index, -clamped));
}

/* From the lowest to the highest: those of negative values backwards, so that they come in order.
 */
static void put_negative(struct buf *out, const struct exponential_view *view)
{
    struct numbers counts = view->negative.counts;
    struct buf all = {0};
    uint64_t count;

    while (numbers_next(&counts, &count))
        buf_append(&all, &count, sizeof(count));
    for (size_t i = all.len / sizeof(count); i-- > 0;) {
        double index = (double)view->negative.offset + (double)i;

        memcpy(&count, all.at + i * sizeof(count), sizeof(count));
        put_bucket(out, "[", -lower_bound(view->scale, index + 1), -lower_bound(view->scale, index),
                   ")", count);
    }
    buf_done(&all);
}

void debug_exponential(struct buf *out, struct str point)
{
    struct exponential_view view;
    uint64_t count;

    exponential_read(point, &view);
    put_negative(out, &view);
    if (view.zero_count > 0 && view.zero_threshold > 0)
        put_bucket(out, "[", -view.zero_threshold, view.zero_threshold, "]", view.zero_count);
    else if (view.zero_count > 0)
        buf_printf(out, "Bucket [0, 0], Count: %" PRIu64 "\n", view.zero_count);
    for (double index = view.positive.offset; numbers_next(&view.positive.counts, &count); index++)
        put_bucket(out, "(", lower_bound(view.scale, index), lower_bound(view.scale, index + 1),
                   "]", count);
}

void debug_summary(struct buf *out, struct str point)
{
    struct wire left = wire_of(point);
    struct quantile_view quantile;

    for (size_t i = 0; quantile_next(&left, &quantile); i++) {
        buf_printf(out, "QuantileValue #%zu: Quantile ", i);
        put_bound(out, quantile.quantile);
        buf_printf(out, ", Value ");
        put_bound(out, quantile.value);
        buf_append_char(out, '\n');
    }
}
