/*
 * A metric is written while its points are asked for; where none has changed that was in vain.
 */
#include "otlp/metric_write.h"

#include "otlp/wire_write.h"

enum { FIELD_POINTS = 1 /* of each kind of data */ };

struct writing {
    metric_point_fn *point;
    void *arg;
    enum metric_kind kind;
    bool changed;
    uint32_t left; /* points */
};

uint32_t point_attributes_number(enum metric_kind kind)
{
    switch (kind) {
    case METRIC_HISTOGRAM:
        return 9;
    case METRIC_EXPONENTIAL_HISTOGRAM:
        return 1;
    default:
        return 7;
    }
}

static void put_point(struct writing *w, struct str message, struct buf *out)
{
    size_t before = out->len, begin = wire_begin(out, FIELD_POINTS);

    switch (w->point(w->arg, w->kind, message, out)) {
    case REWRITE_KEEP:
        out->len = before;
        wire_put_bytes(out, FIELD_POINTS, message);
        w->left++;
        break;
    case REWRITE_CHANGE:
        wire_end(out, begin);
        w->changed = true;
        w->left++;
        break;
    case REWRITE_DROP:
        out->len = before;
        w->changed = true;
        break;
    }
}

static void put_data(struct writing *w, struct str message, struct buf *out)
{
    struct wire wire = wire_of(message);
    size_t begin = wire_begin(out, w->kind);
    struct wire_field f = {0};

    while (wire_next(&wire, &f)) {
        if (f.number == FIELD_POINTS && f.type == WIRE_BYTES)
            put_point(w, f.bytes, out);
        else
            wire_put_field(out, &f);
    }
    wire_end(out, begin);
}

static bool is_data(const struct wire_field *f)
{
    return f->type == WIRE_BYTES &&
           (f->number == METRIC_GAUGE || f->number == METRIC_SUM || f->number == METRIC_HISTOGRAM ||
            f->number == METRIC_EXPONENTIAL_HISTOGRAM || f->number == METRIC_SUMMARY);
}

/* Data of one kind, then of another, then of the first again: only the last stretch counts. */
static const uint8_t *data_begin(struct str metric)
{
    struct wire wire = wire_of(metric);
    const uint8_t *at = wire.at, *begin = NULL;
    struct wire_field f = {0};
    uint32_t kind = 0;

    for (; wire_next(&wire, &f); at = wire.at) {
        if (!is_data(&f) || f.number == kind)
            continue;
        kind = f.number;
        begin = at;
    }
    return begin;
}

enum rewrite metric_rewrite(struct str metric, metric_point_fn *point, void *arg, struct buf *out)
{
    struct writing w = {.point = point, .arg = arg};
    const uint8_t *begin = data_begin(metric), *at;
    struct wire wire = wire_of(metric);
    size_t before = out->len;
    struct wire_field f = {0};

    for (at = wire.at; wire_next(&wire, &f); at = wire.at) {
        if (!is_data(&f)) {
            wire_put_field(out, &f);
        } else if (at >= begin) {
            w.kind = (enum metric_kind)f.number;
            put_data(&w, f.bytes, out);
        }
    }
    if (w.changed && w.left > 0)
        return REWRITE_CHANGE;
    out->len = before;
    return w.changed ? REWRITE_DROP : REWRITE_KEEP;
}
