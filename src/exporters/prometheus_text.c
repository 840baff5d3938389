/*
 * Line by line, family by family. Room for a line is reserved before it is written.
 */
#include "exporters/prometheus_text.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "base/budget.h"
#include "base/hex.h"
#include "base/mem.h"
#include "exporters/prometheus_labels.h"

enum {
    PAGE_FIRST = 16 << 10,
    LINE_MORE = 512 /* that a line has besides names and labels: numbers, an exemplar */
};

struct line { /* what all lines of a series share */
    struct prometheus_page *page;
    const struct prometheus_series *series;
    bool exemplars;
};

/* Room for a line, which buf_reserve() then need not look for. */
static bool make_room(struct prometheus_page *page, size_t room)
{
    size_t cap = page->text.cap > 0 ? page->text.cap : PAGE_FIRST;

    if (page->text.cap - page->text.len >= room)
        return true;
    while (cap - page->text.len < room)
        cap *= 2;
    if (!budget_reserve(cap - page->reserved))
        return false;
    page->text.at = mem_grow(page->text.at, cap);
    page->text.cap = page->reserved = cap;
    return true;
}

static void put(struct buf *out, const char *text)
{
    buf_append_str(out, str_of(text));
}

/* Of OpenMetrics' bounds and quantiles the least is "1.0". */
static void put_bound(struct prometheus_page *page, double bound)
{
    size_t start = page->text.len;

    prometheus_number(&page->text, bound);
    if (page->open_metrics && isfinite(bound) &&
        strspn(page->text.at + start, "-0123456789") >= page->text.len - start)
        put(&page->text, ".0");
}

/* ---- heads ---- */

/*
 * The name that a family has in its head: in OpenMetrics that of a counter goes without _total. A
 * counter that has none, or whose name without it is another family's, is of type unknown there.
 */
static struct str head_name(const struct prometheus_page *page,
                            const struct prometheus_store *store,
                            const struct prometheus_family *family, const char **type)
{
    static const char *const types[PROMETHEUS_TYPES] = {
        [PROMETHEUS_COUNTER] = "counter",
        [PROMETHEUS_GAUGE] = "gauge",
        [PROMETHEUS_HISTOGRAM] = "histogram",
        [PROMETHEUS_SUMMARY] = "summary",
    };
    const struct str total = STR("_total");
    struct str name = family->name;

    *type = types[family->type];
    if (!page->open_metrics || family->type != PROMETHEUS_COUNTER)
        return name;
    if (name.len > total.len && memcmp(name.at + name.len - total.len, total.at, total.len) == 0) {
        name.len -= total.len;
        if (!prometheus_store_family(store, name))
            return name;
    }
    *type = "unknown";
    return family->name;
}

static bool put_head(struct prometheus_page *page, const struct prometheus_store *store,
                     const struct prometheus_family *family)
{
    struct buf *out = &page->text;
    const char *type;
    struct str name = head_name(page, store, family, &type);

    if (!make_room(page, 2 * name.len + 3 * family->help.len + LINE_MORE))
        return false;
    if (family->help.len > 0) {
        put(out, "# HELP ");
        buf_append_str(out, name);
        buf_append_char(out, ' ');
        prometheus_escape(out, family->help, page->open_metrics);
        buf_append_char(out, '\n');
    }
    put(out, "# TYPE ");
    buf_append_str(out, name);
    buf_append_char(out, ' ');
    put(out, type);
    buf_append_char(out, '\n');
    return true;
}

/* ---- lines ---- */

/* Milliseconds; in OpenMetrics seconds. */
static void put_time(struct prometheus_page *page, uint64_t time_ns)
{
    uint64_t ms = time_ns / 1000000;

    if (page->open_metrics)
        buf_printf(&page->text, " %" PRIu64 ".%03u", ms / 1000, (unsigned)(ms % 1000));
    else
        buf_printf(&page->text, " %" PRIu64, ms);
}

/* Those that it is known by, or, of a form that is made for it, those that it tells. */
static struct str labels_of(const struct prometheus_series *series)
{
    const struct prometheus_value *value = &series->value;

    if (value->form == FORM_INFO)
        return (struct str){(const char *)value->parts, value->number.count};
    return (struct str){series->labels, series->labels_len};
}

/* "name_suffix{labels,more=" with a quote that is open, where there is more. */
static bool line_begin(const struct line *line, const char *suffix, const char *more)
{
    const struct prometheus_series *series = line->series;
    struct str labels = labels_of(series);
    struct buf *out = &line->page->text;

    if (!make_room(line->page, series->family->name.len + labels.len + LINE_MORE))
        return false;
    buf_append_str(out, series->family->name);
    put(out, suffix);
    if (labels.len == 0 && !more)
        return true;
    buf_append_char(out, '{');
    buf_append_str(out, labels);
    if (more) {
        if (labels.len > 0)
            buf_append_char(out, ',');
        put(out, more);
        put(out, "=\"");
    } else {
        buf_append_char(out, '}');
    }
    return true;
}

