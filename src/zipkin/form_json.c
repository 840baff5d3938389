/*
 * Zipkin's v2 JSON: https://zipkin.io/zipkin-api/#/default/post_spans
 *
 * What has no value is left out; each tag is written with a comma behind it.
 */
#include <arpa/inet.h>
#include <inttypes.h>

#include "base/hex.h"
#include "otlp/json_write.h"
#include "zipkin/form.h"

static void id_append(struct buf *out, struct str name, struct str id)
{
    buf_append_str(out, name);
    hex_append(out, id);
    buf_append_char(out, '"');
}

static void address_append(struct buf *out, const char *name, int family, const void *address)
{
    char text[INET6_ADDRSTRLEN];

    inet_ntop(family, address, text, sizeof(text));
    buf_printf(out, "\"%s\":\"%s\",", name, text);
}

static void endpoint_append(struct buf *out, struct str name, const struct zipkin_endpoint *e)
{
    if (!zipkin_endpoint_is_known(e))
        return;
    buf_append_str(out, name);
    if (e->service_name.len > 0) {
        buf_append_str(out, STR("\"serviceName\":"));
        json_write_string(out, e->service_name);
        buf_append_char(out, ',');
    }
    if (e->has_ipv4)
        address_append(out, "ipv4", AF_INET, e->ipv4);
    if (e->has_ipv6)
        address_append(out, "ipv6", AF_INET6, e->ipv6);
    if (e->port > 0)
        buf_printf(out, "\"port\":%u,", e->port);
    out->at[out->len - 1] = '}'; /* in place of the last comma */
}

static void annotations_append(struct buf *out, struct repeated events, struct buf *scratch)
{
    struct event_view event;
    struct str message;
    char before = '[';

    if (events.count == 0)
        return;
    buf_append_str(out, STR(",\"annotations\":"));
    while (repeated_next(&events, &message)) {
        event_read(message, &event);
        buf_printf(out, "%c{\"timestamp\":%" PRIu64 ",\"value\":", before, event.time_ns / 1000);
        json_write_string(out, zipkin_annotation(&event, scratch));
        buf_append_char(out, '}');
        before = ',';
    }
    buf_append_char(out, ']');
}

static void json_tag(struct buf *out, struct str key, struct str value)
{
    json_write_string(out, key);
    buf_append_char(out, ':');
    json_write_string(out, value);
    buf_append_char(out, ',');
}

static void tags_append(struct buf *out, struct zipkin_span *span, struct str first_tags,
                        struct buf *scratch)
{
    struct repeated links = span->otlp.links;
    struct attribute_view tag;
    struct str message;
    size_t start = out->len;

    buf_append_str(out, STR(",\"tags\":{"));
    buf_append_str(out, first_tags);
    while (zipkin_tag_next(span, &tag))
        json_tag(out, tag.key, zipkin_text(&tag.value, scratch));
    for (unsigned i = 0; repeated_next(&links, &message); i++) {
        buf_printf(out, "\"otlp.link.%u\":", i);
        json_write_string(out, zipkin_link(message, scratch));
        buf_append_char(out, ',');
    }
    if (out->at[out->len - 1] == ',')
        out->at[out->len - 1] = '}';
    else
        out->len = start; /* there are none */
}

static void json_span(struct buf *out, struct zipkin_span *span, struct str first_tags,
                      struct buf *scratch)
{
    static const char *const kinds[] = {[ZIPKIN_CLIENT] = "CLIENT",
                                        [ZIPKIN_SERVER] = "SERVER",
                                        [ZIPKIN_PRODUCER] = "PRODUCER",
                                        [ZIPKIN_CONSUMER] = "CONSUMER"};

    id_append(out, STR("{\"traceId\":\""), span->trace_id);
    if (span->parent_id.len > 0)
        id_append(out, STR(",\"parentId\":\""), span->parent_id);
    id_append(out, STR(",\"id\":\""), span->otlp.span_id);
    if (span->kind != ZIPKIN_NO_KIND)
        buf_printf(out, ",\"kind\":\"%s\"", kinds[span->kind]);
    if (span->otlp.name.len > 0) {
        buf_append_str(out, STR(",\"name\":"));
        json_write_string(out, span->otlp.name);
    }
    if (span->timestamp_us > 0)
        buf_printf(out, ",\"timestamp\":%" PRIu64, span->timestamp_us);
    if (span->duration_us > 0)
        buf_printf(out, ",\"duration\":%" PRIu64, span->duration_us);
    endpoint_append(out, STR(",\"localEndpoint\":{"), &span->local);
    endpoint_append(out, STR(",\"remoteEndpoint\":{"), &span->remote);
    annotations_append(out, span->otlp.events, scratch);
    tags_append(out, span, first_tags, scratch);
    if (span->debug)
        buf_append_str(out, STR(",\"debug\":true"));
    if (span->shared)
        buf_append_str(out, STR(",\"shared\":true"));
    buf_append_char(out, '}');
}

const struct zipkin_form zipkin_json = {
    .content_type = "Content-Type: application/json",
    .open = STR_INIT("["),
    .between = STR_INIT(","),
    .close = STR_INIT("]"),
    .tag = json_tag,
    .span = json_span,
};
