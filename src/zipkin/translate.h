/*
 * What of an OTLP span means what in Zipkin, whatever the encoding: docs/zipkin.md has the rules.
 * zipkin/form_json.c and zipkin/form_proto.c only write down what these functions say.
 */
#pragma once

#include "base/buf.h"
#include "otlp/span.h"

/* Attributes of spans that came from Zipkin, for what OTLP has no place for. */
#define ZIPKIN_SHARED    "zipkin.shared"
#define ZIPKIN_DEBUG     "zipkin.debug"
#define ZIPKIN_PEER_IPV6 "net.peer.ipv6" /* where there is an IPv4 address as well */
#define ZIPKIN_HOST_IPV6 "net.host.ipv6"

enum zipkin_kind { /* the numbers of Zipkin's protobuf */
                   ZIPKIN_NO_KIND,
                   ZIPKIN_CLIENT,
                   ZIPKIN_SERVER,
                   ZIPKIN_PRODUCER,
                   ZIPKIN_CONSUMER
};

struct zipkin_endpoint {
    struct str service_name; /* empty: none */
    bool has_ipv4, has_ipv6;
    uint8_t ipv4[4], ipv6[16];
    uint16_t port; /* 0: none */
};

struct zipkin_span {
    struct span_view otlp;
    struct str trace_id;  /* 8 bytes where the high half is zero, else 16 */
    struct str parent_id; /* empty: none */
    enum zipkin_kind kind;
    uint64_t timestamp_us, duration_us; /* 0: none */
    struct zipkin_endpoint local, remote;
    bool shared, debug;

    struct repeated attributes; /* that are left for zipkin_tag_next() */
    uint32_t taken;             /* attributes that are no tags, see translate.c */
    unsigned extra;             /* tags behind the attributes that have been given */
    struct str error;           /* what the tag of this name says; at NULL: there is none */
};

/* service_name: of the resource. The span points into the message. */
void zipkin_span_read(struct str message, struct str service_name, struct zipkin_span *span);

/* The next tag: the attributes that are not elsewhere in Zipkin's span, then those that OTLP has
 * other fields for, but for links. */
bool zipkin_tag_next(struct zipkin_span *span, struct attribute_view *tag);

/* Whether an endpoint says anything. */
bool zipkin_endpoint_is_known(const struct zipkin_endpoint *endpoint);

/* The resource's service.name; empty where it has none. */
struct str zipkin_service_name(struct str resource);

/* A value as a tag has it: text. It lies in the message, or in the buffer, whose content goes. */
struct str zipkin_text(const struct value_view *value, struct buf *scratch);

/* An event as the value of an annotation: its name, and behind it its attributes, as JSON. */
struct str zipkin_annotation(const struct event_view *event, struct buf *scratch);

/* A link as the value of a tag: trace id, span id, trace state, attributes, what was dropped. */
struct str zipkin_link(struct str message, struct buf *scratch);