static bool is_zero(const union word *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (words[i].count != 0)
            return false;
    return true;
}

/* " # {trace_id="...",span_id="..."} 0.5 1700000000.000" */
static void put_exemplar(struct prometheus_page *page, const union word *words)
{
    struct buf *out = &page->text;
    bool traced = !is_zero(&words[EXEMPLAR_TRACE_ID], 2);
    bool spanned = !is_zero(&words[EXEMPLAR_SPAN_ID], 1);

    put(out, " # {");
    if (spanned) {
        put(out, "span_id=\"");
        hex_append(out, (struct str){(const char *)words[EXEMPLAR_SPAN_ID].bytes, 8});
        put(out, traced ? "\"," : "\"");
    }
    if (traced) {
        put(out, "trace_id=\"");
        hex_append(out, (struct str){(const char *)words[EXEMPLAR_TRACE_ID].bytes, 16});
        buf_append_char(out, '"');
    }
    put(out, "} ");
    prometheus_number(out, words[EXEMPLAR_VALUE].number);
    if (words[EXEMPLAR_TIME].count > 0)
        put_time(page, words[EXEMPLAR_TIME].count);
}

/* Behind the value: the time where it is wanted, and the last exemplar above low and up to high. */
static void line_end(const struct line *line, double low, double high)
{
    const struct prometheus_value *value = &line->series->value;
    struct buf *out = &line->page->text;

    if (line->page->timestamps && value->time_ns > 0)
        put_time(line->page, value->time_ns);
    for (size_t i = line->exemplars ? value->exemplar_count : 0; i-- > 0;) {
        const union word *words = value->parts + value->part_count + i * EXEMPLAR_WORDS;

        if (words[EXEMPLAR_VALUE].number > low && words[EXEMPLAR_VALUE].number <= high) {
            put_exemplar(line->page, words);
            break;
        }
    }
    buf_append_char(out, '\n');
}

static void line_end_plain(const struct line *line)
{
    line_end(line, HUGE_VAL, -HUGE_VAL);
}

static bool put_number(const struct line *line)
{
    const struct prometheus_value *value = &line->series->value;
    struct buf *out = &line->page->text;

    if (!line_begin(line, "", NULL))
        return false;
    buf_append_char(out, ' ');
    if (value->form == FORM_INTEGER)
        buf_printf(out, "%" PRId64, value->number.integer);
    else
        prometheus_number(out, value->number.number);
    line_end(line, -HUGE_VAL, HUGE_VAL);
    return true;
}

/* x_sum and x_count, as far as they are known. */
static bool put_totals(const struct line *line)
{
    const struct prometheus_value *value = &line->series->value;
    struct buf *out = &line->page->text;

    if (value->has_sum) {
        if (!line_begin(line, "_sum", NULL))
            return false;
        buf_append_char(out, ' ');
        prometheus_number(out, value->sum);
        line_end_plain(line);
    } else if (line->page->open_metrics) {
        return true; /* there one is not without the other */
    }
    if (!line_begin(line, "_count", NULL))
        return false;
    buf_printf(out, " %" PRIu64, value->number.count);
    line_end_plain(line);
    return true;
}

/* ---- histograms ---- */

static bool put_bucket(const struct line *line, double low, double bound, uint64_t count)
{
    if (!line_begin(line, "_bucket", "le"))
        return false;
    put_bound(line->page, bound);
    buf_printf(&line->page->text, "\"} %" PRIu64, count);
    line_end(line, low, bound);
    return true;
}

static bool put_histogram(const struct line *line)
{
    const struct prometheus_value *value = &line->series->value;
    size_t bounds = value->part_count / 2;
    double low = -HUGE_VAL;
    uint64_t count = 0;

    for (size_t i = 0; i < bounds; i++) {
        double bound = value->parts[i].number;

        count += value->parts[bounds + i].count;
        if (isinf(bound)) /* the last one, which every histogram has */
            break;
        if (!put_bucket(line, low, bound, count))
            return false;
        low = bound;
    }
    return put_bucket(line, low, HUGE_VAL, value->number.count) && put_totals(line);
}

struct ladder { /* bounds that rise, with what is up to each */
    double bounds[2 * EXPONENTIAL_MAX + 2];
    uint64_t counts[2 * EXPONENTIAL_MAX + 2];
    size_t size;
    uint64_t count;
};

/* Adds what is up to a bound; bounds too close together or too large for a double are one. */
static void ladder_add(struct ladder *ladder, double bound, uint64_t count)
{
    ladder->count += count;
    if (isinf(bound))
        return;
    if (ladder->size == 0 || bound > ladder->bounds[ladder->size - 1])
        ladder->bounds[ladder->size++] = bound;
    ladder->counts[ladder->size - 1] = ladder->count;
}

