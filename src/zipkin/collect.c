/*
 * Spans are written one behind the other as they come.
 */
#include "zipkin/collect_priv.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "base/budget.h"
#include "base/hex.h"
#include "otlp/json_number.h"
#include "otlp/wire_write.h"

enum { /* opentelemetry-proto, trace.proto */
       OTLP_TRACE_ID = 1,
       OTLP_SPAN_ID = 2,
       OTLP_TRACE_STATE = 3,
       OTLP_PARENT_ID = 4,
       OTLP_NAME = 5,
       OTLP_KIND = 6,
       OTLP_START = 7,
       OTLP_END = 8,
       OTLP_ATTRIBUTES = 9,
       OTLP_EVENTS = 11,
       OTLP_STATUS = 15,
       EVENT_TIME = 1,
       EVENT_NAME = 2,
       STATUS_MESSAGE = 2,
       STATUS_CODE = 3
};

#define US_MAX (UINT64_MAX / 1000) /* that can be told in nanoseconds */

void collect_done(struct collector *c)
{
    struct buf *const bufs[] = {&c->span.name,  &c->span.local_name, &c->span.remote_name,
                                &c->attributes, &c->events,          &c->description,
                                &c->error,      &c->trace_state,     &c->names,
                                &c->spans,      &c->scratch};

    for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
        buf_done(bufs[i]);
    free(c->done);
    budget_release(c->reserved);
    *c = (struct collector){0};
}

void collect_begin(struct collector *c)
{
    struct zipkin_span_in *s = &c->span;

    *s = (struct zipkin_span_in){
        .name = s->name, .local_name = s->local_name, .remote_name = s->remote_name};
    buf_reset(&s->name);
    buf_reset(&s->local_name);
    buf_reset(&s->remote_name);
    buf_reset(&c->attributes);
    buf_reset(&c->events);
    buf_reset(&c->description);
    buf_reset(&c->error);
    buf_reset(&c->trace_state);
    c->status = STATUS_CODE_UNSET;
    c->internal = c->has_description = c->has_error = false;
}

/* Reserves what has been allocated: what comes is never much more than the body that it is from. */
static void account(struct collector *c)
{
    size_t now = c->attributes.cap + c->events.cap + c->spans.cap + c->names.cap +
                 c->room * sizeof(*c->done);

    if (now <= c->reserved || c->no_room)
        return;
    if (budget_reserve(now - c->reserved))
        c->reserved = now;
    else
        c->no_room = true;
}

/* ---- ids, addresses, numbers ---- */

static bool is_zero(const uint8_t *id, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (id[i] != 0)
            return false;
    return true;
}

const char *collect_id_text(struct str digits, uint8_t *id, size_t size)
{
    memset(id, 0, size);
    if (digits.len == 0 || digits.len > 2 * size)
        return size == 16 ? "has to have 16 or 32 hexadecimal digits"
                          : "has to have 16 hexadecimal digits";
    for (size_t i = 0; i < digits.len; i++) {
        size_t place = 2 * size - digits.len + i;
        int digit = hex_digit(digits.at[i]);

        if (digit < 0)
            return "has a character that is no hexadecimal digit";
        id[place / 2] = (uint8_t)(id[place / 2] | digit << (place % 2 == 0 ? 4 : 0));
    }
    return NULL;
}

const char *collect_id_bytes(struct str bytes, uint8_t *id, size_t size)
{
    if (bytes.len != size && (size != 16 || bytes.len != 8))
        return size == 16 ? "has to have 8 or 16 bytes" : "has to have 8 bytes";
    memset(id, 0, size);
    memcpy(id + size - bytes.len, bytes.at, bytes.len);
    return NULL;
}

void collect_address(struct zipkin_endpoint *endpoint, struct str text)
{
    char address[INET6_ADDRSTRLEN];

    if (text.len == 0 || text.len >= sizeof(address))
        return;
    memcpy(address, text.at, text.len);
    address[text.len] = '\0';
    if (inet_pton(AF_INET, address, endpoint->ipv4) == 1)
        endpoint->has_ipv4 = true;
    else if (inet_pton(AF_INET6, address, endpoint->ipv6) == 1)
        endpoint->has_ipv6 = true;
}

/* ---- attributes ---- */

static void put_head(struct buf *out, struct str key, size_t value_size)
{
    wire_put_tag(out, OTLP_ATTRIBUTES, WIRE_BYTES);
    wire_put_varint(out, wire_bytes_size(key.len) + wire_bytes_size(value_size));
    wire_put_bytes(out, KEY, key);
    wire_put_tag(out, VALUE, WIRE_BYTES);
    wire_put_varint(out, value_size);
}

static void put_text(struct buf *out, struct str key, struct str value)
{
    put_head(out, key, wire_bytes_size(value.len));
    wire_put_bytes(out, VALUE_TEXT, value);
}

