/*
 * Answers of HTTP and gRPC, in the terms of a sender.
 */
#include "exporters/answer.h"

#include <stdio.h>
#include <string.h>

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

enum outcome http_outcome(const struct peer *peer, const struct http_answer *answer,
                          char why[WHY_MAX])
{
    struct str text = said(answer->body);

    why[0] = '\0';
    if (answer->status / 100 == 2)
        return SENT;
    if (answer->status == 0) {
        snprintf(why, WHY_MAX, "%s", answer->error);
        return SEND_AGAIN;
    }
    snprintf(why, WHY_MAX, "%s answers %u%s%s%.*s", peer->name, answer->status,
             peer->http_advice(answer->status), text.len > 0 ? ": " : "", STR_ARG(text));
    if (answer->status == 413)
        return TOO_LARGE;
    return answer->status == 408 || answer->status == 429 || answer->status / 100 == 5 ? SEND_AGAIN
                                                                                       : REFUSED;
}

/* A server that is busy says RESOURCE_EXHAUSTED too; of a message beyond its limit the libraries of
 * gRPC say it, in Go and C++ in the first words, in Java in the others. */
static bool is_too_large(const char *message)
{
    return strstr(message, "larger than max") || strstr(message, "exceeds maximum size");
}

enum outcome grpc_outcome(const struct peer *peer, const struct grpc_answer *answer,
                          char why[WHY_MAX])
{
    struct str text = said(str_of(answer->message));

    why[0] = '\0';
    if (answer->code == GRPC_OK)
        return SENT;
    snprintf(why, WHY_MAX, "%s%s%s%.*s", grpc_code_name(answer->code),
             peer->grpc_advice(answer->code), text.len > 0 ? ": " : "", STR_ARG(text));
    switch (answer->code) {
    case GRPC_INVALID_ARGUMENT:
    case GRPC_UNIMPLEMENTED:
    case GRPC_UNAUTHENTICATED:
    case GRPC_PERMISSION_DENIED:
        return REFUSED;
    case GRPC_RESOURCE_EXHAUSTED:
        return is_too_large(answer->message) ? TOO_LARGE : SEND_AGAIN;
    default:
        return SEND_AGAIN;
    }
}
