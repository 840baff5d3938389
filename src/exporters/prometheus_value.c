/*
 * Words are gathered in a buffer: 8 bytes each, bounds, counts and all.
 */
#include "exporters/prometheus_value.h"

#include <math.h>
#include <string.h>

#include "otlp/histogram.h"

enum { QUANTILES_MAX = 256 };

static void put_word(struct buf *out, union word word)
{
    buf_append(out, &word, sizeof(word));
}

static union word *words_at(const struct buf *words)
{
    return (union word *)(void *)words->at; /* what malloc gives is aligned */
}

static size_t count_words(const struct buf *words)
{
    return words->len / sizeof(union word);
}

/* ---- reading ---- */

static const char *read_number(const struct point_view *point, struct prometheus_value *value)
{
    if (point->value.kind == VALUE_INT) {
        value->form = FORM_INTEGER;
        value->number.integer = point->value.integer;
    } else if (point->value.kind == VALUE_DOUBLE) {
        value->form = FORM_DOUBLE;
        value->number.number = point->value.number;
    } else {
        return "it has no value";
    }
    return NULL;
}

/* Bounds that rise, each finite, but for an infinite last one; a count for each and one more. */
static const char *read_histogram(struct str message, struct buf *scratch,
                                  struct prometheus_value *value)
{
    struct numbers bounds = histogram_bounds(message), counts = histogram_counts(message);
    union word word = {0};
    double last = -HUGE_VAL;
    size_t wanted, counted = 0;

    while (numbers_next_double(&bounds, &word.number)) {
        if (!(word.number > last))
            return "its bounds do not rise";
        last = word.number;
        put_word(scratch, word);
    }
    wanted = count_words(scratch) + 1;
    for (; numbers_next(&counts, &word.count); counted++)
        put_word(scratch, word);
    if (counted == 0 && wanted == 1) /* just a count and a sum */
        return NULL;
    if (counted != wanted)
        return "it has not one bucket more than bounds";
    value->number.count = 0; /* what the buckets have is what counts */
    for (size_t i = wanted - 1; i < count_words(scratch); i++)
        value->number.count += words_at(scratch)[i].count;
    return NULL;
}

struct side { /* of a zero: its buckets, dense */
    int64_t offset;
    uint64_t counts[EXPONENTIAL_MAX];
    size_t count;
};

/* The index that a bucket has in a coarser scale; shift: how much coarser. */
static int64_t coarser(int64_t index, unsigned shift)
{
    return shift < 63 ? index >> shift : index < 0 ? -1 : 0;
}

/* The indexes of the first and last bucket with something in it. False: all are empty. */
static bool find_ends(const struct exponential_buckets *buckets, int64_t *first, int64_t *last)
{
    struct numbers counts = buckets->counts;
    int64_t index = buckets->offset;
    bool found = false;

    for (uint64_t count; numbers_next(&counts, &count); index++) {
        if (count == 0)
            continue;
        if (!found)
            *first = index;
        *last = index;
        found = true;
    }
    return found;
}

/* How much coarser the scale has to become for a side to fit. */
static unsigned shift_to_fit(int64_t first, int64_t last, unsigned shift)
{
    while (coarser(last, shift) - coarser(first, shift) >= EXPONENTIAL_MAX)
        shift++;
    return shift;
}

static unsigned side_shift(const struct exponential_buckets *buckets, unsigned shift)
{
    int64_t first, last;

    return find_ends(buckets, &first, &last) ? shift_to_fit(first, last, shift) : shift;
}

static void read_side(const struct exponential_buckets *buckets, unsigned shift, struct side *side)
{
    struct numbers counts = buckets->counts;
    int64_t index = buckets->offset, first, last;

    *side = (struct side){0};
    if (!find_ends(buckets, &first, &last))
        return;
    side->offset = coarser(first, shift);
    side->count = (size_t)(coarser(last, shift) - side->offset) + 1;
    for (uint64_t count; numbers_next(&counts, &count); index++)
        if (count > 0)
            side->counts[coarser(index, shift) - side->offset] += count;
}

static uint64_t side_total(const struct side *side)
{
    uint64_t total = 0;

    for (size_t i = 0; i < side->count; i++)
        total += side->counts[i];
    return total;
}

static void put_exponential(struct buf *out, int64_t scale, uint64_t zero_count,
                            double zero_threshold, const struct side *positive,
                            const struct side *negative)
{
    put_word(out, (union word){.integer = scale});
    put_word(out, (union word){.count = zero_count});
    put_word(out, (union word){.number = zero_threshold});
    put_word(out, (union word){.integer = positive->offset});
    put_word(out, (union word){.count = positive->count});
    put_word(out, (union word){.integer = negative->offset});
    put_word(out, (union word){.count = negative->count});
    buf_append(out, positive->counts, positive->count * sizeof(uint64_t));
    buf_append(out, negative->counts, negative->count * sizeof(uint64_t));
}

static const char *read_exponential(struct str message, struct buf *scratch,
                                    struct prometheus_value *value)
{
    struct exponential_view view;
    struct side positive, negative;
    unsigned shift;

