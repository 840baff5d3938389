/*
 * The shapes of trace.proto and trace_service.proto.
 */
#include "otlp/shape_priv.h"

static const char *const span_kind_names[] = {
    "SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER",
    "SPAN_KIND_CLIENT",      "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER",
};
static const struct enum_names span_kinds = {RULES(span_kind_names)};

static const char *const status_code_names[] = {
    "STATUS_CODE_UNSET",
    "STATUS_CODE_OK",
    "STATUS_CODE_ERROR",
};
static const struct enum_names status_codes = {RULES(status_code_names)};

static const struct rule event_rules[] = {
    FIXED64(1, PROTO_FIXED64, "timeUnixNano"),
    TEXT(2, "name"),
    MESSAGES(3, "attributes", shape_key_value),
    VARINT(4, PROTO_UINT32, "droppedAttributesCount"),
};
static const struct shape event = {"Event", SHAPE_PLAIN, 0, RULES(event_rules)};

static const struct rule link_rules[] = {
    ID(1, "traceId", 16),
    ID(2, "spanId", 8),
    TEXT(3, "traceState"),
    MESSAGES(4, "attributes", shape_key_value),
    VARINT(5, PROTO_UINT32, "droppedAttributesCount"),
    FIXED32(6, PROTO_FIXED32, "flags"),
};
static const struct shape span_link = {"Link", SHAPE_PLAIN, 0, RULES(link_rules)};

static const struct rule status_rules[] = {
    TEXT(2, "message"),
    ENUM(3, status_codes, "code"),
};
static const struct shape status = {"Status", SHAPE_PLAIN, 0, RULES(status_rules)};

static const struct rule span_rules[] = {
    OWN_ID(1, "traceId", 16),
    OWN_ID(2, "spanId", 8),
    TEXT(3, "traceState"),
    ID(4, "parentSpanId", 8),
    TEXT(5, "name"),
    ENUM(6, span_kinds, "kind"),
    FIXED64(7, PROTO_FIXED64, "startTimeUnixNano"),
    FIXED64(8, PROTO_FIXED64, "endTimeUnixNano"),
    MESSAGES(9, "attributes", shape_key_value),
    VARINT(10, PROTO_UINT32, "droppedAttributesCount"),
    MESSAGES(11, "events", event),
    VARINT(12, PROTO_UINT32, "droppedEventsCount"),
    MESSAGES(13, "links", span_link),
    VARINT(14, PROTO_UINT32, "droppedLinksCount"),
    MESSAGE(15, "status", status),
    FIXED32(16, PROTO_FIXED32, "flags"),
};
static const struct shape span = {"Span", SHAPE_PLAIN, 1u << 1 | 1u << 2, RULES(span_rules)};

static const struct rule scope_spans_rules[] = {
    MESSAGE(1, "scope", shape_scope),
    MESSAGES(2, "spans", span),
    TEXT(3, "schemaUrl"),
};
static const struct shape scope_spans = {"ScopeSpans", SHAPE_SINGLE, 0, RULES(scope_spans_rules)};

static const struct rule resource_spans_rules[] = {
    MESSAGE(1, "resource", shape_resource),
    MESSAGES(2, "scopeSpans", scope_spans),
    TEXT(3, "schemaUrl"),
};
static const struct shape resource_spans = {"ResourceSpans", SHAPE_SINGLE, 0,
                                            RULES(resource_spans_rules)};

static const struct rule request_rules[] = {
    MESSAGES(1, "resourceSpans", resource_spans),
};
const struct shape shape_traces_request = {"ExportTraceServiceRequest", SHAPE_PLAIN, 0,
                                           RULES(request_rules)};
