/*
 * Zipkin's protobuf: zipkin-api, zipkin.proto, message ListOfSpans.
 */
#include "otlp/wire_write.h"
#include "zipkin/form.h"
#include "zipkin/proto.h"

static void put_varint(struct buf *out, uint32_t number, uint64_t value)
{
    wire_put_tag(out, number, WIRE_VARINT);
    wire_put_varint(out, value);
}

static void put_endpoint(struct buf *out, uint32_t number, const struct zipkin_endpoint *e)
{
    size_t begin;

    if (!zipkin_endpoint_is_known(e))
        return;
    begin = wire_begin(out, number);
    if (e->service_name.len > 0)
        wire_put_bytes(out, ENDPOINT_SERVICE_NAME, e->service_name);
    if (e->has_ipv4)
        wire_put_bytes(out, ENDPOINT_IPV4, (struct str){(const char *)e->ipv4, sizeof(e->ipv4)});
    if (e->has_ipv6)
        wire_put_bytes(out, ENDPOINT_IPV6, (struct str){(const char *)e->ipv6, sizeof(e->ipv6)});
    if (e->port > 0)
        put_varint(out, ENDPOINT_PORT, e->port);
    wire_end(out, begin);
}

static void put_annotation(struct buf *out, struct str message, struct buf *scratch)
{
    size_t begin = wire_begin(out, SPAN_ANNOTATIONS);
    struct event_view event;

    event_read(message, &event);
    wire_put_fixed64(out, ANNOTATION_TIMESTAMP, event.time_ns / 1000);
    wire_put_bytes(out, ANNOTATION_VALUE, zipkin_annotation(&event, scratch));
    wire_end(out, begin);
}

static void proto_tag(struct buf *out, struct str key, struct str value)
{
    size_t begin = wire_begin(out, SPAN_TAGS);

    wire_put_bytes(out, TAG_KEY, key);
    wire_put_bytes(out, TAG_VALUE, value);
    wire_end(out, begin);
}

static void put_links(struct buf *out, struct repeated links, struct buf *scratch)
{
    struct buf key = {0};
    struct str message;

    for (unsigned i = 0; repeated_next(&links, &message); i++) {
        buf_reset(&key);
        buf_printf(&key, "otlp.link.%u", i);
        proto_tag(out, buf_str(&key), zipkin_link(message, scratch));
    }
    buf_done(&key);
}

static void proto_span(struct buf *out, struct zipkin_span *span, struct str first_tags,
                       struct buf *scratch)
{
    size_t begin = wire_begin(out, LIST_SPANS);
    struct repeated events = span->otlp.events;
    struct attribute_view tag;
    struct str message;

    wire_put_bytes(out, SPAN_TRACE_ID, span->trace_id);
    if (span->parent_id.len > 0)
        wire_put_bytes(out, SPAN_PARENT_ID, span->parent_id);
    wire_put_bytes(out, SPAN_ID, span->otlp.span_id);
    if (span->kind != ZIPKIN_NO_KIND)
        put_varint(out, SPAN_KIND, span->kind);
    if (span->otlp.name.len > 0)
        wire_put_bytes(out, SPAN_NAME, span->otlp.name);
    if (span->timestamp_us > 0)
        wire_put_fixed64(out, SPAN_TIMESTAMP, span->timestamp_us);
    if (span->duration_us > 0)
        put_varint(out, SPAN_DURATION, span->duration_us);
    put_endpoint(out, SPAN_LOCAL_ENDPOINT, &span->local);
    put_endpoint(out, SPAN_REMOTE_ENDPOINT, &span->remote);
    while (repeated_next(&events, &message))
        put_annotation(out, message, scratch);
    buf_append_str(out, first_tags);
    while (zipkin_tag_next(span, &tag))
        proto_tag(out, tag.key, zipkin_text(&tag.value, scratch));
    put_links(out, span->otlp.links, scratch);
    if (span->debug)
        put_varint(out, SPAN_DEBUG, 1);
    if (span->shared)
        put_varint(out, SPAN_SHARED, 1);
    wire_end(out, begin);
}

const struct zipkin_form zipkin_proto = {
    .content_type = "Content-Type: application/x-protobuf",
    .open = STR_INIT(""),
    .between = STR_INIT(""),
    .close = STR_INIT(""),
    .tag = proto_tag,
    .span = proto_span,
};