static double power_bound(int64_t scale, int64_t index)
{
    double exponent = ldexp((double)index, scale > -1100 ? (int)-scale : 1100);

    return exp2(exponent);
}

/* From the lowest negative bucket to the highest positive one. */
static void ladder_build(struct ladder *ladder, const union word *parts)
{
    int64_t scale = parts[EXPONENTIAL_SCALE].integer;
    int64_t offset = parts[EXPONENTIAL_OFFSET].integer;
    int64_t negative_offset = parts[EXPONENTIAL_NEGATIVE_OFFSET].integer;
    size_t count = parts[EXPONENTIAL_COUNT].count;
    const union word *counts = parts + EXPONENTIAL_HEAD, *negative = counts + count;

    ladder->size = 0;
    ladder->count = 0;
    for (size_t i = parts[EXPONENTIAL_NEGATIVE_COUNT].count; i-- > 0;)
        ladder_add(ladder, -power_bound(scale, negative_offset + (int64_t)i), negative[i].count);
    if (parts[EXPONENTIAL_ZERO_COUNT].count > 0)
        ladder_add(ladder, fmax(parts[EXPONENTIAL_ZERO_THRESHOLD].number, 0),
                   parts[EXPONENTIAL_ZERO_COUNT].count);
    if (count > 0) /* where the lowest bucket begins, so that quantiles in it are right */
        ladder_add(ladder, power_bound(scale, offset), 0);
    for (size_t i = 0; i < count; i++)
        ladder_add(ladder, power_bound(scale, offset + (int64_t)i + 1), counts[i].count);
}

/* Text has no native histograms: the buckets are those of the powers of two. */
static bool put_exponential(const struct line *line)
{
    const struct prometheus_value *value = &line->series->value;
    double low = -HUGE_VAL;
    struct ladder ladder;

    ladder_build(&ladder, value->parts);
    for (size_t i = 0; i < ladder.size; i++) {
        if (!put_bucket(line, low, ladder.bounds[i], ladder.counts[i]))
            return false;
        low = ladder.bounds[i];
    }
    return put_bucket(line, low, HUGE_VAL, value->number.count) && put_totals(line);
}

static bool put_summary(const struct line *line)
{
    const struct prometheus_value *value = &line->series->value;

    for (size_t i = 0; i + 1 < value->part_count; i += 2) {
        if (!line_begin(line, "", "quantile"))
            return false;
        put_bound(line->page, value->parts[i].number);
        put(&line->page->text, "\"} ");
        prometheus_number(&line->page->text, value->parts[i + 1].number);
        line_end_plain(line);
    }
    return put_totals(line);
}

static bool put_series(struct prometheus_page *page, const struct prometheus_series *series,
                       bool unknown)
{
    enum prometheus_type type = series->family->type;
    const struct line line = {
        .page = page,
        .series = series,
        .exemplars = page->open_metrics && !unknown &&
                     (type == PROMETHEUS_COUNTER || type == PROMETHEUS_HISTOGRAM),
    };

    switch ((enum value_form)series->value.form) {
    case FORM_INTEGER:
    case FORM_DOUBLE:
        return put_number(&line);
    case FORM_HISTOGRAM:
        return put_histogram(&line);
    case FORM_EXPONENTIAL:
        return put_exponential(&line);
    case FORM_SUMMARY:
        return put_summary(&line);
    case FORM_INFO:
        if (!line_begin(&line, "", NULL))
            return false;
        put(&page->text, " 1\n");
        return true;
    }
    return true;
}

static bool put_family(struct prometheus_page *page, const struct prometheus_store *store,
                       const struct prometheus_family *family)
{
    const char *type;
    bool unknown;

    head_name(page, store, family, &type);
    unknown = strcmp(type, "unknown") == 0;
    if (!put_head(page, store, family))
        return false;
    for (struct list *node = family->series.next; node != &family->series; node = node->next)
        if (!put_series(page, LIST_ENTRY(node, struct prometheus_series, in_family), unknown))
            return false;
    return true;
}

bool prometheus_page_write(struct prometheus_page *page, struct prometheus_store *store)
{
    size_t count;
    struct prometheus_family **families = prometheus_store_sorted(store, &count);

    for (size_t i = 0; i < count; i++)
        if (!put_family(page, store, families[i]))
            return false;
    if (page->open_metrics) {
        if (!make_room(page, LINE_MORE))
            return false;
        put(&page->text, "# EOF\n");
    }
    return true;
}

void prometheus_page_done(struct prometheus_page *page)
{
    buf_done(&page->text);
    budget_release(page->reserved);
    page->reserved = 0;
}
