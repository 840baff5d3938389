/*
 * Answers of HTTP and gRPC, in the terms of a sender.
 */
#include "exporters/answer.h"

#include <stdio.h>
#include <string.h>

#include "net/status.h"
#include "otlp/messages.h"

#define WHO_ARE_WE "(is an Authorization missing in headers, or an extension in auth?)"

enum { SAID_MAX = 200 }; /* bytes that are shown of what the peer says itself */

/* The peer's own words, without the line's end, in so many bytes. */
static struct str said(struct str text)
{
    text = str_trim(text);
    while (text.len > 0 && (text.at[text.len - 1] == '\n' || text.at[text.len - 1] == '\r'))
        text.len--;
    if (text.len > SAID_MAX)
        text.len = SAID_MAX;
    return text;
}

static const char *http_advice(const struct peer *peer, unsigned status)
{
    switch (status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
        return "(redirects are not followed: write the address that it means)";
    case 401:
    case 403:
        return WHO_ARE_WE;
    case 404:
    case 405:
        return peer->path_advice;
    case 415:
        return peer->form_advice;
    default:
        return NULL;
    }
}

static const char *grpc_advice(const struct peer *peer, enum grpc_code code)
{
    switch (code) {
    case GRPC_UNIMPLEMENTED:
        return peer->service_advice;
    case GRPC_UNAUTHENTICATED:
    case GRPC_PERMISSION_DENIED:
        return WHO_ARE_WE;
    default:
        return NULL;
    }
}

/* "Jaeger answers 503 (advice): what it says". */
static void tell(char why[WHY_MAX], const char *answer, const char *advice, struct str text)
{
    snprintf(why, WHY_MAX, "%s%s%s%s%.*s", answer, advice ? " " : "", advice ? advice : "",
             text.len > 0 ? ": " : "", STR_ARG(text));
}

static bool http_again(enum retry_rules rules, unsigned status)
{
    if (rules == RETRY_AS_OTLP)
        return status == 429 || (status >= 502 && status <= 504);
    return status == 408 || status == 429 || status / 100 == 5;
}

enum outcome http_outcome(const struct peer *peer, const struct http_answer *answer,
                          char why[WHY_MAX])
{
    struct str text = answer->body;
    char status[64];

    why[0] = '\0';
    if (answer->status / 100 == 2)
        return SENT;
    if (answer->status == 0) {
        snprintf(why, WHY_MAX, "%s", answer->error);
        return SEND_AGAIN;
    }
    message_read_status(answer->body, &text);
    snprintf(status, sizeof(status), "%s answers %u", peer->name, answer->status);
    tell(why, status, http_advice(peer, answer->status), said(text));
    /* The official collector says 400 where it means 413. */
    if (answer->status == 413 || (answer->status == 400 && strstr(why, "request body too large")))
        return TOO_LARGE;
    return http_again(peer->rules, answer->status) ? SEND_AGAIN : REFUSED;
}

/* Nothing but these words tells it from a server that is busy: those of gRPC's libraries in Go and
 * C++, in Java, .NET, and Rust. */
static bool is_too_large(const char *message)
{
    return strstr(message, "larger than max") || strstr(message, "exceeds maximum size") ||
           strstr(message, "exceeds the maximum") || strstr(message, "length too large");
}

static bool grpc_again(enum retry_rules rules, enum grpc_code code)
{
    enum {
        REFUSALS = 1 << GRPC_INVALID_ARGUMENT | 1 << GRPC_UNIMPLEMENTED |
                   1 << GRPC_UNAUTHENTICATED | 1 << GRPC_PERMISSION_DENIED,
        OTLP = 1 << GRPC_CANCELLED | 1 << GRPC_DEADLINE_EXCEEDED | 1 << GRPC_RESOURCE_EXHAUSTED |
               1 << GRPC_ABORTED | 1 << GRPC_OUT_OF_RANGE | 1 << GRPC_UNAVAILABLE |
               1 << GRPC_DATA_LOSS
    };

    return rules == RETRY_AS_OTLP ? OTLP >> code & 1 : !(REFUSALS >> code & 1);
}

enum outcome grpc_outcome(const struct peer *peer, const struct grpc_answer *answer,
                          char why[WHY_MAX])
{
    why[0] = '\0';
    if (answer->code == GRPC_OK)
        return SENT;
    tell(why, grpc_code_name(answer->code), grpc_advice(peer, answer->code),
         said(str_of(answer->message)));
    if ((answer->code == GRPC_RESOURCE_EXHAUSTED || answer->code == GRPC_OUT_OF_RANGE) &&
        is_too_large(answer->message))
        return TOO_LARGE;
    return grpc_again(peer->rules, answer->code) ? SEND_AGAIN : REFUSED;
}

static const char *go_name(enum grpc_code code)
{
    static const char *const names[] = {
        [GRPC_CANCELLED] = "Canceled",
        [GRPC_UNKNOWN] = "Unknown",
        [GRPC_INVALID_ARGUMENT] = "InvalidArgument",
        [GRPC_DEADLINE_EXCEEDED] = "DeadlineExceeded",
        [GRPC_NOT_FOUND] = "NotFound",
        [GRPC_ALREADY_EXISTS] = "AlreadyExists",
        [GRPC_PERMISSION_DENIED] = "PermissionDenied",
        [GRPC_RESOURCE_EXHAUSTED] = "ResourceExhausted",
        [GRPC_FAILED_PRECONDITION] = "FailedPrecondition",
        [GRPC_ABORTED] = "Aborted",
        [GRPC_OUT_OF_RANGE] = "OutOfRange",
        [GRPC_UNIMPLEMENTED] = "Unimplemented",
        [GRPC_INTERNAL] = "Internal",
        [GRPC_UNAVAILABLE] = "Unavailable",
        [GRPC_DATA_LOSS] = "DataLoss",
        [GRPC_UNAUTHENTICATED] = "Unauthenticated",
    };
    unsigned number = (unsigned)code;

    return number < sizeof(names) / sizeof(names[0]) && names[number] ? names[number] : "_OTHER";
}

const char *http_error_type(const struct http_answer *answer)
{
    if (answer->status == 0)
        return answer->timed_out ? "Deadline_Exceeded" : "_OTHER";
    if (answer->status / 100 == 2)
        return "_OTHER"; /* not by its status */
    if (answer->status == 400)
        return go_name(GRPC_INVALID_ARGUMENT);
    if (answer->status == 429)
        return go_name(GRPC_RESOURCE_EXHAUSTED);
    return go_name(grpc_code_of_http(answer->status));
}

const char *grpc_error_type(const struct grpc_answer *answer)
{
    return go_name(answer->code);
}
