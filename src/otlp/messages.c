/*
 * Messages by protobuf-c. Its structs want char * where it only reads: text() says so.
 */
#include "otlp/messages.h"

#include "otlp/wire.h"
#include "proto/health.pb-c.h"
#include "proto/status.pb-c.h"
#include "proto/trace_service.pb-c.h"

static char *text(const char *constant)
{
    union {
        const char *in;
        char *out;
    } same = {.in = constant};

    return same.out;
}

static void put(struct buf *out, const ProtobufCMessage *message)
{
    char *to = buf_reserve(out, protobuf_c_message_get_packed_size(message));

    out->len += protobuf_c_message_pack(message, (uint8_t *)to);
}

void message_put_export_response(struct buf *out, uint64_t rejected, const char *why)
{
    Opentelemetry__Proto__Collector__Trace__V1__ExportTraceServiceResponse response;
    Opentelemetry__Proto__Collector__Trace__V1__ExportTracePartialSuccess partial;

    opentelemetry__proto__collector__trace__v1__export_trace_service_response__init(&response);
    opentelemetry__proto__collector__trace__v1__export_trace_partial_success__init(&partial);
    partial.rejected_spans = (int64_t)rejected;
    if (why)
        partial.error_message = text(why);
    if (rejected > 0 || why)
        response.partial_success = &partial;
    put(out, &response.base);
}

/* Appends to out the RetryInfo that goes into an Any. */
static void put_retry_info(struct buf *out, unsigned retry_after_ms)
{
    Google__Rpc__Duration delay;
    Google__Rpc__RetryInfo info;

    google__rpc__duration__init(&delay);
    google__rpc__retry_info__init(&info);
    delay.seconds = retry_after_ms / 1000;
    delay.nanos = (int32_t)(retry_after_ms % 1000) * 1000000;
    info.retry_delay = &delay;
    put(out, &info.base);
}

void message_put_status(struct buf *out, int grpc_code, const char *why, unsigned retry_after_ms)
{
    Google__Rpc__Any detail, *details[] = {&detail};
    Google__Rpc__Status status;
    struct buf info = {0};

    google__rpc__status__init(&status);
    google__rpc__any__init(&detail);
    status.code = grpc_code;
    status.message = text(why);
    if (retry_after_ms != MESSAGE_NO_RETRY) {
        put_retry_info(&info, retry_after_ms);
        detail.type_url = text("type.googleapis.com/google.rpc.RetryInfo");
        detail.value = (ProtobufCBinaryData){.data = (uint8_t *)info.at, .len = info.len};
        status.details = details;
        status.n_details = 1;
    }
    put(out, &status.base);
    buf_done(&info);
}

bool message_read_status(struct str message, struct str *why)
{
    struct wire w = wire_of(message);
    struct wire_field f = {0};
    struct str text = {0};

    while (wire_next(&w, &f)) {
        if (f.number > 3 || f.type != (f.number == 1 ? WIRE_VARINT : WIRE_BYTES))
            return false;
        if (f.number == 2)
            text = f.bytes;
    }
    if (w.bad || text.len == 0)
        return false;
    *why = text;
    return true;
}

bool message_read_export_response(struct str message, struct export_response *response)
{
    struct wire w = wire_of(message), partial;
    struct wire_field f = {0};

    *response = (struct export_response){0};
    while (wire_next(&w, &f)) {
        if (f.number != 1)
            continue;
        if (f.type != WIRE_BYTES)
            return false;
        partial = wire_of(f.bytes);
        while (wire_next(&partial, &f))
            if (f.number == 1 && f.type == WIRE_VARINT)
                response->rejected = f.value <= INT64_MAX ? f.value : 0;
            else if (f.number == 2 && f.type == WIRE_BYTES)
                response->why = f.bytes;
        if (partial.bad)
            return false;
    }
    return !w.bad;
}

bool message_read_health_request(struct str message, struct str *service)
{
    struct wire w = wire_of(message);
    struct wire_field f;

    *service = (struct str){0};
    while (wire_next(&w, &f)) {
        if (f.number != 1)
            continue;
        if (f.type != WIRE_BYTES)
            return false;
        *service = f.bytes;
    }
    return !w.bad;
}

void message_put_health_response(struct buf *out, enum serving status)
{
    Grpc__Health__V1__HealthCheckResponse response;

    grpc__health__v1__health_check_response__init(&response);
    response.status = (Grpc__Health__V1__HealthCheckResponse__ServingStatus)status;
    put(out, &response.base);
}
