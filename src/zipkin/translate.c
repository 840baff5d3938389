/*
 * From OTLP's model to Zipkin's. The rules are those of OpenTelemetry's specification,
 * "OpenTelemetry to Zipkin transformation", and where that says nothing, those of the collector's
 * own exporter.
 *
 * An attribute that says nothing but what Zipkin has a field for goes there and is no tag: bits of
 * `taken`. The other attributes that name a peer are asked only where these do not.
 */
#include "zipkin/translate.h"

#include <arpa/inet.h>
#include <math.h>

#include "base/base64.h"
#include "base/hex.h"
#include "otlp/json_text.h"
#include "otlp/json_write.h"

enum special { /* an attribute that means something here; the first ones are taken where they fit */
               PEER_SERVICE,
               NET_PEER_IP,
               NET_PEER_IPV6,
               NET_PEER_PORT,
               NET_HOST_IP,
               NET_HOST_IPV6,
               NET_HOST_PORT,
               SHARED,
               DEBUG,
               ERROR_TAG,

               SERVER_ADDRESS, /* names of the remote endpoint, best first */
               NET_PEER_NAME,
               SERVER_SOCKET_DOMAIN,
               NET_SOCK_PEER_NAME,
               PEER_HOSTNAME,
               PEER_ADDRESS,
               DB_NAMESPACE,
               DB_NAME,
               NETWORK_PEER_ADDRESS, /* addresses */
               SERVER_SOCKET_ADDRESS,
               NET_SOCK_PEER_ADDR,
               SERVER_PORT, /* ports */
               NETWORK_PEER_PORT,
               SERVER_SOCKET_PORT,
               NET_SOCK_PEER_PORT,
               SPECIALS
};

static const struct str names[SPECIALS] = {
    [PEER_SERVICE] = STR_INIT("peer.service"),
    [NET_PEER_IP] = STR_INIT("net.peer.ip"),
    [NET_PEER_IPV6] = STR_INIT(ZIPKIN_PEER_IPV6),
    [NET_PEER_PORT] = STR_INIT("net.peer.port"),
    [NET_HOST_IP] = STR_INIT("net.host.ip"),
    [NET_HOST_IPV6] = STR_INIT(ZIPKIN_HOST_IPV6),
    [NET_HOST_PORT] = STR_INIT("net.host.port"),
    [SHARED] = STR_INIT(ZIPKIN_SHARED),
    [DEBUG] = STR_INIT(ZIPKIN_DEBUG),
    [ERROR_TAG] = STR_INIT("error"),
    [SERVER_ADDRESS] = STR_INIT("server.address"),
    [NET_PEER_NAME] = STR_INIT("net.peer.name"),
    [SERVER_SOCKET_DOMAIN] = STR_INIT("server.socket.domain"),
    [NET_SOCK_PEER_NAME] = STR_INIT("net.sock.peer.name"),
    [PEER_HOSTNAME] = STR_INIT("peer.hostname"),
    [PEER_ADDRESS] = STR_INIT("peer.address"),
    [DB_NAMESPACE] = STR_INIT("db.namespace"),
    [DB_NAME] = STR_INIT("db.name"),
    [NETWORK_PEER_ADDRESS] = STR_INIT("network.peer.address"),
    [SERVER_SOCKET_ADDRESS] = STR_INIT("server.socket.address"),
    [NET_SOCK_PEER_ADDR] = STR_INIT("net.sock.peer.addr"),
    [SERVER_PORT] = STR_INIT("server.port"),
    [NETWORK_PEER_PORT] = STR_INIT("network.peer.port"),
    [SERVER_SOCKET_PORT] = STR_INIT("server.socket.port"),
    [NET_SOCK_PEER_PORT] = STR_INIT("net.sock.peer.port"),
};

static enum special special_of(struct str key)
{
    unsigned i = 0;

