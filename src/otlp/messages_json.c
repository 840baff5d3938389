/*
 * Answers as JSON.
 */
#include "otlp/messages_json.h"

#include <inttypes.h>

#include "otlp/json_write.h"
#include "otlp/messages.h"

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
