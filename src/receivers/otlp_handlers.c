/*
 * What a request gets: the handlers of the otlp receiver's routes, and their answers.
 *
 *     JSON -> json_read: as protobuf
 *                |
 *     message -> payload_read: checked, indexed -> consume -> result -> the protocol's answer
 *                    | malformed: INVALID_ARGUMENT, 400          | accepted: OK (or when settled)
 *                    | no room:   UNAVAILABLE, 503               | for now: UNAVAILABLE, 503, delay
 *                    '-> single spans invalid: partial success   | for good: INTERNAL, 500
 *
 * The three signals differ in their paths only.
 *
 * https://opentelemetry.io/docs/specs/otlp/
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "otlp/json_read.h"
#include "otlp/messages.h"
#include "otlp/messages_json.h"
#include "receivers/otlp_receiver_priv.h"

enum { NO_ROOM_RETRY_MS = 1000 };

static const char *const methods[SIGNAL_KINDS] = {
    "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
    "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
};

/* ---- answers ---- */

static void write_status_of(struct buf *out, enum content_type type, enum grpc_code code,
                            const char *why, unsigned retry_after_ms)
{
    if (type == CONTENT_PROTOBUF)
        message_put_status(out, (int)code, why, retry_after_ms);
    else if (type == CONTENT_JSON)
        message_put_status_json(out, (int)code, why, retry_after_ms);
    else
        buf_printf(out, "%s\n", why);
}

static void answer_error(struct request *request, enum grpc_code code, const char *why,
                         unsigned retry_after_ms)
{
    struct answer answer = {.code = code, .message = why, .retry_after_ms = retry_after_ms};
    struct buf status = {0};

    if (retry_after_ms > 0) { /* without a delay the server writes it */
        write_status_of(&status, request_type(request), code, why, retry_after_ms);
        if (request_is_grpc(request))
            answer.details = buf_str(&status);
        else
            answer.body = buf_str(&status);
    }
    request_answer(request, &answer);
    buf_done(&status);
}

/* why: NULL where nothing was rejected. */
static void answer_success(struct request *request, enum signal signal, uint64_t rejected,
                           const char *why)
{
    struct buf body = {0};

    if (why)
        request_note(request, why);
    if (request_type(request) == CONTENT_JSON)
        message_put_export_json(&body, signal_words[signal].rejected, rejected, why);
    else
        message_put_export_response(&body, rejected, why);
    request_answer(request, &(struct answer){.code = GRPC_OK, .body = buf_str(&body)});
    buf_done(&body);
}

static void answer_malformed(struct request *request, enum signal signal,
                             const struct payload_report *report)
{
    char why[256];

    snprintf(why, sizeof(why), "not a valid %s: %s (at byte %zu)",
             signal_words[signal].request->name, report->why, report->at);
    answer_error(request, GRPC_INVALID_ARGUMENT, why, 0);
}

void otlp_handlers_write_status(struct buf *out, enum content_type type, enum grpc_code code,
                                const char *message)
{
    write_status_of(out, type, code, message, MESSAGE_NO_RETRY);
}

/* ---- handlers ---- */

/* A request in protobuf, whatever it came in; takes over the message. NULL: it is answered. */
static struct bytes *as_protobuf(struct request *request, enum signal signal, struct bytes *message)
{
    struct json_report report;
    char why[JSON_WHY_MAX + 64];
    struct bytes *protobuf;

    if (request_type(request) != CONTENT_JSON)
        return message;
    protobuf = json_read(signal_words[signal].request, bytes_str(message), &report);
    bytes_unref(message);
    if (report.verdict == JSON_NO_ROOM) {
        answer_error(request, GRPC_UNAVAILABLE, "the memory budget is used up", NO_ROOM_RETRY_MS);
    } else if (report.verdict == JSON_MALFORMED) {
        snprintf(why, sizeof(why), "not a valid %s: %s", signal_words[signal].request->name,
                 report.why);
        answer_error(request, GRPC_INVALID_ARGUMENT, why, 0);
    }
    return protobuf;
}

/*
 * A signal that only pipelines which do not run would take. The client is told that nothing was
 * kept, in the one way that makes it neither try again nor fail; the log has one line, and the sum
 * at the end.
 */
