/*
 * Without a body where all is well: PostSpansResponse has no fields, and Zipkin's clients read
 * none.
 */
#include "receivers/spans_request.h"

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

static void on_settled(void *arg, struct result result)
{
    answer_result(arg, result);
}

static void pass_on(struct request *request, struct component *next, struct payload *payload)
{
    struct batch *batch = batch_of(payload);
    struct result result = consume(next, batch);

    if (result.verdict == ACCEPTED) /* unless who held it has said something else meanwhile */
        result = batch->wait.result;
    if (batch->wait.holds > 0) {
        batch->wait.settled = on_settled;
        batch->wait.arg = request;
    } else {
        answer_result(request, result);
    }
    batch_unref(batch);
}

void spans_request_hand_on(struct request *request, struct component *next, struct payload *payload)
{
    struct bytes *metadata = request_metadata(request);

    if (metadata)
        payload->metadata = bytes_ref(metadata);
    if (payload->counted == 0) /* a request without spans goes no further */
        answer_result(request, result_accepted());
    else if (!next)
        spans_request_fail(request, GRPC_UNAVAILABLE, "no pipeline takes traces any more", 0);
    else
        pass_on(request, next, payload);
}
