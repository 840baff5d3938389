/*
 * Pages of metrics by chance, read by a strict reader of both formats: every line is one that they
 * allow, no two lines are of the same series, families lie together, buckets rise.
 */
#include "exporters/prometheus_text.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>

#include "base/budget.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "unit/prometheus_fixture.h"
#include "unit/random_message.h"

enum { PAGES = 100, LABELS_MAX = 256 };

/* ---- the reader ---- */

struct reader {
    const char *at, *line; /* the line that is read, for messages */
    bool open_metrics;
    char family[4096]; /* of the last head */
    char type[16];
    char bucket[8192]; /* the labels of the last bucket, without le */
    double bound, count;
    struct table seen; /* lines, by name and labels; families, by "# " and name */
};

struct seen {
    struct table_node node;
    char *text;
};

#define HOLD(reader, what)                                                                         \
    ck_assert_msg(what, "%s\n%.*s", #what, (int)strcspn((reader)->line, "\n"), (reader)->line)

static void remember(struct reader *r, const char *text)
{
    uint64_t hash = table_hash(&r->seen, str_of(text));
    struct seen *seen = mem_alloc(sizeof(*seen));

    for (struct table_node *node = table_first(&r->seen, hash); node; node = table_next(node))
        HOLD(r, strcmp(((struct seen *)(void *)node)->text, text) != 0);
    seen->text = mem_text(text);
    table_add(&r->seen, &seen->node, hash);
}

static void forget(struct reader *r)
{
    for (size_t i = 0; i < r->seen.size; i++)
        for (struct table_node *node = r->seen.slots[i], *next; node; node = next) {
            struct seen *seen = (struct seen *)(void *)node;

            next = node->next;
            free(seen->text);
            free(seen);
        }
    table_done(&r->seen);
}

static bool takes(struct reader *r, const char *text)
{
    size_t len = strlen(text);

    if (strncmp(r->at, text, len) != 0)
        return false;
    r->at += len;
    return true;
}

static void read_name(struct reader *r, bool label, char *name, size_t size)
{
    size_t len = 0;

    while (isalnum((unsigned char)r->at[len]) || r->at[len] == '_' || (!label && r->at[len] == ':'))
        len++;
    HOLD(r, len > 0 && len < size && !isdigit((unsigned char)r->at[0]));
    memcpy(name, r->at, len);
    name[len] = '\0';
    r->at += len;
}

static void read_text(struct reader *r, struct buf *value)
{
    HOLD(r, takes(r, "\""));
    for (; *r->at != '"'; r->at++) {
        HOLD(r, *r->at != '\n' && *r->at != '\0');
        if (*r->at == '\\')
            HOLD(r, *++r->at == '\\' || *r->at == '"' || *r->at == 'n');
        buf_append_char(value, *r->at);
    }
    r->at++;
}

static double read_number(struct reader *r)
{
    char *end;
    double number = strtod(r->at, &end);

    HOLD(r, end > r->at);
    HOLD(r, *r->at == '-' || *r->at == '+' || *r->at == 'N' || isdigit((unsigned char)*r->at));
    r->at = end;
    return number;
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);

    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* The sample names that a family of this type may have. */
static bool belongs(const struct reader *r, const char *name)
{
    size_t len = strlen(r->family);
    const char *suffix = name + len;

    if (strncmp(name, r->family, len) != 0)
        return false;
    if (strcmp(r->type, "histogram") == 0)
        return strcmp(suffix, "_bucket") == 0 || strcmp(suffix, "_sum") == 0 ||
               strcmp(suffix, "_count") == 0;
    if (strcmp(r->type, "summary") == 0)
        return !*suffix || strcmp(suffix, "_sum") == 0 || strcmp(suffix, "_count") == 0;
    if (strcmp(r->type, "counter") == 0 && r->open_metrics)
        return strcmp(suffix, "_total") == 0;
    return !*suffix;
}

static void read_head(struct reader *r)
{
    char name[4096];
    bool type = takes(r, "# TYPE ");
    struct buf key = {0};

    if (!type)
        HOLD(r, takes(r, "# HELP "));
    read_name(r, false, name, sizeof(name));
    HOLD(r, takes(r, " "));
    buf_printf(&key, "# %d %s", type, name);
    remember(r, buf_text(&key));
    buf_done(&key);
    if (type) {
        size_t len = strcspn(r->at, "\n");

        HOLD(r, len < sizeof(r->type));
        memcpy(r->type, r->at, len);
        r->type[len] = '\0';
        strcpy(r->family, name);
        r->bucket[0] = '\0';
        r->bound = (double)INFINITY; /* no bucket came before */
        HOLD(r, strcmp(r->type, "counter") == 0 || strcmp(r->type, "gauge") == 0 ||
                    strcmp(r->type, "histogram") == 0 || strcmp(r->type, "summary") == 0 ||
                    (r->open_metrics && strcmp(r->type, "unknown") == 0));
        r->at += len;
    }
    for (; *r->at != '\n'; r->at++)
        if (*r->at == '\\')
            HOLD(r, *++r->at == '\\' || *r->at == 'n' || (r->open_metrics && *r->at == '"'));
        else
            HOLD(r, !r->open_metrics || *r->at != '"');
}

/* Buckets of one series rise, in their bounds and in what they have. */
static void check_bucket(struct reader *r, const char *labels, double bound, double count)
{
    if (strcmp(labels, r->bucket) == 0 && !isinf(r->bound)) {
        HOLD(r, bound > r->bound);
        HOLD(r, count >= r->count);
    }
    HOLD(r, strlen(labels) < sizeof(r->bucket));
    strcpy(r->bucket, labels);
    r->bound = bound;
    r->count = count;
}

static void read_labels(struct reader *r, struct buf *labels, double *bound)
{
    char names[LABELS_MAX][256];
    size_t count = 0;

    if (!takes(r, "{"))
        return;
    do {
        struct buf value = {0};

        HOLD(r, count < LABELS_MAX);
        read_name(r, true, names[count], sizeof(names[0]));
        for (size_t i = 0; i < count; i++)
            HOLD(r, strcmp(names[i], names[count]) != 0);
        HOLD(r, strcmp(names[count], "__name__") != 0);
        HOLD(r, takes(r, "="));
        read_text(r, &value);
        if (strcmp(names[count], "le") == 0 && strcmp(r->type, "histogram") == 0)
            *bound = strtod(buf_text(&value), NULL);
        else
            buf_printf(labels, "%s=%s;", names[count], buf_text(&value));
        buf_done(&value);
        count++;
    } while (takes(r, ","));
    HOLD(r, takes(r, "}"));
}

static void read_exemplar(struct reader *r, const char *name)
{
    struct buf labels = {0};
    double bound;

    HOLD(r, ends_with(name, "_bucket") || ends_with(name, "_total"));
    HOLD(r, takes(r, "{"));
    if (!takes(r, "}")) {
        r->at--;
        read_labels(r, &labels, &bound);
        HOLD(r, labels.len <= 128);
    }
    HOLD(r, takes(r, " "));
    read_number(r);
    if (takes(r, " "))
        read_number(r);
    buf_done(&labels);
}

static void read_sample(struct reader *r)
{
    struct buf labels = {0}, key = {0};
    double bound = (double)NAN, value;
    char name[4096];

    read_name(r, false, name, sizeof(name));
    HOLD(r, belongs(r, name));
    read_labels(r, &labels, &bound);
    HOLD(r, takes(r, " "));
    value = read_number(r);
    if (strcmp(r->type, "histogram") == 0 && ends_with(name, "_bucket")) {
        HOLD(r, !isnan(bound));
        check_bucket(r, buf_text(&labels), bound, value);
    }
    buf_printf(&key, "%s{%s}%g", name, buf_text(&labels), bound);
    remember(r, buf_text(&key));
    if (r->open_metrics && takes(r, " # "))
        read_exemplar(r, name);
    buf_done(&labels);
    buf_done(&key);
}

static void read_page(const char *page, bool open_metrics)
{
    struct reader r = {.at = page, .open_metrics = open_metrics};

    table_init(&r.seen);
    ck_assert(utf8_valid(str_of(page)));
    while (*r.at) {
        r.line = r.at;
        if (open_metrics && strcmp(r.at, "# EOF\n") == 0)
            break;
        if (*r.at == '#')
            read_head(&r);
        else
            read_sample(&r);
        HOLD(&r, takes(&r, "\n"));
    }
    ck_assert(!open_metrics || *r.at);
    forget(&r);
}

/* ---- metrics by chance, with less that is left out ---- */

static const char *one_of(struct dice *dice, const char *const *list, uint32_t count)
{
    return list[dice_roll(dice, count)];
}

static void put_attributes(struct dice *dice, struct buf *out)
{
    static const char *const keys[] = {"a",         "a.b", "a_b", "le",       "quantile", "job",
                                       "host.name", "2x",  "_p",  "__name__", "\303\266"};
    static const char *const values[] = {
        "{\"stringValue\":\"x\\\"\\\\\\ny\"}",
        "{\"stringValue\":\"\"}",
        "{\"intValue\":\"-4\"}",
        "{\"doubleValue\":0.1}",
        "{\"arrayValue\":{\"values\":[{\"boolValue\":true},{\"stringValue\":\"\\\"\"}]}}",
        "{\"bytesValue\":\"AAE=\"}",
        "{}"};

    buf_append_str(out, STR("\"attributes\":["));
    for (uint32_t n = dice_roll(dice, 4), i = 0; i < n; i++)
        buf_printf(out, "%s{\"key\":\"%s\",\"value\":%s}", i > 0 ? "," : "", one_of(dice, keys, 11),
                   one_of(dice, values, 7));
    buf_append_char(out, ']');
}

static void put_counts(struct dice *dice, struct buf *out, const char *name, uint32_t count)
{
    buf_printf(out, ",\"%s\":[", name);
    for (uint32_t i = 0; i < count; i++)
        buf_printf(out, "%s\"%u\"", i > 0 ? "," : "", dice_roll(dice, 5));
    buf_append_char(out, ']');
}

static void put_side(struct dice *dice, struct buf *out, const char *name)
{
    int32_t range = dice_roll(dice, 4) == 0 ? INT32_MAX / 2 : 3000;

    buf_printf(out, ",\"%s\":{\"offset\":%d", name, (int)dice_roll(dice, 2 * range) - range);
    put_counts(dice, out, "bucketCounts", dice_roll(dice, 400));
    buf_append_char(out, '}');
}

static void put_point(struct dice *dice, enum metric_kind kind, struct buf *out)
{
    static const char *const numbers[] = {
        "\"asInt\":\"-3\"",     "\"asInt\":\"9223372036854775807\"",
        "\"asDouble\":0.1",     "\"asDouble\":1e300",
        "\"asDouble\":\"NaN\"", "\"asDouble\":\"-Infinity\"",
        "\"asDouble\":5e-324",  "\"flags\":1"};
    uint32_t bounds = dice_roll(dice, 6);
    double bound = -20;

    buf_append_char(out, '{');
    put_attributes(dice, out);
    buf_printf(out, ",\"timeUnixNano\":\"%u\",", dice_roll(dice, 1000));
    buf_append_str(out, str_of(one_of(dice, numbers, 8)));
    if (kind != METRIC_SUM && kind != METRIC_GAUGE) {
        out->len -= strlen(strrchr(buf_text(out), ',')); /* the number */
        buf_printf(out, ",\"count\":\"%u\"", dice_roll(dice, 100));
        if (dice_roll(dice, 4) > 0)
            buf_printf(out, ",\"sum\":%u", dice_roll(dice, 100));
    }
    if (kind == METRIC_HISTOGRAM) {
        put_counts(dice, out, "bucketCounts", bounds + 1);
        buf_append_str(out, STR(",\"explicitBounds\":["));
        for (uint32_t i = 0; i < bounds; i++)
            buf_printf(out, "%s%g", i > 0 ? "," : "", bound += 1 + dice_roll(dice, 90) / 9.0);
        buf_append_char(out, ']');
    } else if (kind == METRIC_EXPONENTIAL_HISTOGRAM) {
        buf_printf(out, ",\"scale\":%d,\"zeroCount\":\"%u\",\"zeroThreshold\":%s",
                   (int)dice_roll(dice, 31) - 10, dice_roll(dice, 3),
                   dice_roll(dice, 2) > 0 ? "0" : "0.7");
        put_side(dice, out, "positive");
        put_side(dice, out, "negative");
    } else if (kind == METRIC_SUMMARY) {
        buf_printf(out,
                   ",\"quantileValues\":[{\"quantile\":0.%u,\"value\":1},"
                   "{\"quantile\":0.%u,\"value\":2}]",
                   dice_roll(dice, 3), dice_roll(dice, 3));
    }
    if (kind != METRIC_SUMMARY)
        buf_printf(
            out, ",\"exemplars\":[{\"asInt\":\"%u\",\"timeUnixNano\":\"7\",\"traceId\":\"%s\"}]",
            dice_roll(dice, 50), dice_roll(dice, 2) > 0 ? "" : "0102030405060708090a0b0c0d0e0f10");
    buf_append_char(out, '}');
}

static void put_metric(struct dice *dice, struct buf *out)
{
    static const char *const names[] = {"x",       "y",     "x.count",   "x_sum",      "y.bucket",
                                        "x_total", "9th.x", "\303\266z", "target_info"};
    static const char *const units[] = {"", "s", "1", "By/s", "{n}"};
    static const enum metric_kind kinds[] = {METRIC_GAUGE, METRIC_SUM, METRIC_HISTOGRAM,
                                             METRIC_EXPONENTIAL_HISTOGRAM, METRIC_SUMMARY};
    static const char *const words[] = {"gauge", "sum", "histogram", "exponentialHistogram",
                                        "summary"};
    uint32_t kind = dice_roll(dice, 5);

    buf_printf(out, "{\"name\":\"%s\",\"unit\":\"%s\",\"description\":\"%s\",\"%s\":{",
               one_of(dice, names, 9), one_of(dice, units, 5),
               dice_roll(dice, 2) > 0 ? "" : "a \\\"\\n\\\\", words[kind]);
    if (kinds[kind] == METRIC_SUM)
        buf_printf(out, "\"isMonotonic\":%s,", dice_roll(dice, 2) > 0 ? "true" : "false");
    if (kinds[kind] != METRIC_GAUGE && kinds[kind] != METRIC_SUMMARY)
        buf_printf(out, "\"aggregationTemporality\":%u,", 1 + dice_roll(dice, 2));
    buf_append_str(out, STR("\"dataPoints\":["));
    for (uint32_t n = dice_roll(dice, 4), i = 0; i < n; i++) {
        if (i > 0)
            buf_append_char(out, ',');
        put_point(dice, kinds[kind], out);
    }
    buf_append_str(out, STR("]}}"));
}

static void take_sensible(struct dice *dice, struct prometheus_fixture *f)
{
    struct buf json = {0};

    buf_append_str(&json, STR("{\"resourceMetrics\":[{\"resource\":{"));
    put_attributes(dice, &json);
    if (dice_roll(dice, 2) > 0) {
        json.len--;
        buf_printf(&json, "%s{\"key\":\"service.name\",\"value\":{\"stringValue\":\"s%u\"}}]",
                   json.at[json.len - 1] == '[' ? "" : ",", dice_roll(dice, 2));
    }
    buf_append_str(&json, STR("},\"scopeMetrics\":[{\"scope\":{\"name\":\"lib\","));
    put_attributes(dice, &json);
    buf_append_str(&json, STR("},\"metrics\":["));
    for (uint32_t n = dice_roll(dice, 8), i = 0; i < n; i++) {
        if (i > 0)
            buf_append_char(&json, ',');
        put_metric(dice, &json);
    }
    buf_append_str(&json, STR("]}]}]}"));
    prometheus_take(f, buf_text(&json));
    buf_done(&json);
}

/* Anything, also what is no request. */
static void take_wild(struct dice *dice, struct prometheus_fixture *f)
{
    struct buf request = {0};
    struct bytes *body;

    random_signal_request(dice, METRICS, &request);
    if (dice_roll(dice, 4) == 0)
        random_damage(dice, &request);
    body = bytes_new(request.len);
    if (request.len > 0)
        memcpy(body->at, request.at, request.len);
    body->len = request.len;
    prometheus_take_bytes(f, body);
    buf_done(&request);
}

/* ---- pages ---- */

START_TEST(pages_of_any_metrics_can_be_read)
{
    struct dice dice = dice_new("prometheus_text");
    struct prometheus_fixture f;
    size_t series = 0;

    log_set_level(LOG_ERROR); /* much is left out */
    for (int i = 0; i < PAGES; i++) {
        prometheus_begin(&f);
        f.settings.without_scope_info = dice_roll(&dice, 2) == 0;
        f.settings.resource_labels.enabled = dice_roll(&dice, 2) == 0;
        f.settings.enable_open_metrics = dice_roll(&dice, 2) == 0;
        f.settings.naming.suffixes = dice_roll(&dice, 2) == 0;
        for (uint32_t n = dice_roll(&dice, 6); n > 0; n--) {
            take_wild(&dice, &f);
            take_sensible(&dice, &f);
            f.now_ms += dice_roll(&dice, 200000);
        }
        read_page(prometheus_page(&f, false), false);
        read_page(prometheus_page(&f, true), true);
        series += prometheus_store_count(f.store);
        prometheus_end(&f);
        ck_assert_uint_eq(budget_used(), 0);
    }
    ck_assert_uint_gt(series, PAGES);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("prometheus_text");

    tcase_set_timeout(cases, 120);
    tcase_add_test(cases, pages_of_any_metrics_can_be_read);
    return run_tests("prometheus_text", cases);
}
