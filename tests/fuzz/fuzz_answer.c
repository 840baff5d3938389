/*
 * What a backend answers, by HTTP or gRPC: whatever it is, it has one meaning, the wait that it
 * asks for is bounded, and so is what is said of it.
 *
 * The first byte says how it came, the next two its status; then come lines, and behind an empty
 * one the body.
 */
#include <assert.h>

#include "exporters/answer.h"
#include "fuzz/fuzz.h"
#include "net/grpc_client_priv.h"
#include "otlp/messages_json.h"

enum { RETRY_MAX_MS = 300000, BODY_MAX = 64 << 10 };
enum { BY_GRPC = 1, NO_ANSWER = 2, TIMED_OUT = 4 }; /* in the first byte */

static const struct peer jaeger = {"fuzz", RETRY_UNLESS_REFUSED, "(path)", "(form)", "(service)"};
static const struct peer otlp = {"fuzz", RETRY_AS_OTLP, "(path)", NULL, NULL};

static void check_why(enum outcome outcome, const char why[WHY_MAX])
{
    size_t len = strnlen(why, WHY_MAX);

    assert(len < WHY_MAX);
    assert((len == 0) == (outcome == SENT));
}

/* What an OTLP backend says of a request that it has taken, in either form. */
static void check_response(struct str body)
{
    struct export_response response;
    struct bytes *read = NULL;

    if (message_read_export_response(body, &response))
        assert(response.rejected <= INT64_MAX && response.why.len <= body.len);
    if (message_read_export_json(TRACES, body, &response, &read))
        assert(response.rejected <= INT64_MAX && response.why.len <= read->len);
    bytes_unref(read);
}

static void check_grpc(const struct grpc_reply *reply)
{
    struct grpc_answer answer;
    struct bytes *decoded = NULL;
    struct buf text = {0};
    char why[WHY_MAX];

    grpc_reply_read(reply, &answer, &text, &decoded);
    assert(answer.code <= GRPC_UNAUTHENTICATED);
    assert(answer.retry_after_ms <= RETRY_MAX_MS);
    assert(answer.response.len <= reply->body.len);
    check_why(grpc_outcome(&otlp, &answer, why), why);
    check_why(grpc_outcome(&jaeger, &answer, why), why);
    assert((answer.code == GRPC_OK) == (grpc_outcome(&jaeger, &answer, why) == SENT));
    check_response(answer.response);
    assert(answer.code != GRPC_OK || reply->grpc_status.len > 0);
    bytes_unref(decoded);
    buf_done(&text);
}

static void check_http(const struct http_answer *http)
{
    char why[WHY_MAX];
    enum outcome outcome = http_outcome(&otlp, http, why);

    assert(http->retry_after_ms <= RETRY_MAX_MS);
    assert((outcome == SENT) == (http->status / 100 == 2));
    check_why(outcome, why);
    assert((outcome == SENT) == (http_outcome(&jaeger, http, why) == SENT));
    check_response(http->body);
}

/* Takes the lines of the head; what is left is the body. */
static void take_lines(struct answer_head *head, struct str *rest)
{
    struct str line;

    do {
        const char *end = rest->len > 0 ? memchr(rest->at, '\n', rest->len) : NULL;

        line = (struct str){rest->at, end ? (size_t)(end - rest->at) + 1 : rest->len};
        rest->at += line.len;
        rest->len -= line.len;
        if (!answer_head_line(head, line))
            assert(head->bytes > HTTP_HEADERS_MAX);
    } while (rest->len > 0 && line.len > 1);
    for (int i = 0; i < NOTES; i++)
        assert(head->notes[i].len <= HTTP_HEADERS_MAX);
    if (rest->len > BODY_MAX)
        rest->len = BODY_MAX;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct answer_head head = {0};
    struct http_answer http = {0};
    struct grpc_reply reply = {0};

    if (size < 3)
        return 0;
    http.body = (struct str){(const char *)data + 3, size - 3};
    take_lines(&head, &http.body);
    http.retry_after_ms = head.retry_after_ms;
    if (data[0] & NO_ANSWER) {
        http.error = "no answer";
        http.timed_out = data[0] & TIMED_OUT;
    } else {
        http.status = 100 + (data[1] + 256U * data[2]) % 900;
    }
    if (data[0] & BY_GRPC) {
        reply = (struct grpc_reply){.status = http.status,
                                    .grpc_status = buf_str(&head.notes[NOTE_STATUS]),
                                    .grpc_message = buf_str(&head.notes[NOTE_MESSAGE]),
                                    .grpc_details = buf_str(&head.notes[NOTE_DETAILS]),
                                    .body = http.body,
                                    .retry_after_ms = http.retry_after_ms};
        check_grpc(&reply);
    } else {
        check_http(&http);
    }
    answer_head_done(&head);
    return 0;
}
