/*
 * What a request gets: the handlers of the jaeger receiver's routes.
 *
 *     Thrift | PostSpansRequest -> OTLP -> payload_read -> spans_request -> the answer
 *                 | malformed: 400, INVALID_ARGUMENT
 */
#include <inttypes.h>
#include <stdio.h>

#include "jaeger/from_api_v2.h"
#include "jaeger/from_thrift.h"
#include "receivers/jaeger_receiver_priv.h"
#include "receivers/spans_request.h"

static void answer_malformed(struct request *request, const char *what, const char *why, size_t at)
{
    char text[256];

    snprintf(text, sizeof(text), "not a valid %s: %s (at byte %zu)", what, why, at);
    spans_request_fail(request, GRPC_INVALID_ARGUMENT, text, 0);
}

void jaeger_handlers_note_invalid(struct jaeger_receiver *self, const struct payload_report *report,
                                  const char *from)
{
    if (report->rejected > 0)
        log_limited(&self->invalid, LOG_WARN, self->base.where,
                    "left out %" PRIu64 " spans from %s: %s; the app's tracer has to be mended",
                    report->rejected, from, report->why);
}

/* Takes over the OTLP that a message has become; NULL: it was refused. */
static void take(struct jaeger_receiver *self, struct request *request, struct bytes *otlp,
                 const struct from_report *read, const char *what)
{
    struct payload_report report = {.verdict = PAYLOAD_OK};
    struct payload *payload = otlp ? payload_read(TRACES, otlp, &report) : NULL;

    if (!payload) {
        if (read->no_room || report.verdict == PAYLOAD_NO_ROOM)
            spans_request_no_room(request);
        else
            answer_malformed(request, what, otlp ? report.why : read->why, read->at);
        return;
    }
    payload->came_ms = uv_now(self->worker->loop);
    jaeger_handlers_note_invalid(self, &report, request_peer(request));
    if (payload->counted == 0 && report.rejected > 0)
        spans_request_fail(request, GRPC_INVALID_ARGUMENT, report.why, 0);
    else
        spans_request_hand_on(request, self->base.next[TRACES], payload, self->metrics);
    payload_unref(payload);
}

static void on_thrift(void *arg, struct request *request, struct bytes *message)
{
    struct from_report report;
    struct bytes *otlp = from_thrift_batch(bytes_str(message), THRIFT_BINARY, &report);

    bytes_unref(message);
    take(arg, request, otlp, &report, "jaeger.thrift Batch");
}

static void on_post_spans(void *arg, struct request *request, struct bytes *message)
{
    struct from_report report;
    struct bytes *otlp = from_api_v2(bytes_str(message), &report);

    bytes_unref(message);
    take(arg, request, otlp, &report, "jaeger.api_v2.PostSpansRequest");
}

enum serving jaeger_handlers_status(void *arg, struct str service)
{
    const struct jaeger_receiver *self = arg;

    if (service.len > 0 &&
        !(self->settings->grpc.enabled && str_is(service, "jaeger.api_v2.CollectorService")))
        return SERVICE_UNKNOWN;
    return self->drained ? NOT_SERVING : SERVING;
}

const char *jaeger_handlers_unknown_path(void *arg, bool grpc, struct str path)
{
    static const struct {
        struct str prefix;
        bool grpc;
        const char *why;
    } known[] = {
        {STR_INIT("/jaeger.api_v2.SamplingManager/"), true,
         "remote sampling is not offered: ask Jaeger itself"},
        {STR_INIT("/jaeger.api_v2.CollectorService/"), true,
         "protocols.grpc is not on: add it to the jaeger receiver"},
        {STR_INIT("/opentelemetry.proto."), true,
         "this is a jaeger receiver: send OTLP to an otlp receiver, mostly port 4317"},
        {STR_INIT("/v1/"), false,
         "this is a jaeger receiver: send OTLP to an otlp receiver, mostly port 4318"},
        {STR_INIT("/api/v"), false,
         "this is a jaeger receiver: send Zipkin's spans to a zipkin receiver, mostly port 9411"},
        {STR_INIT("/api/traces"), false,
         "protocols.thrift_http is not on: add it to the jaeger receiver"},
        {STR_INIT("/sampling"), false, "remote sampling is not offered: ask Jaeger itself"},
        {STR_INIT("/api/sampling"), false, "remote sampling is not offered: ask Jaeger itself"},
        {STR_INIT("/"), false, "not found: POST Jaeger's Thrift to /api/traces"},
    };

    (void)arg;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].grpc == grpc && str_starts(path, known[i].prefix))
            return known[i].why;
    return NULL;
}

void jaeger_handlers_make_routes(struct jaeger_receiver *self)
{
    struct route *route = self->routes;

    health_service_make_routes(self->health, route);
    route += HEALTH_ROUTES;
    if (self->settings->grpc.enabled)
        *route++ = (struct route){
            .path = "/jaeger.api_v2.CollectorService/PostSpans",
            .grpc = true,
            .handler = on_post_spans,
            .arg = self,
        };
    if (self->settings->thrift_http.enabled)
        *route++ = (struct route){
            .path = "/api/traces",
            .types = 1u << CONTENT_THRIFT,
            .handler = on_thrift,
            .arg = self,
        };
    *route = (struct route){.path = NULL};
}
