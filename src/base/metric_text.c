/*
 * One pass over the series, which come family by family.
 */
#include "base/metric_text.h"

#include <inttypes.h>

struct page {
    struct buf *out;
    const struct metric_text *settings;
    const struct metric_family *family; /* whose head was written last */
    struct buf name;                    /* of that, with its suffixes */
};

void metric_text_number(struct buf *out, uint64_t parts, uint32_t per_unit)
{
    uint64_t rest = per_unit > 1 ? parts % per_unit : 0;

    buf_printf(out, "%" PRIu64, per_unit > 1 ? parts / per_unit : parts);
    if (rest == 0)
        return;
    buf_append_char(out, '.');
    for (uint32_t digit = per_unit / 10; rest > 0; rest %= digit, digit /= 10)
        buf_append_char(out, (char)('0' + rest / digit));
}

/* ---- names ---- */

static bool ends(struct str name, struct str suffix)
{
    return name.len >= suffix.len &&
           memcmp(name.at + name.len - suffix.len, suffix.at, suffix.len) == 0;
}

static void append_suffix(struct buf *name, struct str suffix)
{
    if (!ends(buf_str(name), suffix))
        buf_append_str(name, suffix);
}

static void append_unit(struct buf *name, const char *unit)
{
    static const struct {
        const char *unit;
        struct str suffix;
    } suffixes[] = {{"s", STR_INIT("_seconds")},
                    {"ms", STR_INIT("_milliseconds")},
                    {"µs", STR_INIT("_microseconds")},
                    {"By", STR_INIT("_bytes")}};

    for (size_t i = 0; unit && i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
        if (strcmp(unit, suffixes[i].unit) == 0)
            append_suffix(name, suffixes[i].suffix);
}

static void make_name(struct page *page)
{
    const struct metric_family *family = page->family;

    buf_reset(&page->name);
    buf_append_str(&page->name, str_of(family->name));
    if (page->settings->unit_suffixes)
        append_unit(&page->name, family->unit);
    if (page->settings->type_suffixes && family->kind == FAMILY_COUNTER)
        append_suffix(&page->name, STR("_total"));
}

/* ---- lines ---- */

static void write_head(struct page *page)
{
    static const char *const kinds[] = {
        [FAMILY_COUNTER] = "counter", [FAMILY_GAUGE] = "gauge", [FAMILY_HISTOGRAM] = "histogram"};
    struct str name = buf_str(&page->name);

    buf_printf(page->out, "# HELP %.*s %s\n# TYPE %.*s %s\n", STR_ARG(name), page->family->help,
               STR_ARG(name), kinds[page->family->kind]);
}

/* The name with a suffix, and all labels; bound: of a bucket, or NULL. */
static void write_name(struct page *page, const struct metric_reading *reading, const char *suffix,
                       struct str bound)
{
    struct buf *out = page->out;
    const char *const labels[] = {reading->labels, page->settings->labels};
    char before = '{';

    buf_append_str(out, buf_str(&page->name));
    buf_append_str(out, str_of(suffix));
    for (size_t i = 0; i < 2; i++) {
        if (!*labels[i])
            continue;
        buf_append_char(out, before);
        buf_append_str(out, str_of(labels[i]));
        before = ',';
    }
    if (bound.len > 0) {
        buf_printf(out, "%cle=\"%.*s\"", before, STR_ARG(bound));
        before = ',';
    }
    buf_append_str(out, before == ',' ? STR("} ") : STR(" "));
}

static void write_number(struct page *page, const struct metric_reading *reading,
                         const char *suffix, struct str bound, uint64_t parts, uint32_t per_unit)
{
    write_name(page, reading, suffix, bound);
    metric_text_number(page->out, parts, per_unit);
    buf_append_char(page->out, '\n');
}

static void write_histogram(struct page *page, const struct metric_reading *reading)
{
    const struct metric_family *family = reading->family;
    struct buf bound = {0};
    uint64_t below = 0;

    for (size_t i = 0; i < family->bound_count; i++) {
        below += reading->buckets[i];
        buf_reset(&bound);
        metric_text_number(&bound, family->bounds[i], family->per_unit);
        write_number(page, reading, "_bucket", buf_str(&bound), below, 1);
    }
    buf_done(&bound);
    write_number(page, reading, "_bucket", STR("+Inf"), reading->count, 1);
    write_number(page, reading, "_sum", STR(""), reading->value, family->per_unit);
    write_number(page, reading, "_count", STR(""), reading->count, 1);
}

static void write_series(void *arg, const struct metric_reading *reading)
{
    struct page *page = arg;

    if (page->family != reading->family) {
        page->family = reading->family;
        make_name(page);
        write_head(page);
    }
    if (reading->family->kind == FAMILY_HISTOGRAM)
        write_histogram(page, reading);
    else
        write_number(page, reading, "", STR(""), reading->value, reading->family->per_unit);
}

void metric_text_write(struct buf *out, const struct metric_text *settings)
{
    struct page page = {.out = out, .settings = settings};

    metrics_each(settings->level, write_series, &page);
    buf_done(&page.name);
    if (settings->target)
        buf_printf(out,
                   "# HELP target_info Target metadata\n"
                   "# TYPE target_info gauge\n"
                   "target_info{%s} 1\n",
                   settings->target);
}
