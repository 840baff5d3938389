/*
 * What a series holds: its last data point, in one form for each kind, and how the points of delta
 * temporality become a sum.
 */
#pragma once

#include "base/buf.h"
#include "otlp/metric.h"

enum value_form {
    FORM_INTEGER,
    FORM_DOUBLE,
    FORM_HISTOGRAM,   /* parts: its bounds, then a count for each and one more; or none */
    FORM_EXPONENTIAL, /* parts: struct exponential_parts, then the counts of its buckets */
    FORM_SUMMARY,     /* parts: quantile and value, by turns */
    FORM_INFO         /* always 1; parts: the text of its labels, so many bytes as number says */
};

union word {
    uint64_t count;
    int64_t integer;
    double number;
    unsigned char bytes[8];
};

enum { EXEMPLAR_WORDS = 5, EXEMPLARS_MAX = 32 };

/* Words of an exemplar. Of ids that are all zeros there is none. */
enum { EXEMPLAR_VALUE, EXEMPLAR_TIME, EXEMPLAR_TRACE_ID, EXEMPLAR_SPAN_ID = 4 };

/* Words before the counts of exponential buckets. Bucket i is above 2^(i * 2^-scale), up to
 * 2^((i + 1) * 2^-scale); the scale is at most 0, so that bounds are powers of two. */
enum {
    EXPONENTIAL_SCALE,
    EXPONENTIAL_ZERO_COUNT,
    EXPONENTIAL_ZERO_THRESHOLD,
    EXPONENTIAL_OFFSET, /* of the positive ones, then how many there are */
    EXPONENTIAL_COUNT,
    EXPONENTIAL_NEGATIVE_OFFSET,
    EXPONENTIAL_NEGATIVE_COUNT,
    EXPONENTIAL_HEAD
};

enum { EXPONENTIAL_MAX = 160 /* buckets on each side; more are merged */ };

struct prometheus_value {
    uint64_t start_ns, time_ns;
    union word number; /* of INTEGER and DOUBLE; else its count */
    double sum;
    uint8_t form; /* enum value_form */
    bool has_sum;
    uint16_t exemplar_count;
    uint32_t part_count; /* words, without those of exemplars, which lie behind them */
    union word *parts;   /* NULL: none */
};

static inline size_t prometheus_value_words(const struct prometheus_value *value)
{
    return value->part_count + (size_t)EXEMPLAR_WORDS * value->exemplar_count;
}

/*
 * Reads a data point; its parts lie in the scratch, whose old content goes. NULL: read; else a
 * constant that says what is wrong with it.
 */
const char *prometheus_value_read(enum metric_kind kind, struct str message,
                                  const struct point_view *point, bool exemplars,
                                  struct buf *scratch, struct prometheus_value *value);

/*
 * Adds an older sum to a newer point of delta temporality, which becomes the sum. Its parts may
 * move to the scratch, whose old content goes. Where the buckets differ the sum begins anew.
 */
void prometheus_value_add(struct prometheus_value *newer, const struct prometheus_value *older,
                          struct buf *scratch);