static void put_truth(struct buf *out, struct str key, bool value)
{
    put_head(out, key, 2);
    wire_put_tag(out, VALUE_TRUTH, WIRE_VARINT);
    wire_put_varint(out, value);
}

static void put_integer(struct buf *out, struct str key, int64_t value)
{
    size_t begin = wire_begin(out, OTLP_ATTRIBUTES), inner;

    wire_put_bytes(out, KEY, key);
    inner = wire_begin(out, VALUE);
    wire_put_tag(out, VALUE_INTEGER, WIRE_VARINT);
    wire_put_varint(out, (uint64_t)value);
    wire_end(out, inner);
    wire_end(out, begin);
}

/* A number, as it would be written again. */
static bool put_as_number(struct buf *out, struct buf *scratch, struct str key, struct str text)
{
    uint64_t magnitude, bits;
    bool negative;
    double number;

    if (text.len == 0 || json_number_len(text) != text.len)
        return false;
    if (!memchr(text.at, '.', text.len) && !memchr(text.at, 'e', text.len) &&
        !memchr(text.at, 'E', text.len)) {
        if (json_integer(text, &negative, &magnitude) || magnitude > INT64_MAX ||
            (negative && magnitude == 0))
            return false;
        put_integer(out, key, negative ? -(int64_t)magnitude : (int64_t)magnitude);
        return true;
    }
    buf_reset(scratch);
    buf_append_str(scratch, text);
    buf_append_char(scratch, ' '); /* json_double wants a byte behind it */
    if (!json_double((struct str){scratch->at, text.len}, &number))
        return false;
    put_head(out, key, 9);
    memcpy(&bits, &number, sizeof(bits));
    wire_put_fixed64(out, VALUE_NUMBER, bits);
    return true;
}

static void put_tag(struct collector *c, struct str key, struct str value)
{
    if (c->parse_tags && (str_is(value, "true") || str_is(value, "false")))
        put_truth(&c->attributes, key, str_is(value, "true"));
    else if (!c->parse_tags || !put_as_number(&c->attributes, &c->scratch, key, value))
        put_text(&c->attributes, key, value);
}

static void keep(struct buf *to, struct str text)
{
    buf_reset(to);
    buf_append_str(to, text);
}

static bool take_status(struct collector *c, struct str value)
{
    static const char *const errors[] = {"ERROR", "STATUS_CODE_ERROR", "2"};
    static const char *const oks[] = {"OK", "STATUS_CODE_OK", "1"};

    for (size_t i = 0; i < 3; i++) {
        if (str_eq_nocase(value, str_of(errors[i])))
            c->status = STATUS_CODE_ERROR;
        else if (str_eq_nocase(value, str_of(oks[i])))
            c->status = STATUS_CODE_OK;
        else
            continue;
        return true;
    }
    return false;
}

void collect_tag(struct collector *c, struct str key, struct str value)
{
    if (c->no_room)
        return;
    if (str_is(key, "otel.status_code") && take_status(c, value))
        return;
    if (str_is(key, "span.kind") && str_is(value, "internal")) {
        c->internal = true;
    } else if (str_is(key, "otel.status_description")) {
        c->has_description = true;
        keep(&c->description, value);
    } else if (str_is(key, "error")) {
        c->has_error = true;
        keep(&c->error, value);
    } else if (str_is(key, "w3c.tracestate")) {
        keep(&c->trace_state, value);
    } else {
        put_tag(c, key, value);
    }
    account(c);
}

void collect_annotation(struct collector *c, uint64_t timestamp_us, struct str value)
{
    uint64_t us = timestamp_us < US_MAX ? timestamp_us : US_MAX;

    if (c->no_room)
        return;
    wire_put_tag(&c->events, OTLP_EVENTS, WIRE_BYTES);
    wire_put_varint(&c->events, 9 + wire_bytes_size(value.len));
    wire_put_fixed64(&c->events, EVENT_TIME, us * 1000);
    wire_put_bytes(&c->events, EVENT_NAME, value);
    account(c);
}

/* ---- the end of a span ---- */

static void put_address(struct buf *out, struct str key, int family, const uint8_t *address)
{
    char text[INET6_ADDRSTRLEN];

    inet_ntop(family, address, text, sizeof(text));
    put_text(out, key, str_of(text));
}

static void put_endpoint(struct buf *out, const struct zipkin_endpoint *e, struct str ip,
                         struct str ipv6, struct str port)
{
    if (e->has_ipv4)
        put_address(out, ip, AF_INET, e->ipv4);
    if (e->has_ipv6)
        put_address(out, e->has_ipv4 ? ipv6 : ip, AF_INET6, e->ipv6);
    if (e->port > 0)
        put_integer(out, port, e->port);
}

