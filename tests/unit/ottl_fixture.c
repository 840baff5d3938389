#include "unit/ottl_fixture.h"

#include <stdlib.h>

#include "otlp/wire_write.h"
#include "unit/check.h"

static struct buf resource_bytes, scope_bytes, span_bytes, event_bytes, metric_bytes, log_bytes;
static struct resource_view resource;
static struct scope_view scope;
static struct span_view span;
static struct event_view event;
static struct metric_view metric;
static struct point_view point;
static struct log_record_view record;
struct ottl_data ottl_data;

static void put(struct buf *out, uint32_t number, enum wire_type type, uint64_t value)
{
    struct wire_field f = {.number = number, .type = type, .value = value};

    wire_put_field(out, &f);
}

/* One AnyValue, by a letter for its type, as the field of the given number. */
static void put_value(struct buf *out, uint32_t number, char type, const char *text)
{
    size_t value = wire_begin(out, number), inner, pair;
    double d = strtod(text, NULL);
    uint64_t bits;

    memcpy(&bits, &d, sizeof(bits));
    switch (type) {
    case 's':
        wire_put_bytes(out, 1, str_of(text));
        break;
    case 'b':
        put(out, 2, WIRE_VARINT, *text == 't');
        break;
    case 'i':
        put(out, 3, WIRE_VARINT, (uint64_t)strtoll(text, NULL, 10));
        break;
    case 'd':
        put(out, 4, WIRE_FIXED64, bits);
        break;
    case 'l': /* of letters: strings; then one integer */
        inner = wire_begin(out, 5);
        for (; *text; text++)
            put_value(out, 1, 's', (char[]){*text, '\0'});
        put_value(out, 1, 'i', "7");
        wire_end(out, inner);
        break;
    case 'm': /* of two keys, the second with a list */
        inner = wire_begin(out, 6);
        pair = wire_begin(out, 1);
        wire_put_bytes(out, 1, STR("inner"));
        put_value(out, 2, 's', text);
        wire_end(out, pair);
        pair = wire_begin(out, 1);
        wire_put_bytes(out, 1, STR("list"));
        put_value(out, 2, 'l', "xy");
        wire_end(out, pair);
        wire_end(out, inner);
        break;
    case 'x':
        wire_put_bytes(out, 7, str_of(text));
        break;
    default: /* empty */
        break;
    }
    wire_end(out, value);
}

static void put_attribute(struct buf *out, uint32_t number, const char *key, char type,
                          const char *text)
{
    size_t attribute = wire_begin(out, number);

    wire_put_bytes(out, 1, str_of(key));
    put_value(out, 2, type, text);
    wire_end(out, attribute);
}

static void put_event(struct buf *out)
{
    put(out, 1, WIRE_FIXED64, 1500000000);
    wire_put_bytes(out, 2, STR("exception"));
    put_attribute(out, 3, "exception.type", 's', "IOError");
}

static void put_span(struct buf *out)
{
    size_t inner;

    wire_put_bytes(out, 1, STR("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"));
    wire_put_bytes(out, 2, STR("\xaa\xbb\xcc\xdd\x01\x02\x03\x04"));
    wire_put_bytes(out, 3, STR("ot=th:8, vendor=x=1"));
    wire_put_bytes(out, 5, STR("GET /healthz"));
    put(out, 6, WIRE_VARINT, SPAN_KIND_SERVER);
    put(out, 7, WIRE_FIXED64, 1000000000);
    put(out, 8, WIRE_FIXED64, 3500000000);
    put_attribute(out, 9, "http.route", 's', "/healthz");
    put_attribute(out, 9, "http.status_code", 'i', "404");
    put_attribute(out, 9, "ratio", 'd', "0.5");
    put_attribute(out, 9, "sampled", 'b', "true");
    put_attribute(out, 9, "unsampled", 'b', "false");
    put_attribute(out, 9, "list", 'l', "abc");
    put_attribute(out, 9, "map", 'm', "deep");
    put_attribute(out, 9, "bytes", 'x', "\x01\xff");
    put_attribute(out, 9, "empty", '-', "");
    put_attribute(out, 9, "blank", 's', "");
    put_attribute(out, 9, "number", 's', "42");
    put_attribute(out, 9, "big", 'd', "1e21");
    put_attribute(out, 9, "umlaut", 's', "Größe");
    put(out, 10, WIRE_VARINT, 3);
    for (int i = 0; i < 2; i++) {
        inner = wire_begin(out, 11);
        put_event(out);
        wire_end(out, inner);
    }
    inner = wire_begin(out, 13);
    wire_end(out, inner);
    inner = wire_begin(out, 15);
    wire_put_bytes(out, 2, STR("not found"));
    put(out, 3, WIRE_VARINT, STATUS_CODE_ERROR);
    wire_end(out, inner);
}