    /* Most keys begin otherwise: http, url, rpc, code, messaging, thread. */
    if (key.len < 5 || !strchr("pnsdez", key.at[0]))
        return SPECIALS;
    while (i < SPECIALS && !str_eq(names[i], key))
        i++;
    return (enum special)i;
}

/* ---- values ---- */

struct str zipkin_text(const struct value_view *value, struct buf *scratch)
{
    switch (value->kind) {
    case VALUE_STRING:
        return value->bytes;
    case VALUE_EMPTY:
        return STR("");
    case VALUE_BYTES:
        buf_reset(scratch);
        base64_append(scratch, value->bytes, true);
        return buf_str(scratch);
    case VALUE_DOUBLE:
        if (isnan(value->number))
            return STR("NaN");
        if (isinf(value->number))
            return value->number > 0 ? STR("Infinity") : STR("-Infinity");
        return json_text(value, scratch);
    default:
        return json_text(value, scratch);
    }
}

/* As the JSON of a map; values that a map may hold. */
static void attributes_append(struct buf *out, struct repeated attributes)
{
    struct attribute_view attribute;
    struct buf scratch = {0};
    char before = '{';

    while (attribute_next(&attributes, &attribute)) {
        const struct value_view *value = &attribute.value;

        buf_append_char(out, before);
        before = ',';
        json_write_string(out, attribute.key);
        buf_append_char(out, ':');
        if (value->kind == VALUE_EMPTY)
            buf_append_str(out, STR("null"));
        else if (value->kind == VALUE_STRING || value->kind == VALUE_BYTES ||
                 (value->kind == VALUE_DOUBLE && !isfinite(value->number)))
            json_write_string(out, zipkin_text(value, &scratch));
        else if (zipkin_text(value, &scratch).len > 0)
            buf_append_str(out, buf_str(&scratch));
        else
            buf_append_str(out, STR("null")); /* too deep, or too long */
    }
    if (before == '{')
        buf_append_char(out, '{');
    buf_append_char(out, '}');
    buf_done(&scratch);
}

struct str zipkin_annotation(const struct event_view *event, struct buf *scratch)
{
    if (event->attributes.count == 0)
        return event->name;
    buf_reset(scratch);
    json_write_string(scratch, event->name);
    buf_append_str(scratch, STR(": "));
    attributes_append(scratch, event->attributes);
    return buf_str(scratch);
}

struct str zipkin_link(struct str message, struct buf *scratch)
{
    struct link_view link;

    link_read(message, &link);
    buf_reset(scratch);
    hex_append(scratch, link.trace_id);
    buf_append_char(scratch, '|');
    hex_append(scratch, link.span_id);
    buf_append_char(scratch, '|');
    buf_append_str(scratch, link.trace_state);
    buf_append_char(scratch, '|');
    attributes_append(scratch, link.attributes);
    buf_printf(scratch, "|%u", link.dropped_attributes);
    return buf_str(scratch);
}

struct str zipkin_service_name(struct str resource)
{
    struct attribute_view attribute;
    struct resource_view view;

    resource_read(resource, &view);
    while (attribute_next(&view.attributes, &attribute))
        if (str_is(attribute.key, "service.name"))
            return attribute.value.kind == VALUE_STRING ? attribute.value.bytes : STR("");
    return STR("");
}

/* ---- endpoints ---- */

bool zipkin_endpoint_is_known(const struct zipkin_endpoint *e)
{
    return e->service_name.len > 0 || e->has_ipv4 || e->has_ipv6 || e->port > 0;
}

/* Whether the text is an address. */
static bool take_ip(struct zipkin_endpoint *endpoint, const struct value_view *value)
{
    char text[INET6_ADDRSTRLEN];

    if (value->kind != VALUE_STRING || value->bytes.len == 0 || value->bytes.len >= sizeof(text))
        return false;
    memcpy(text, value->bytes.at, value->bytes.len);
    text[value->bytes.len] = '\0';
    if (inet_pton(AF_INET, text, endpoint->ipv4) == 1) {
        endpoint->has_ipv4 = true;
        return true;
    }
    if (inet_pton(AF_INET6, text, endpoint->ipv6) != 1)
        return false;
    endpoint->has_ipv6 = true;
    return true;
}