    exponential_read(message, &view);
    if (view.scale > 64 || view.scale < -64)
        return "its scale is not one of a histogram";
    shift = view.scale > 0 ? (unsigned)view.scale : 0;
    shift = side_shift(&view.positive, shift);
    shift = side_shift(&view.negative, shift);
    read_side(&view.positive, shift, &positive);
    read_side(&view.negative, shift, &negative);
    put_exponential(scratch, view.scale - (int64_t)shift, view.zero_count, view.zero_threshold,
                    &positive, &negative);
    value->number.count = view.zero_count + side_total(&positive) + side_total(&negative);
    return NULL;
}

static bool has_quantile(const struct buf *words, double quantile)
{
    for (size_t i = 0; i < count_words(words); i += 2)
        if (words_at(words)[i].number == quantile)
            return true;
    return false;
}

/* Each quantile once. */
static const char *read_summary(struct str message, struct buf *scratch)
{
    struct wire left = wire_of(message);
    struct quantile_view quantile;

    while (quantile_next(&left, &quantile)) {
        if (!(quantile.quantile >= 0 && quantile.quantile <= 1) ||
            has_quantile(scratch, quantile.quantile))
            continue;
        if (count_words(scratch) >= (size_t)2 * QUANTILES_MAX)
            return "it has more quantiles than anybody looks at";
        put_word(scratch, (union word){.number = quantile.quantile});
        put_word(scratch, (union word){.number = quantile.value});
    }
    return NULL;
}

/* Those that have a number; the last ones, as there may be many. */
static void read_exemplars(struct repeated exemplars, struct buf *scratch,
                           struct prometheus_value *value)
{
    struct str message;

    while (repeated_next(&exemplars, &message)) {
        struct exemplar_view view;
        union word words[EXEMPLAR_WORDS] = {{0}};

        if (exemplars.count >= EXEMPLARS_MAX)
            continue;
        exemplar_read(message, &view);
        if (view.value.kind != VALUE_INT && view.value.kind != VALUE_DOUBLE)
            continue;
        words[EXEMPLAR_VALUE].number =
            view.value.kind == VALUE_INT ? (double)view.value.integer : view.value.number;
        words[EXEMPLAR_TIME].count = view.time_ns;
        if (view.trace_id.len == 16)
            memcpy(&words[EXEMPLAR_TRACE_ID], view.trace_id.at, 16);
        if (view.span_id.len == 8)
            memcpy(&words[EXEMPLAR_SPAN_ID], view.span_id.at, 8);
        buf_append(scratch, words, sizeof(words));
        value->exemplar_count++;
    }
}

const char *prometheus_value_read(enum metric_kind kind, struct str message,
                                  const struct point_view *point, bool exemplars,
                                  struct buf *scratch, struct prometheus_value *value)
{
    const char *wrong = NULL;

    buf_reset(scratch);
    *value = (struct prometheus_value){
        .start_ns = point->start_ns,
        .time_ns = point->time_ns,
        .number.count = point->count,
        .sum = point->sum,
        .has_sum = point->has_sum,
    };
    switch (kind) {
    case METRIC_GAUGE:
    case METRIC_SUM:
        wrong = read_number(point, value);
        break;
    case METRIC_HISTOGRAM:
        value->form = FORM_HISTOGRAM;
        wrong = read_histogram(message, scratch, value);
        break;
    case METRIC_EXPONENTIAL_HISTOGRAM:
        value->form = FORM_EXPONENTIAL;
        wrong = read_exponential(message, scratch, value);
        break;
    case METRIC_SUMMARY:
        value->form = FORM_SUMMARY;
        value->has_sum = true; /* it always has one */
        wrong = read_summary(message, scratch);
        break;
    case METRIC_EMPTY:
        wrong = "it has no data";
        break;
    }
    if (wrong)
        return wrong;
    value->part_count = (uint32_t)count_words(scratch);
    if (exemplars && kind != METRIC_GAUGE && kind != METRIC_SUMMARY)
        read_exemplars(point->exemplars, scratch, value);
    value->parts = scratch->len > 0 ? words_at(scratch) : NULL;
    return NULL;
}

/* ---- adding ---- */

static double as_double(const struct prometheus_value *value)
{
    return value->form == FORM_INTEGER ? (double)value->number.integer : value->number.number;
}

static void add_numbers(struct prometheus_value *newer, const struct prometheus_value *older)
{
    int64_t sum;

    if (newer->form == FORM_INTEGER && older->form == FORM_INTEGER &&
        !__builtin_add_overflow(newer->number.integer, older->number.integer, &sum)) {
        newer->number.integer = sum;
        return;
    }
    newer->number.number = as_double(newer) + as_double(older);
    newer->form = FORM_DOUBLE;
}

