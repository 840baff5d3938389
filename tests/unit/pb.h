/*
 * Short names for the structs that protobuf-c makes from proto/.
 */
#pragma once

#include "otlp/signal.h"
#include "otlp/wire.h"
#include "proto/logs_service.pb-c.h"
#include "proto/metrics_service.pb-c.h"
#include "proto/trace_service.pb-c.h"

typedef Opentelemetry__Proto__Collector__Trace__V1__ExportTraceServiceRequest pb_request;
typedef Opentelemetry__Proto__Trace__V1__ResourceSpans pb_resource_spans;
typedef Opentelemetry__Proto__Trace__V1__ScopeSpans pb_scope_spans;
typedef Opentelemetry__Proto__Trace__V1__Span pb_span;
typedef Opentelemetry__Proto__Trace__V1__Span__Event pb_event;
typedef Opentelemetry__Proto__Trace__V1__Span__Link pb_link;
typedef Opentelemetry__Proto__Trace__V1__Status pb_status;
typedef Opentelemetry__Proto__Resource__V1__Resource pb_resource;
typedef Opentelemetry__Proto__Common__V1__EntityRef pb_entity_ref;
typedef Opentelemetry__Proto__Common__V1__InstrumentationScope pb_scope;
typedef Opentelemetry__Proto__Common__V1__KeyValue pb_attribute;
typedef Opentelemetry__Proto__Common__V1__AnyValue pb_value;
typedef Opentelemetry__Proto__Common__V1__ArrayValue pb_array;
typedef Opentelemetry__Proto__Common__V1__KeyValueList pb_kvlist;
typedef Opentelemetry__Proto__Metrics__V1__Metric pb_metric;
typedef Opentelemetry__Proto__Metrics__V1__Exemplar pb_exemplar;
typedef Opentelemetry__Proto__Logs__V1__LogRecord pb_log_record;

#define PB_REQUEST                                                                                 \
    (&opentelemetry__proto__collector__trace__v1__export_trace_service_request__descriptor)
#define PB_RESOURCE_SPANS (&opentelemetry__proto__trace__v1__resource_spans__descriptor)
#define PB_SCOPE_SPANS    (&opentelemetry__proto__trace__v1__scope_spans__descriptor)
#define PB_SPAN           (&opentelemetry__proto__trace__v1__span__descriptor)
#define PB_EVENT          (&opentelemetry__proto__trace__v1__span__event__descriptor)
#define PB_LINK           (&opentelemetry__proto__trace__v1__span__link__descriptor)
#define PB_STATUS         (&opentelemetry__proto__trace__v1__status__descriptor)
#define PB_RESOURCE       (&opentelemetry__proto__resource__v1__resource__descriptor)
#define PB_ENTITY_REF     (&opentelemetry__proto__common__v1__entity_ref__descriptor)
#define PB_SCOPE          (&opentelemetry__proto__common__v1__instrumentation_scope__descriptor)
#define PB_ATTRIBUTE      (&opentelemetry__proto__common__v1__key_value__descriptor)
#define PB_VALUE          (&opentelemetry__proto__common__v1__any_value__descriptor)
#define PB_ARRAY          (&opentelemetry__proto__common__v1__array_value__descriptor)
#define PB_KVLIST         (&opentelemetry__proto__common__v1__key_value_list__descriptor)
#define PB_METRIC         (&opentelemetry__proto__metrics__v1__metric__descriptor)
#define PB_LOG_RECORD     (&opentelemetry__proto__logs__v1__log_record__descriptor)
#define PB_METRICS_REQUEST                                                                         \
    (&opentelemetry__proto__collector__metrics__v1__export_metrics_service_request__descriptor)
#define PB_LOGS_REQUEST                                                                            \
    (&opentelemetry__proto__collector__logs__v1__export_logs_service_request__descriptor)

static const ProtobufCMessageDescriptor *const pb_request_types[SIGNAL_KINDS] = {
    [TRACES] = PB_REQUEST,
    [METRICS] = PB_METRICS_REQUEST,
    [LOGS] = PB_LOGS_REQUEST,
};
static const ProtobufCMessageDescriptor *const pb_item_types[SIGNAL_KINDS] = {
    [TRACES] = PB_SPAN,
    [METRICS] = PB_METRIC,
    [LOGS] = PB_LOG_RECORD,
};

static inline enum wire_type pb_wire_type(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return WIRE_FIXED64;
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return WIRE_FIXED32;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        return WIRE_BYTES;
    default:
        return WIRE_VARINT;
    }
}
