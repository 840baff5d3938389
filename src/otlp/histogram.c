/*
 * Reading buckets and quantiles where they lie.
 */
#include "otlp/histogram.h"

enum { FIELD_COUNTS = 6, FIELD_BOUNDS = 7, FIELD_QUANTILES = 6 };

static struct numbers numbers_of(struct str message, uint32_t number, enum wire_type type)
{
    return (struct numbers){.message = wire_of(message),
                            .packed = wire_of((struct str){0}),
                            .number = number,
                            .type = type};
}

static double real(uint64_t bits)
{
    double value;

    memcpy(&value, &bits, sizeof(value));
    return value;
}

/* Of what is packed, a number has no tag. */
static bool packed_next(struct numbers *n, uint64_t *value)
{
    struct wire *w = &n->packed;

    if (w->at >= w->end)
        return false;
    if (n->type == WIRE_VARINT)
        return wire_varint(w, value);
    if (w->end - w->at < 8)
        return false;
    memcpy(value, w->at, 8);
    w->at += 8;
    return true;
}

bool numbers_next(struct numbers *n, uint64_t *value)
{
    struct wire_field f = {0};

    for (;;) {
        if (packed_next(n, value))
            return true;
        do {
            if (!wire_next(&n->message, &f))
                return false;
        } while (f.number != n->number);
        if (f.type == n->type) {
            *value = f.value;
            return true;
        }
        if (f.type == WIRE_BYTES)
            n->packed = wire_of(f.bytes);
    }
}

bool numbers_next_double(struct numbers *n, double *value)
{
    uint64_t bits;

    if (!numbers_next(n, &bits))
        return false;
    *value = real(bits);
    return true;
}

struct numbers histogram_counts(struct str point)
{
    return numbers_of(point, FIELD_COUNTS, WIRE_FIXED64);
}

struct numbers histogram_bounds(struct str point)
{
    return numbers_of(point, FIELD_BOUNDS, WIRE_FIXED64);
}

/* A sint32. */
static int32_t zigzag(uint64_t value)
{
    return (int32_t)((uint32_t)value >> 1 ^ (0 - ((uint32_t)value & 1)));
}

/* Of buckets that come twice, the last ones count. */
static struct exponential_buckets buckets_of(struct str message)
{
    struct exponential_buckets buckets = {.counts = numbers_of(message, 2, WIRE_VARINT)};
    struct wire w = wire_of(message);
    struct wire_field f = {0};

    while (wire_next(&w, &f))
        if (f.number == 1 && f.type == WIRE_VARINT)
            buckets.offset = zigzag(f.value);
    return buckets;
}

void exponential_read(struct str point, struct exponential_view *view)
{
    struct wire w = wire_of(point);
    struct wire_field f = {0};

    *view = (struct exponential_view){.positive = buckets_of((struct str){0}),
                                      .negative = buckets_of((struct str){0})};
    while (wire_next(&w, &f)) {
        if (f.number == 6 && f.type == WIRE_VARINT)
            view->scale = zigzag(f.value);
        else if (f.number == 7 && f.type == WIRE_FIXED64)
            view->zero_count = f.value;
        else if (f.number == 14 && f.type == WIRE_FIXED64)
            view->zero_threshold = real(f.value);
        else if (f.number == 8 && f.type == WIRE_BYTES)
            view->positive = buckets_of(f.bytes);
        else if (f.number == 9 && f.type == WIRE_BYTES)
            view->negative = buckets_of(f.bytes);
    }
}

bool quantile_next(struct wire *left, struct quantile_view *quantile)
{
    struct wire_field f = {0};
    struct wire w;

    do {
        if (!wire_next(left, &f))
            return false;
    } while (f.number != FIELD_QUANTILES || f.type != WIRE_BYTES);
    *quantile = (struct quantile_view){0};
    w = wire_of(f.bytes);
    while (wire_next(&w, &f)) {
        if (f.number == 1 && f.type == WIRE_FIXED64)
            quantile->quantile = real(f.value);
        else if (f.number == 2 && f.type == WIRE_FIXED64)
            quantile->value = real(f.value);
    }
    return true;
}
