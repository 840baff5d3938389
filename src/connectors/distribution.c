/*
 * Adding to histograms, and writing them.
 */
#include "connectors/distribution.h"

#include <math.h>
#include <string.h>

#include "connectors/point_write.h"

static size_t bucket_count(const struct distribution_form *form)
{
    return form->exponential ? form->max_size : form->bound_count + 1;
}

size_t distribution_size(const struct distribution_form *form)
{
    return sizeof(struct distribution) + bucket_count(form) * sizeof(uint64_t);
}

void distribution_clear(const struct distribution_form *form, struct distribution *d)
{
    memset(d, 0, distribution_size(form));
    d->scale = DISTRIBUTION_SCALE_MAX;
}

/* ---- exponential ---- */

static int32_t index_at(double value, int32_t scale)
{
    int exponent;
    double fraction = frexp(value, &exponent); /* 0.5 to below 1: value is fraction * 2^exponent */
    int32_t below = fraction == 0.5 ? exponent - 2 : exponent - 1;

    if (scale <= 0)
        return below >> -scale;
    if (fraction == 0.5) /* a power of two is the upper bound of its bucket, exactly */
        return (int32_t)(((uint32_t)(exponent - 1) << scale) - 1);
    return (int32_t)ceil(ldexp(log2(value), scale)) - 1;
}

/* How many times buckets must be joined in pairs so that low to high are not too many. There are
 * two at the latest after 31 times: -1 and 0. */
static int32_t steps_to_fit(int32_t low, int32_t high, uint32_t most)
{
    int32_t steps = 0;

    while ((uint32_t)(high >> steps) - (uint32_t)(low >> steps) >= most)
        steps++;
    return steps;
}

static void make_coarser(struct distribution *d, int32_t steps)
{
    int32_t first = d->first >> steps;
    uint32_t used = 0;

    for (uint32_t i = 0; i < d->used; i++) {
        uint32_t to = (uint32_t)(((d->first + (int32_t)i) >> steps) - first);
        uint64_t count = d->buckets[i];

        d->buckets[i] = 0;
        d->buckets[to] += count;
        used = to + 1;
    }
    d->first = first;
    d->used = used;
    d->scale -= steps;
}

static void add_exponential(const struct distribution_form *form, struct distribution *d,
                            double value)
{
    int32_t index, low, high, steps;

    if (value == 0) {
        d->zeros++;
        return;
    }
    index = index_at(value, d->scale);
    if (d->used == 0)
        d->first = index;
    low = index < d->first ? index : d->first;
    high = d->first + (int32_t)d->used - 1;
    high = d->used == 0 || index > high ? index : high;
    steps = steps_to_fit(low, high, form->max_size);
    if (steps > 0) {
        make_coarser(d, steps);
        index >>= steps;
        low >>= steps;
        high >>= steps;
        if (d->used == 0)
            d->first = index;
    }
    if (low < d->first) {
        uint32_t shift = (uint32_t)(d->first - low);

        memmove(d->buckets + shift, d->buckets, d->used * sizeof(d->buckets[0]));
        memset(d->buckets, 0, shift * sizeof(d->buckets[0]));
    }
    d->first = low;
    d->used = (uint32_t)(high - low) + 1;
    d->buckets[index - low]++;
}

/* ---- fixed bounds ---- */

/* The first bucket whose upper bound is not below the value; the last one has none. */
static size_t bucket_of(const struct distribution_form *form, double value)
{
    size_t low = 0, high = form->bound_count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (form->bounds[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void distribution_add(const struct distribution_form *form, struct distribution *d, double value)
{
    if (form->exponential)
        add_exponential(form, d, value);
    else
        d->buckets[bucket_of(form, value)]++;
    d->min = d->count == 0 || value < d->min ? value : d->min;
    d->max = d->count == 0 || value > d->max ? value : d->max;
    d->count++;
    d->sum += value;
}

/* ---- writing ---- */

static void put_exponential(const struct distribution *d, struct buf *out)
{
    size_t positive, counts;

    put_sint32(out, 6, d->scale);
    wire_put_fixed64(out, 7, d->zeros);
    positive = wire_begin(out, 8);
    put_sint32(out, 1, d->first);
    counts = wire_begin(out, 2);
    for (uint32_t i = 0; i < d->used; i++)
        wire_put_varint(out, d->buckets[i]);
    wire_end(out, counts);
    wire_end(out, positive);
    if (d->count > 0) {
        put_double(out, 12, d->min);
        put_double(out, 13, d->max);
    }
}

static void put_explicit(const struct distribution_form *form, const struct distribution *d,
                         struct buf *out)
{
    size_t size = (form->bound_count + 1) * sizeof(d->buckets[0]);

    wire_put_bytes(out, 6, (struct str){(const char *)d->buckets, size});
    wire_put_bytes(
        out, 7,
        (struct str){(const char *)form->bounds, form->bound_count * sizeof(form->bounds[0])});
}

void distribution_put(const struct distribution_form *form, const struct distribution *d,
                      struct buf *out)
{
    wire_put_fixed64(out, 4, d->count);
    put_double(out, 5, d->sum);
    if (form->exponential)
        put_exponential(d, out);
    else
        put_explicit(form, d, out);
}
