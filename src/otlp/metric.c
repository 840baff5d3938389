/*
 * Reading metrics where they lie. Of Metric.data, a oneof, the member that came last counts; a
 * member that came several times on end is the sum of its parts.
 */
#include "otlp/metric.h"

enum { FIELD_POINTS = 1 /* of each kind of data */ };

static bool is_data(uint32_t number)
{
    return number == METRIC_GAUGE ||
           (number >= METRIC_SUM && number <= METRIC_SUMMARY && number != METRIC_SUM + 1);
}

/* One of the messages that hold the data points, but for these. */
static void read_data(struct str message, struct metric_view *metric)
{
    struct wire w = wire_of(message);
    struct wire_field f = {0};

    while (wire_next(&w, &f)) {
        if (f.number == 2 && f.type == WIRE_VARINT)
            metric->temporality = (int32_t)f.value;
        else if (f.number == 3 && f.type == WIRE_VARINT)
            metric->monotonic = f.value != 0;
    }
}

void metric_read(struct str message, struct metric_view *metric)
{
    struct wire w = wire_of(message);
    const uint8_t *at = w.at;
    struct wire_field f = {0};

    *metric = (struct metric_view){0};
    for (; wire_next(&w, &f); at = w.at) {
        if (f.type != WIRE_BYTES)
            continue;
        if (f.number == 1) {
            metric->name = f.bytes;
        } else if (f.number == 2) {
            metric->description = f.bytes;
        } else if (f.number == 3) {
            metric->unit = f.bytes;
        } else if (is_data(f.number)) {
            if (metric->kind != (enum metric_kind)f.number) { /* what came before is gone */
                metric->kind = (enum metric_kind)f.number;
                metric->temporality = 0;
                metric->monotonic = false;
                metric->points = (struct metric_points){.metric = {.at = at, .end = w.end},
                                                        .data = wire_of((struct str){0}),
                                                        .kind = metric->kind};
            }
            read_data(f.bytes, metric);
        }
    }
}

bool metric_next_point(struct metric_points *points, struct str *message)
{
    struct wire_field f = {0};

    for (;;) {
        while (wire_next(&points->data, &f)) {
            if (f.number == FIELD_POINTS && f.type == WIRE_BYTES) {
                *message = f.bytes;
                return true;
            }
        }
        do {
            if (!wire_next(&points->metric, &f))
                return false;
        } while (f.number != (uint32_t)points->kind || f.type != WIRE_BYTES);
        points->data = wire_of(f.bytes);
    }
}

uint32_t metric_count_points(struct str message)
{
    struct metric_view metric;
    struct str point;
    uint32_t count = 0;

    metric_read(message, &metric);
    while (metric_next_point(&metric.points, &point))
        count++;
    return count;
}

/* ---- data points ---- */

enum role { /* of a field of a data point */
            ROLE_NONE,
            ROLE_ATTRIBUTES,
            ROLE_EXEMPLARS,
            ROLE_START,
            ROLE_TIME,
            ROLE_DOUBLE,
            ROLE_INT,
            ROLE_COUNT,
            ROLE_SUM,
            ROLE_MIN,
            ROLE_MAX,
            ROLE_FLAGS
};

enum { FIELDS = 15 };

/* By the field's number: the kinds differ in little else. */
static const uint8_t number_roles[FIELDS] = {
    [2] = ROLE_START, [3] = ROLE_TIME,       [4] = ROLE_DOUBLE, [5] = ROLE_EXEMPLARS,
    [6] = ROLE_INT,   [7] = ROLE_ATTRIBUTES, [8] = ROLE_FLAGS,
};
static const uint8_t histogram_roles[FIELDS] = {
    [2] = ROLE_START,  [3] = ROLE_TIME,      [4] = ROLE_COUNT,
    [5] = ROLE_SUM,    [8] = ROLE_EXEMPLARS, [9] = ROLE_ATTRIBUTES,
    [10] = ROLE_FLAGS, [11] = ROLE_MIN,      [12] = ROLE_MAX,
};
static const uint8_t exponential_roles[FIELDS] = {
    [1] = ROLE_ATTRIBUTES, [2] = ROLE_START,      [3] = ROLE_TIME, [4] = ROLE_COUNT, [5] = ROLE_SUM,
    [10] = ROLE_FLAGS,     [11] = ROLE_EXEMPLARS, [12] = ROLE_MIN, [13] = ROLE_MAX,
};
static const uint8_t summary_roles[FIELDS] = {
    [2] = ROLE_START, [3] = ROLE_TIME,       [4] = ROLE_COUNT,
    [5] = ROLE_SUM,   [7] = ROLE_ATTRIBUTES, [8] = ROLE_FLAGS,
};

static const uint8_t *roles_of(enum metric_kind kind)
{
    switch (kind) {
    case METRIC_HISTOGRAM:
        return histogram_roles;
    case METRIC_EXPONENTIAL_HISTOGRAM:
        return exponential_roles;
    case METRIC_SUMMARY:
        return summary_roles;
    default:
        return number_roles;
    }
}

static double real(const struct wire_field *f)
{
    double number;

    memcpy(&number, &f->value, sizeof(number));
    return number;
}

void point_read(enum metric_kind kind, struct str message, struct point_view *point)
{
    const uint8_t *roles = roles_of(kind);
    struct wire w = wire_of(message);
    const uint8_t *at = w.at;
    struct wire_field f = {0};

    *point = (struct point_view){0};
    for (; wire_next(&w, &f); at = w.at) {
        switch (f.number < FIELDS ? (enum role)roles[f.number] : ROLE_NONE) {
        case ROLE_ATTRIBUTES:
            repeated_count(&point->attributes, &w, at, f.number);
            break;
        case ROLE_EXEMPLARS:
            repeated_count(&point->exemplars, &w, at, f.number);
            break;
        case ROLE_START:
            point->start_ns = f.value;
            break;
        case ROLE_TIME:
            point->time_ns = f.value;
            break;
        case ROLE_DOUBLE:
            point->value = (struct value_view){.kind = VALUE_DOUBLE, .number = real(&f)};
            break;
        case ROLE_INT:
            point->value = (struct value_view){.kind = VALUE_INT, .integer = (int64_t)f.value};
            break;
        case ROLE_COUNT:
            point->count = f.value;
            break;
        case ROLE_SUM:
            point->has_sum = true;
            point->sum = real(&f);
            break;
        case ROLE_MIN:
            point->has_min = true;
            point->min = real(&f);
            break;
        case ROLE_MAX:
            point->has_max = true;
            point->max = real(&f);
            break;
        case ROLE_FLAGS:
            point->flags = (uint32_t)f.value;
            break;
        case ROLE_NONE:
            break;
        }
    }
}

void exemplar_read(struct str message, struct exemplar_view *exemplar)
{
    struct wire w = wire_of(message);
    const uint8_t *at = w.at;
    struct wire_field f = {0};

    *exemplar = (struct exemplar_view){0};
    for (; wire_next(&w, &f); at = w.at) {
        switch (f.number) {
        case 2:
            exemplar->time_ns = f.value;
            break;
        case 3:
            exemplar->value = (struct value_view){.kind = VALUE_DOUBLE, .number = real(&f)};
            break;
        case 4:
            exemplar->span_id = f.bytes;
            break;
        case 5:
            exemplar->trace_id = f.bytes;
            break;
        case 6:
            exemplar->value = (struct value_view){.kind = VALUE_INT, .integer = (int64_t)f.value};
            break;
        case 7:
            repeated_count(&exemplar->attributes, &w, at, 7);
            break;
        default:
            break;
        }
    }
}