static bool take_port(struct zipkin_endpoint *endpoint, const struct value_view *value)
{
    uint64_t port;

    if (value->kind == VALUE_INT && value->integer > 0 && value->integer <= UINT16_MAX)
        port = (uint64_t)value->integer;
    else if (value->kind != VALUE_STRING || !str_to_uint(value->bytes, UINT16_MAX, &port) ||
             port == 0)
        return false;
    endpoint->port = (uint16_t)port;
    return true;
}

static bool take_name(struct zipkin_endpoint *endpoint, const struct value_view *value)
{
    if (value->kind != VALUE_STRING || value->bytes.len == 0)
        return false;
    endpoint->service_name = value->bytes;
    return true;
}

static bool take_true(bool *flag, const struct value_view *value)
{
    return value->kind == VALUE_BOOL && value->boolean && (*flag = true);
}

/* The attributes that have a place of their own. Whether it is taken. */
static bool take(struct zipkin_span *span, enum special special, const struct value_view *value)
{
    switch (special) {
    case PEER_SERVICE:
        return take_name(&span->remote, value);
    case NET_PEER_IP:
    case NET_PEER_IPV6:
        return take_ip(&span->remote, value);
    case NET_PEER_PORT:
        return take_port(&span->remote, value);
    case NET_HOST_IP:
    case NET_HOST_IPV6:
        return take_ip(&span->local, value);
    case NET_HOST_PORT:
        return take_port(&span->local, value);
    case SHARED:
        return take_true(&span->shared, value);
    case DEBUG:
        return take_true(&span->debug, value);
    case ERROR_TAG: /* the status says it, unless this says why */
        if (value->kind == VALUE_STRING && !str_is(value->bytes, "true") &&
            !str_is(value->bytes, "false"))
            span->error = value->bytes;
        return true;
    default:
        return false;
    }
}

/* Whom a client talks to, where nothing says it plainly. */
static void guess_remote(struct zipkin_span *span, const struct value_view found[SPECIALS])
{
    struct zipkin_endpoint *remote = &span->remote;

    for (unsigned i = SERVER_ADDRESS; i <= DB_NAME && remote->service_name.len == 0; i++) {
        struct zipkin_endpoint probe;

        if (take_ip(&probe, &found[i])) {
            if (!remote->has_ipv4 && !remote->has_ipv6)
                take_ip(remote, &found[i]);
        } else {
            take_name(remote, &found[i]);
        }
    }
    for (unsigned i = NETWORK_PEER_ADDRESS; i <= NET_SOCK_PEER_ADDR; i++)
        if (!remote->has_ipv4 && !remote->has_ipv6)
            take_ip(remote, &found[i]);
    for (unsigned i = SERVER_PORT; i <= NET_SOCK_PEER_PORT; i++)
        if (remote->port == 0)
            take_port(remote, &found[i]);
}

static void take_attributes(struct zipkin_span *span)
{
    struct repeated attributes = span->otlp.attributes;
    struct value_view found[SPECIALS] = {0};
    struct attribute_view attribute;
    uint32_t seen = 0;

    while (attribute_next(&attributes, &attribute)) {
        enum special special = special_of(attribute.key);

        if (special == SPECIALS)
            continue;
        found[special] = attribute.value;
        seen |= 1u << special;
    }
    for (unsigned i = 0; i < SERVER_ADDRESS; i++)
        if (seen >> i & 1 && take(span, (enum special)i, &found[i]))
            span->taken |= 1u << i;
    if (seen >> SERVER_ADDRESS != 0 &&
        (span->kind == ZIPKIN_CLIENT || span->kind == ZIPKIN_PRODUCER))
        guess_remote(span, found);
}

/* ---- spans ---- */