static void put_metric(struct buf *out)
{
    size_t sum, inner;

    wire_put_bytes(out, 1, STR("http.requests"));
    wire_put_bytes(out, 2, STR("how many"));
    wire_put_bytes(out, 3, STR("1"));
    sum = wire_begin(out, METRIC_SUM);
    inner = wire_begin(out, 1);
    put_attribute(out, 7, "method", 's', "GET");
    put(out, 3, WIRE_FIXED64, 2000);
    put(out, 6, WIRE_FIXED64, 17);
    wire_end(out, inner);
    put(out, 2, WIRE_VARINT, 2);
    put(out, 3, WIRE_VARINT, 1);
    wire_end(out, sum);
}

void ottl_begin(void)
{
    struct metric_points points;
    struct str message;

    put_attribute(&resource_bytes, 1, "service.name", 's', "shop");
    put_attribute(&resource_bytes, 1, "host.cpus", 'i', "8");
    wire_put_bytes(&scope_bytes, 1, STR("net/http"));
    wire_put_bytes(&scope_bytes, 2, STR("1.2.3"));
    put_attribute(&scope_bytes, 3, "short", 'b', "true");
    put_span(&span_bytes);
    put_event(&event_bytes);
    put_metric(&metric_bytes);
    put(&log_bytes, 1, WIRE_FIXED64, 1000);
    put(&log_bytes, 2, WIRE_VARINT, 17);
    wire_put_bytes(&log_bytes, 3, STR("ERROR"));
    put_value(&log_bytes, 5, 'm', "text");
    put_attribute(&log_bytes, 6, "thread", 'i', "5");
    resource_read(buf_str(&resource_bytes), &resource);
    scope_read(buf_str(&scope_bytes), &scope);
    span_read(buf_str(&span_bytes), &span);
    event_read(buf_str(&event_bytes), &event);
    metric_read(buf_str(&metric_bytes), &metric);
    points = metric.points;
    ck_assert(metric_next_point(&points, &message));
    point_read(metric.kind, message, &point);
    log_record_read(buf_str(&log_bytes), &record);
    ottl_data = (struct ottl_data){.resource = &resource,
                                   .scope = &scope,
                                   .span = &span,
                                   .event = &event,
                                   .event_index = 1,
                                   .metric = &metric,
                                   .point = &point,
                                   .log = &record};
}

void ottl_end(void)
{
    buf_done(&resource_bytes);
    buf_done(&scope_bytes);
    buf_done(&span_bytes);
    buf_done(&event_bytes);
    buf_done(&metric_bytes);
    buf_done(&log_bytes);
}

void ottl_expect(enum ottl_context context, const char *text, enum ottl_verdict wanted,
                 const char *why)
{
    struct error err = {""};
    struct ottl_condition *condition = ottl_condition_new(str_of(text), context, false, &err);
    enum ottl_verdict verdict;

    ck_assert_msg(condition, "%s: %s", text, err.text);
    verdict = ottl_condition_holds(condition, &ottl_data, &err);
    ck_assert_msg(verdict == wanted, "%s: %d (%s)", text, (int)verdict, err.text);
    if (why)
        ck_assert_msg(strstr(err.text, why), "%s: %s", text, err.text);
    ottl_condition_free(condition);
}
