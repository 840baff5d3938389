/*
 * The shapes of logs.proto and logs_service.proto.
 */
#include "otlp/shape_priv.h"

static const char *const severity_names[] = {
    "SEVERITY_NUMBER_UNSPECIFIED", "SEVERITY_NUMBER_TRACE",  "SEVERITY_NUMBER_TRACE2",
    "SEVERITY_NUMBER_TRACE3",      "SEVERITY_NUMBER_TRACE4", "SEVERITY_NUMBER_DEBUG",
    "SEVERITY_NUMBER_DEBUG2",      "SEVERITY_NUMBER_DEBUG3", "SEVERITY_NUMBER_DEBUG4",
    "SEVERITY_NUMBER_INFO",        "SEVERITY_NUMBER_INFO2",  "SEVERITY_NUMBER_INFO3",
    "SEVERITY_NUMBER_INFO4",       "SEVERITY_NUMBER_WARN",   "SEVERITY_NUMBER_WARN2",
    "SEVERITY_NUMBER_WARN3",       "SEVERITY_NUMBER_WARN4",  "SEVERITY_NUMBER_ERROR",
    "SEVERITY_NUMBER_ERROR2",      "SEVERITY_NUMBER_ERROR3", "SEVERITY_NUMBER_ERROR4",
    "SEVERITY_NUMBER_FATAL",       "SEVERITY_NUMBER_FATAL2", "SEVERITY_NUMBER_FATAL3",
    "SEVERITY_NUMBER_FATAL4",
};
static const struct enum_names severities = {RULES(severity_names)};

static const struct rule log_record_rules[] = {
    FIXED64(1, PROTO_FIXED64, "timeUnixNano"),
    ENUM(2, severities, "severityNumber"),
    TEXT(3, "severityText"),
    MESSAGE(5, "body", shape_any_value),
    MESSAGES(6, "attributes", shape_key_value),
    VARINT(7, PROTO_UINT32, "droppedAttributesCount"),
    FIXED32(8, PROTO_FIXED32, "flags"),
    ID(9, "traceId", 16),
    ID(10, "spanId", 8),
    FIXED64(11, PROTO_FIXED64, "observedTimeUnixNano"),
    TEXT(12, "eventName"),
};
static const struct shape log_record = {"LogRecord", SHAPE_PLAIN, 0, RULES(log_record_rules)};

static const struct rule scope_logs_rules[] = {
    MESSAGE(1, "scope", shape_scope),
    MESSAGES(2, "logRecords", log_record),
    TEXT(3, "schemaUrl"),
};
static const struct shape scope_logs = {"ScopeLogs", SHAPE_SINGLE, 0, RULES(scope_logs_rules)};

static const struct rule resource_logs_rules[] = {
    MESSAGE(1, "resource", shape_resource),
    MESSAGES(2, "scopeLogs", scope_logs),
    TEXT(3, "schemaUrl"),
};
static const struct shape resource_logs = {"ResourceLogs", SHAPE_SINGLE, 0,
                                           RULES(resource_logs_rules)};

static const struct rule request_rules[] = {
    MESSAGES(1, "resourceLogs", resource_logs),
};
const struct shape shape_logs_request = {"ExportLogsServiceRequest", SHAPE_PLAIN, 0,
                                         RULES(request_rules)};