static void answer_not_served(struct otlp_receiver *self, struct request *request,
                              const struct payload *payload)
{
    enum signal signal = payload->signal;
    const char *why = self->base.not_served[signal];

    why = why ? why : "no pipeline takes them any more"; /* since the request began */
    if (payload->counted == 0) {
        answer_success(request, signal, 0, NULL);
        return;
    }
    if (self->dropped[signal] == 0)
        log_warn(self->base.where, "drops the %s that clients send: %s", signal_words[signal].items,
                 why);
    self->dropped[signal] += payload->counted;
    receiver_metrics_count(self->metrics, request_is_grpc(request) ? BY_GRPC : BY_HTTP, signal,
                           result_rejected(why), payload->counted);
    answer_success(request, signal, payload->counted, why);
}

/* Gives the payload what the settings keep of its request's head. */
static void keep_metadata(struct payload *payload, const struct request *request)
{
    struct bytes *metadata = request_metadata(request);

    if (metadata)
        payload->metadata = bytes_ref(metadata);
}

static void answer_result(struct request *request, enum signal signal, struct result result,
                          uint64_t rejected, const char *why)
{
    switch (result.verdict) {
    case ACCEPTED:
        answer_success(request, signal, rejected, why);
        break;
    case RETRY_LATER:
        answer_error(request, GRPC_UNAVAILABLE, result.why, result.retry_after_ms);
        break;
    case REJECTED:
        answer_error(request, GRPC_INTERNAL, result.why, 0);
        break;
    }
}

struct waiting { /* a request whose batch is held */
    struct request *request;
    struct receiver_metrics *metrics; /* one reference */
    enum signal signal;
    uint64_t counted, rejected;
    const char *why;
};

/* rejected: invalid ones, which are not among the counted. */
static void count(struct receiver_metrics *metrics, const struct request *request,
                  enum signal signal, struct result result, uint64_t counted, uint64_t rejected)
{
    enum transport transport = request_is_grpc(request) ? BY_GRPC : BY_HTTP;

    receiver_metrics_count(metrics, transport, signal, result, counted);
    if (rejected > 0)
        receiver_metrics_count(metrics, transport, signal, result_rejected(NULL), rejected);
}

static void on_settled(void *arg, struct result result)
{
    struct waiting *waiting = arg;

    count(waiting->metrics, waiting->request, waiting->signal, result, waiting->counted,
          waiting->rejected);
    receiver_metrics_unref(waiting->metrics);
    answer_result(waiting->request, waiting->signal, result, waiting->rejected, waiting->why);
    free(waiting);
}

/* Gives the payload to the pipelines, and the client its answer: now, or when it is settled. */
static void hand_on(struct otlp_receiver *self, struct request *request, struct payload *payload,
                    const struct payload_report *report)
{
    struct component *next = self->base.next[payload->signal];
    struct result result = result_accepted();
    struct batch *batch = NULL;
    struct waiting *waiting;

    if (payload->counted > 0) { /* a request without spans goes no further */
        batch = batch_of(payload);
        result = consume(next, batch);
        if (result.verdict == ACCEPTED) /* unless who held it has said something else meanwhile */
            result = batch->wait.result;
    }
    if (batch && batch->wait.holds > 0) {
        waiting = mem_alloc(sizeof(*waiting));
        *waiting = (struct waiting){
            .request = request,
            .metrics = receiver_metrics_ref(self->metrics),
            .signal = payload->signal,
            .counted = payload->counted,
            .rejected = report->rejected,
            .why = report->why,
        };
        batch->wait.settled = on_settled;
        batch->wait.arg = waiting;
    } else {
        count(self->metrics, request, payload->signal, result, payload->counted, report->rejected);
        answer_result(request, payload->signal, result, report->rejected, report->why);
    }
    batch_unref(batch);
}

static void on_export(void *arg, struct request *request, struct bytes *message)
{
    const struct intake *intake = arg;
    struct otlp_receiver *self = intake->receiver;
    struct payload_report report;
    struct payload *payload;

    message = as_protobuf(request, intake->signal, message);
    if (!message)
        return;
    payload = payload_read(intake->signal, message, &report);
    if (!payload) {
        if (report.verdict == PAYLOAD_NO_ROOM)
            answer_error(request, GRPC_UNAVAILABLE, report.why, NO_ROOM_RETRY_MS);
        else
            answer_malformed(request, intake->signal, &report);
        return;
    }
    payload->came_ms = uv_now(self->worker->loop);
    keep_metadata(payload, request);
    if (!self->base.next[intake->signal]) {
        answer_not_served(self, request, payload);
        payload_unref(payload);
        return;
    }
    hand_on(self, request, payload, &report);
    payload_unref(payload);
}

