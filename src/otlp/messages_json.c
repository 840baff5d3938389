/*
 * Answers as JSON.
 */
#include "otlp/messages_json.h"

#include <inttypes.h>

#include "otlp/json_read.h"
#include "otlp/json_write.h"
#include "otlp/shape_priv.h"

void message_put_export_json(struct buf *out, const char *rejected_name, uint64_t rejected,
                             const char *why)
{
    if (rejected == 0 && !why) {
        buf_append_str(out, STR("{}"));
        return;
    }
    buf_append_str(out, STR("{\"partialSuccess\":{"));
    if (rejected > 0)
        buf_printf(out, "\"%s\":\"%" PRIu64 "\"", rejected_name, rejected);
    if (rejected > 0 && why)
        buf_append_char(out, ',');
    if (why) {
        buf_append_str(out, STR("\"errorMessage\":"));
        json_write_string(out, str_of(why));
    }
    buf_append_str(out, STR("}}"));
}

void message_put_status_json(struct buf *out, int grpc_code, const char *why,
                             unsigned retry_after_ms)
{
    buf_printf(out, "{\"code\":%d,\"message\":", grpc_code);
    json_write_string(out, str_of(why));
    if (retry_after_ms != MESSAGE_NO_RETRY) {
        buf_append_str(out, STR(",\"details\":[{\"@type\":"
                                "\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":"));
        buf_printf(out, "\"%u.%03us\"}]", retry_after_ms / 1000, retry_after_ms % 1000);
    }
    buf_append_char(out, '}');
}

/* ---- reading ---- */

#define RESPONSE(signal, rejected)                                                                 \
    static const struct rule signal##_partial_rules[] = {VARINT(1, PROTO_INT64, rejected),         \
                                                         TEXT(2, "errorMessage")};                 \
    static const struct shape signal##_partial = {"PartialSuccess", SHAPE_PLAIN, 0,                \
                                                  RULES(signal##_partial_rules)};                  \
    static const struct rule signal##_rules[] = {MESSAGE(1, "partialSuccess", signal##_partial)};  \
    static const struct shape signal##_response = {"Response", SHAPE_PLAIN, 0,                     \
                                                   RULES(signal##_rules)};

RESPONSE(traces, "rejectedSpans")
RESPONSE(metrics, "rejectedDataPoints")
RESPONSE(logs, "rejectedLogRecords")

bool message_read_export_json(enum signal signal, struct str text, struct export_response *response,
                              struct bytes **read)
{
    static const struct shape *const shapes[SIGNAL_KINDS] = {
        [TRACES] = &traces_response, [METRICS] = &metrics_response, [LOGS] = &logs_response};
    struct json_report report;

    *read = json_read(shapes[signal], text, &report);
    return *read && message_read_export_response(bytes_str(*read), response);
}
