/*
 * Without a body where all is well: PostSpansResponse has no fields, and Zipkin's clients read
 * none.
 */
#include "receivers/spans_request.h"

#include <stdlib.h>

#include "base/mem.h"
#include "otlp/batch.h"
#include "otlp/messages.h"

enum { NO_ROOM_RETRY_MS = 1000, HTTP_ACCEPTED = 202 };

void spans_request_fail(struct request *request, enum grpc_code code, const char *why,
                        unsigned retry_after_ms)
{
    struct answer answer = {.code = code, .message = why, .retry_after_ms = retry_after_ms};
    struct buf status = {0};

    if (retry_after_ms > 0 && request_is_grpc(request)) {
        message_put_status(&status, (int)code, why, retry_after_ms);
        answer.details = buf_str(&status);
    }
    request_answer(request, &answer);
    buf_done(&status);
}

void spans_request_no_room(struct request *request)
{
    spans_request_fail(request, GRPC_UNAVAILABLE, "the memory budget is used up", NO_ROOM_RETRY_MS);
}

static void answer_result(struct request *request, struct result result)
{
    switch (result.verdict) {
    case ACCEPTED:
        request_answer(request, &(struct answer){.code = GRPC_OK, .status = HTTP_ACCEPTED});
        break;
    case RETRY_LATER:
        spans_request_fail(request, GRPC_UNAVAILABLE, result.why, result.retry_after_ms);
        break;
    case REJECTED:
        spans_request_fail(request, GRPC_INTERNAL, result.why, 0);
        break;
    }
}

struct waiting { /* a request whose batch is held */
    struct request *request;
    struct receiver_metrics *metrics; /* one reference */
    uint64_t spans;
};

static void count(struct receiver_metrics *metrics, const struct request *request,
                  struct result result, uint64_t spans)
{
    receiver_metrics_count(metrics, request_is_grpc(request) ? BY_GRPC : BY_HTTP, TRACES, result,
                           spans);
}

static void on_settled(void *arg, struct result result)
{
    struct waiting *waiting = arg;

    count(waiting->metrics, waiting->request, result, waiting->spans);
    receiver_metrics_unref(waiting->metrics);
    answer_result(waiting->request, result);
    free(waiting);
}

static void pass_on(struct request *request, struct component *next, struct payload *payload,
                    struct receiver_metrics *metrics)
{
    struct batch *batch = batch_of(payload);
    struct result result = consume(next, batch);
    struct waiting *waiting;

    if (result.verdict == ACCEPTED) /* unless who held it has said something else meanwhile */
        result = batch->wait.result;
    if (batch->wait.holds > 0) {
        waiting = mem_alloc(sizeof(*waiting));
        *waiting = (struct waiting){request, receiver_metrics_ref(metrics), payload->counted};
        batch->wait.settled = on_settled;
        batch->wait.arg = waiting;
    } else {
        count(metrics, request, result, payload->counted);
        answer_result(request, result);
    }
    batch_unref(batch);
}

void spans_request_hand_on(struct request *request, struct component *next, struct payload *payload,
                           struct receiver_metrics *metrics)
{
    struct bytes *metadata = request_metadata(request);

    if (metadata)
        payload->metadata = bytes_ref(metadata);
    if (payload->counted == 0) /* a request without spans goes no further */
        answer_result(request, result_accepted());
    else if (next)
        pass_on(request, next, payload, metrics);
    else
        spans_request_fail(request, GRPC_UNAVAILABLE, "no pipeline takes traces any more", 0);
}