/* The attributes for what Zipkin has fields for and OTLP has not. */
static void put_own_attributes(struct collector *c)
{
    const struct zipkin_span_in *s = &c->span;

    put_endpoint(&c->attributes, &s->local, STR("net.host.ip"), STR(ZIPKIN_HOST_IPV6),
                 STR("net.host.port"));
    if (s->remote_name.len > 0)
        put_text(&c->attributes, STR("peer.service"), buf_str(&s->remote_name));
    put_endpoint(&c->attributes, &s->remote, STR("net.peer.ip"), STR(ZIPKIN_PEER_IPV6),
                 STR("net.peer.port"));
    if (s->debug)
        put_truth(&c->attributes, STR(ZIPKIN_DEBUG), true);
    if (s->shared)
        put_truth(&c->attributes, STR(ZIPKIN_SHARED), true);
}

/*
 * A tag `error` is a failure, and what it says is the description, unless it just says true. What
 * cannot be told by that stays an attribute.
 */
static struct str end_status(struct collector *c)
{
    struct str error = buf_str(&c->error), message = buf_str(&c->description);

    if (c->has_error && c->status == STATUS_CODE_UNSET && !str_is(error, "false"))
        c->status = STATUS_CODE_ERROR;
    if (c->status != STATUS_CODE_ERROR) {
        if (c->has_error)
            put_text(&c->attributes, STR("error"), error);
        if (c->has_description)
            put_text(&c->attributes, STR("otel.status_description"), message);
        return STR("");
    }
    if (!c->has_error || str_is(error, "true"))
        return message;
    if (message.len == 0 && error.len > 0)
        return error;
    if (!str_eq(error, message) || error.len == 0)
        put_text(&c->attributes, STR("error"), error);
    return message;
}

static int32_t kind_of(const struct collector *c)
{
    switch (c->span.kind) {
    case ZIPKIN_CLIENT:
        return SPAN_KIND_CLIENT;
    case ZIPKIN_SERVER:
        return SPAN_KIND_SERVER;
    case ZIPKIN_PRODUCER:
        return SPAN_KIND_PRODUCER;
    case ZIPKIN_CONSUMER:
        return SPAN_KIND_CONSUMER;
    case ZIPKIN_NO_KIND:
        break;
    }
    return c->internal ? SPAN_KIND_INTERNAL : SPAN_KIND_UNSPECIFIED;
}

static const char *check_span(const struct zipkin_span_in *s)
{
    if (!s->has_trace_id || is_zero(s->trace_id, sizeof(s->trace_id)))
        return "traceId: is missing";
    if (!s->has_id || is_zero(s->id, sizeof(s->id)))
        return "id: is missing";
    if (s->timestamp_us > US_MAX)
        return "timestamp: is too large for microseconds since 1970";
    if (s->duration_us > US_MAX - s->timestamp_us)
        return "duration: is too large for microseconds";
    return NULL;
}

static void put_status(struct buf *out, enum status_code code, struct str message)
{
    size_t begin = wire_begin(out, OTLP_STATUS);

    if (message.len > 0)
        wire_put_bytes(out, STATUS_MESSAGE, message);
    wire_put_tag(out, STATUS_CODE, WIRE_VARINT);
    wire_put_varint(out, code);
    wire_end(out, begin);
}

static void put_span(struct collector *c)
{
    const struct zipkin_span_in *s = &c->span;
    struct str message = end_status(c);
    int32_t kind = kind_of(c);
    struct buf *out = &c->spans;

    if (c->internal && s->kind != ZIPKIN_NO_KIND)
        put_text(&c->attributes, STR("span.kind"), STR("internal"));
    put_own_attributes(c);
    wire_put_bytes(out, OTLP_TRACE_ID, (struct str){(const char *)s->trace_id, 16});
    wire_put_bytes(out, OTLP_SPAN_ID, (struct str){(const char *)s->id, 8});
    if (c->trace_state.len > 0)
        wire_put_bytes(out, OTLP_TRACE_STATE, buf_str(&c->trace_state));
    if (s->has_parent && !is_zero(s->parent_id, sizeof(s->parent_id)))
        wire_put_bytes(out, OTLP_PARENT_ID, (struct str){(const char *)s->parent_id, 8});
    if (s->name.len > 0)
        wire_put_bytes(out, OTLP_NAME, buf_str(&s->name));
    if (kind != SPAN_KIND_UNSPECIFIED) {
        wire_put_tag(out, OTLP_KIND, WIRE_VARINT);
        wire_put_varint(out, (uint64_t)kind);
    }
    wire_put_fixed64(out, OTLP_START, s->timestamp_us * 1000);
    wire_put_fixed64(out, OTLP_END, (s->timestamp_us + s->duration_us) * 1000);
    buf_append_str(out, buf_str(&c->attributes));
    buf_append_str(out, buf_str(&c->events));
    if (c->status != STATUS_CODE_UNSET)
        put_status(out, c->status, message);
}

const char *collect_end(struct collector *c)
{
    const char *why = check_span(&c->span);
    size_t at = c->spans.len;

    if (why || c->no_room)
        return why;
    put_span(c);
    collect_note(c, at);
    account(c);
    return NULL;
}