static enum zipkin_kind kind_of(int32_t kind)
{
    switch (kind) {
    case SPAN_KIND_CLIENT:
        return ZIPKIN_CLIENT;
    case SPAN_KIND_SERVER:
        return ZIPKIN_SERVER;
    case SPAN_KIND_PRODUCER:
        return ZIPKIN_PRODUCER;
    case SPAN_KIND_CONSUMER:
        return ZIPKIN_CONSUMER;
    default:
        return ZIPKIN_NO_KIND;
    }
}

static bool is_zero(struct str id)
{
    for (size_t i = 0; i < id.len; i++)
        if (id.at[i] != 0)
            return false;
    return true;
}

void zipkin_span_read(struct str message, struct str service_name, struct zipkin_span *span)
{
    struct span_view *otlp = &span->otlp;

    memset(span, 0, sizeof(*span));
    span_read(message, otlp);
    span->trace_id = otlp->trace_id;
    if (span->trace_id.len == 16 && is_zero((struct str){span->trace_id.at, 8}))
        span->trace_id = (struct str){span->trace_id.at + 8, 8};
    if (!is_zero(otlp->parent_span_id))
        span->parent_id = otlp->parent_span_id;
    span->kind = kind_of(otlp->kind);
    span->timestamp_us = otlp->start_ns / 1000;
    if (otlp->end_ns > otlp->start_ns) {
        span->duration_us = (otlp->end_ns - otlp->start_ns) / 1000;
        if (span->duration_us == 0)
            span->duration_us = 1;
    }
    span->local.service_name = service_name;
    if (otlp->attributes.count > 0)
        take_attributes(span);
    if (otlp->status_code != STATUS_CODE_ERROR)
        span->error.at = NULL; /* Zipkin takes a span with it for failed, whatever it says */
    else if (!span->error.at)
        span->error = otlp->status_message.len > 0 ? otlp->status_message : STR("true");
    span->attributes = otlp->attributes;
}

static bool text_tag(struct attribute_view *tag, struct str key, struct str text)
{
    *tag = (struct attribute_view){.key = key, .value = {.kind = VALUE_STRING, .bytes = text}};
    return true;
}

static bool count_tag(struct attribute_view *tag, struct str key, uint32_t count)
{
    *tag = (struct attribute_view){.key = key, .value = {.kind = VALUE_INT, .integer = count}};
    return count > 0;
}

/* Whether there is a tag of this number. */
static bool extra_tag(const struct zipkin_span *span, unsigned number, struct attribute_view *tag)
{
    const struct span_view *otlp = &span->otlp;

    switch (number) {
    case 0:
        return otlp->kind == SPAN_KIND_INTERNAL && text_tag(tag, STR("span.kind"), STR("internal"));
    case 1:
        if (otlp->status_code == STATUS_CODE_ERROR)
            return text_tag(tag, STR("otel.status_code"), STR("ERROR"));
        return otlp->status_code == STATUS_CODE_OK &&
               text_tag(tag, STR("otel.status_code"), STR("OK"));
    case 2:
        return span->error.at && text_tag(tag, STR("error"), span->error);
    case 3:
        return otlp->trace_state.len > 0 && text_tag(tag, STR("w3c.tracestate"), otlp->trace_state);
    case 4:
        return count_tag(tag, STR("otel.dropped_attributes_count"), otlp->dropped_attributes);
    case 5:
        return count_tag(tag, STR("otel.dropped_events_count"), otlp->dropped_events);
    default:
        return count_tag(tag, STR("otel.dropped_links_count"), otlp->dropped_links);
    }
}

bool zipkin_tag_next(struct zipkin_span *span, struct attribute_view *tag)
{
    enum { EXTRA_TAGS = 7 };

    while (attribute_next(&span->attributes, tag)) {
        enum special special = special_of(tag->key);

        if (special == SPECIALS || !(span->taken >> special & 1))
            return true;
    }
    while (span->extra < EXTRA_TAGS)
        if (extra_tag(span, span->extra++, tag))
            return true;
    return false;
}