/* Whether clients may send a signal, be it that it is dropped. */
static bool takes(const struct otlp_receiver *self, enum signal signal)
{
    return self->base.next[signal] || self->base.not_served[signal];
}

/* A service that it has; "" names the program as a whole. */
static bool has_service(const struct otlp_receiver *self, struct str service)
{
    for (unsigned s = 0; s < SIGNAL_KINDS; s++) {
        struct str method = str_of(methods[s]);
        struct str name = {method.at + 1, method.len - 1 - strlen("/Export")};

        if (takes(self, (enum signal)s) && str_eq(service, name))
            return true;
    }
    return service.len == 0;
}

enum serving otlp_handlers_status(void *arg, struct str service)
{
    const struct otlp_receiver *self = arg;

    if (!has_service(self, service))
        return SERVICE_UNKNOWN;
    return self->drained ? NOT_SERVING : SERVING;
}

const char *otlp_handlers_unknown_path(void *arg, bool grpc, struct str path)
{
    static const char no_metrics[] = "no pipeline takes metrics: add one under service.pipelines, "
                                     "or set OTEL_METRICS_EXPORTER=none in the app";
    static const char no_logs[] = "no pipeline takes logs: add one under service.pipelines, or set "
                                  "OTEL_LOGS_EXPORTER=none in the app";
    static const struct {
        struct str prefix;
        bool grpc;
        enum signal without; /* holds where this is not taken; SIGNAL_KINDS: in any case */
        const char *why;
    } known[] = {
        {STR_INIT("/opentelemetry.proto.collector.trace."), true, TRACES,
         "no pipeline takes traces: add one under service.pipelines"},
        {STR_INIT("/opentelemetry.proto.collector.metrics."), true, METRICS, no_metrics},
        {STR_INIT("/opentelemetry.proto.collector.logs."), true, LOGS, no_logs},
        {STR_INIT("/opentelemetry.proto.collector.profiles."), true, SIGNAL_KINDS,
         "no pipeline takes profiles: this collector has traces, metrics and logs"},
        {STR_INIT("/grpc.reflection."), true, SIGNAL_KINDS,
         "server reflection is not offered: give the client the .proto files of "
         "opentelemetry-proto"},
        {STR_INIT("/v1/traces"), false, TRACES,
         "no pipeline takes traces: add one under service.pipelines"},
        {STR_INIT("/v1/metrics"), false, METRICS, no_metrics},
        {STR_INIT("/v1/logs"), false, LOGS, no_logs},
        {STR_INIT("/api/traces"), false, SIGNAL_KINDS,
         "this is an OTLP receiver, not Jaeger's: POST OTLP to /v1/traces"},
        {STR_INIT("/"), false, SIGNAL_KINDS,
         "not found: POST OTLP to /v1/traces, /v1/metrics or /v1/logs"},
    };
    const struct otlp_receiver *self = arg;

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].grpc == grpc && str_starts(path, known[i].prefix) &&
            (known[i].without == SIGNAL_KINDS || !takes(self, known[i].without)))
            return known[i].why;
    return NULL;
}

/* ---- routes ---- */

#define NO_PATH "\n" /* which no request has */

void otlp_handlers_make_routes(struct otlp_receiver *self)
{
    struct route *route = self->routes;

    health_service_make_routes(self->health, route);
    route += HEALTH_ROUTES;
    for (unsigned s = 0; s < SIGNAL_KINDS; s++) {
        struct intake *intake = &self->intakes[s];
        bool taken = takes(self, (enum signal)s);

        *intake = (struct intake){.receiver = self, .signal = (enum signal)s};
        *route++ = (struct route){
            .path = taken ? methods[s] : NO_PATH,
            .grpc = true,
            .handler = on_export,
            .arg = intake,
        };
        *route++ = (struct route){
            .path = taken ? self->settings->protocols.http.url_paths[s] : NO_PATH,
            .types = 1u << CONTENT_PROTOBUF | 1u << CONTENT_JSON,
            .handler = on_export,
            .arg = intake,
        };
    }
}