static bool add_histograms(struct prometheus_value *newer, const struct prometheus_value *older)
{
    size_t bounds = newer->part_count / 2;

    if (newer->part_count != older->part_count ||
        (bounds > 0 && memcmp(newer->parts, older->parts, bounds * sizeof(*newer->parts)) != 0))
        return false;
    for (size_t i = bounds; i < newer->part_count; i++)
        newer->parts[i].count += older->parts[i].count;
    return true;
}

/* Adds a side of a value to one that begins empty, in a coarser scale. */
static void gather_side(const struct prometheus_value *value, bool negative, unsigned shift,
                        int64_t offset, struct side *side)
{
    const union word *parts = value->parts;
    size_t at = EXPONENTIAL_HEAD + (negative ? parts[EXPONENTIAL_COUNT].count : 0);
    int64_t index = parts[negative ? EXPONENTIAL_NEGATIVE_OFFSET : EXPONENTIAL_OFFSET].integer;
    size_t count = parts[negative ? EXPONENTIAL_NEGATIVE_COUNT : EXPONENTIAL_COUNT].count;

    for (size_t i = 0; i < count; i++)
        side->counts[coarser(index + (int64_t)i, shift) - offset] += parts[at + i].count;
}

struct ends {
    int64_t first, last;
    bool any;
};

/* Of a side of both values, each in its own scale made so much coarser. */
static struct ends ends_of(const struct prometheus_value *const values[2], bool negative,
                           const unsigned shifts[2])
{
    struct ends ends = {0};

    for (size_t v = 0; v < 2; v++) {
        const union word *parts = values[v]->parts;
        int64_t from = parts[negative ? EXPONENTIAL_NEGATIVE_OFFSET : EXPONENTIAL_OFFSET].integer;
        size_t count = parts[negative ? EXPONENTIAL_NEGATIVE_COUNT : EXPONENTIAL_COUNT].count;
        int64_t first = coarser(from, shifts[v]);
        int64_t last = coarser(from + (int64_t)count - 1, shifts[v]);

        if (count == 0)
            continue;
        ends.first = ends.any && ends.first < first ? ends.first : first;
        ends.last = ends.any && ends.last > last ? ends.last : last;
        ends.any = true;
    }
    return ends;
}

static bool ends_fit(struct ends ends)
{
    return !ends.any || ends.last - ends.first < EXPONENTIAL_MAX;
}

static void add_exponentials(struct prometheus_value *newer, const struct prometheus_value *older,
                             struct buf *scratch)
{
    const struct prometheus_value *const values[2] = {newer, older};
    int64_t scales[2] = {newer->parts[EXPONENTIAL_SCALE].integer,
                         older->parts[EXPONENTIAL_SCALE].integer};
    int64_t scale = scales[0] < scales[1] ? scales[0] : scales[1];
    double threshold = fmax(newer->parts[EXPONENTIAL_ZERO_THRESHOLD].number,
                            older->parts[EXPONENTIAL_ZERO_THRESHOLD].number);
    uint64_t zeros =
        newer->parts[EXPONENTIAL_ZERO_COUNT].count + older->parts[EXPONENTIAL_ZERO_COUNT].count;
    struct side sides[2] = {{0}};
    struct ends ends[2];
    unsigned shifts[2];

    for (;; scale--) {
        for (size_t v = 0; v < 2; v++)
            shifts[v] = (unsigned)(scales[v] - scale);
        ends[0] = ends_of(values, false, shifts);
        ends[1] = ends_of(values, true, shifts);
        if (ends_fit(ends[0]) && ends_fit(ends[1]))
            break;
    }
    for (size_t s = 0; s < 2; s++) {
        sides[s].offset = ends[s].any ? ends[s].first : 0;
        sides[s].count = ends[s].any ? (size_t)(ends[s].last - ends[s].first) + 1 : 0;
        for (size_t v = 0; v < 2; v++)
            gather_side(values[v], s == 1, shifts[v], sides[s].offset, &sides[s]);
    }
    buf_reset(scratch);
    put_exponential(scratch, scale, zeros, threshold, &sides[0], &sides[1]);
    buf_append(scratch, newer->parts + newer->part_count,
               (size_t)newer->exemplar_count * EXEMPLAR_WORDS * sizeof(union word));
    newer->parts = words_at(scratch);
    newer->part_count =
        (uint32_t)(count_words(scratch) - (size_t)newer->exemplar_count * EXEMPLAR_WORDS);
}

void prometheus_value_add(struct prometheus_value *newer, const struct prometheus_value *older,
                          struct buf *scratch)
{
    bool numbers = newer->form == FORM_INTEGER || newer->form == FORM_DOUBLE;

    if (numbers) {
        add_numbers(newer, older);
    } else if (newer->form != older->form) {
        return;
    } else if (newer->form == FORM_HISTOGRAM) {
        if (!add_histograms(newer, older))
            return;
    } else if (newer->form == FORM_EXPONENTIAL) {
        add_exponentials(newer, older, scratch);
    }
    if (!numbers) {
        newer->number.count += older->number.count;
        newer->sum += older->sum;
        newer->has_sum = newer->has_sum && older->has_sum;
    }
    newer->start_ns = older->start_ns;
}
