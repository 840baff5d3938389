/*
 * Why a request is refused before a handler sees it, and what that is in each protocol.
 */
#pragma once

#include <stdbool.h>

#include "net/status.h"

enum refusal {
    REFUSED_NONE,
    REFUSED_UNAUTHENTICATED,
    REFUSED_UNCHECKED,
    REFUSED_PATH,
    REFUSED_METHOD,
    REFUSED_TYPE,
    REFUSED_OLD_HTTP,
    REFUSED_ENCODING,
    REFUSED_TIMEOUT_FIELD,
    REFUSED_FIELDS,
    REFUSED_TARGET,
    REFUSED_SYNTAX,
    REFUSED_VERSION,
    REFUSED_EXPECTATION,
    REFUSED_SIZE,
    REFUSED_DECODED_SIZE,
    REFUSED_NO_ROOM,
    REFUSED_FLAG,
    REFUSED_UNANNOUNCED,
    REFUSED_BROKEN,
    REFUSED_TORN,
    REFUSED_NO_MESSAGE,
    REFUSED_SECOND_MESSAGE,
    REFUSED_SLOW,
    REFUSED_DEADLINE,
    REFUSALS
};

struct refusal_words {
    const char *reason;       /* for metrics: one word */
    unsigned http;            /* status over HTTP */
    enum grpc_code http_code; /* in the google.rpc.Status of its body */
    unsigned grpc_http;       /* status of a gRPC request: 200 unless the protocol says else */
    enum grpc_code grpc_code;
    unsigned retry_after_s; /* 0: no advice */
    bool plain;             /* over HTTP: the body is text, as its type is not settled */
    bool closes;            /* HTTP/1.1: where the next request begins is not known, or far away */
    const char *message;
};

const struct refusal_words *refusal_words(enum refusal refusal);
