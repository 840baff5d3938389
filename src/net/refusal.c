/*
 * The table of refusals.
 */
#include "net/refusal.h"

#include <assert.h>

static const struct refusal_words table[REFUSALS] = {
    [REFUSED_UNAUTHENTICATED] = {401, GRPC_UNAUTHENTICATED, 200, GRPC_UNAUTHENTICATED,
                                 .message = "the credentials are not valid"},
    [REFUSED_UNCHECKED] = {503, GRPC_UNAVAILABLE, 200, GRPC_UNAVAILABLE, .retry_after_s = 1,
                           .message = "the credentials cannot be checked now, try again"},
    [REFUSED_PATH] = {404, GRPC_NOT_FOUND, 200, GRPC_UNIMPLEMENTED, .plain = true,
                      .message = "nothing is served at this path"},
    [REFUSED_METHOD] = {405, GRPC_UNIMPLEMENTED, 405, GRPC_UNIMPLEMENTED, .plain = true,
                        .message = "method not allowed, supported: [POST]"},
    [REFUSED_TYPE] = {415, GRPC_INVALID_ARGUMENT, 415, GRPC_INVALID_ARGUMENT, .plain = true,
                      .message = "unsupported media type"},
    [REFUSED_OLD_HTTP] = {505, GRPC_FAILED_PRECONDITION, 200, GRPC_FAILED_PRECONDITION,
                          .plain = true, .message = "gRPC needs HTTP/2"},
    [REFUSED_ENCODING] = {415, GRPC_INVALID_ARGUMENT, 200, GRPC_UNIMPLEMENTED,
                          .message = "unknown encoding"},
    [REFUSED_TIMEOUT_FIELD] = {400, GRPC_INVALID_ARGUMENT, 400, GRPC_INTERNAL,
                               .message = "malformed grpc-timeout"},
    [REFUSED_FIELDS] = {431, GRPC_RESOURCE_EXHAUSTED, 431, GRPC_RESOURCE_EXHAUSTED, .plain = true,
                        .closes = true, .message = "header fields too large"},
    [REFUSED_TARGET] = {414, GRPC_INVALID_ARGUMENT, 200, GRPC_INVALID_ARGUMENT, .plain = true,
                        .closes = true, .message = "request line too long: at most 8 KiB"},
    [REFUSED_SYNTAX] = {400, GRPC_INVALID_ARGUMENT, 400, GRPC_INTERNAL, .plain = true,
                        .closes = true, .message = "malformed request"},
    [REFUSED_VERSION] = {505, GRPC_UNIMPLEMENTED, 200, GRPC_UNIMPLEMENTED, .plain = true,
                         .closes = true,
                         .message = "only HTTP/1.1, HTTP/1.0 and HTTP/2 are spoken"},
    [REFUSED_EXPECTATION] = {417, GRPC_FAILED_PRECONDITION, 200, GRPC_FAILED_PRECONDITION,
                             .plain = true, .closes = true,
                             .message = "only Expect: 100-continue can be met"},
    [REFUSED_SIZE] = {413, GRPC_RESOURCE_EXHAUSTED, 200, GRPC_RESOURCE_EXHAUSTED, .closes = true,
                      .message = "request body too large"},
    [REFUSED_DECODED_SIZE] = {413, GRPC_RESOURCE_EXHAUSTED, 200, GRPC_RESOURCE_EXHAUSTED,
                              .message = "request body too large after decompression"},
    [REFUSED_NO_ROOM] = {503, GRPC_UNAVAILABLE, 200, GRPC_UNAVAILABLE, .retry_after_s = 1,
                         .message = "no memory for the request now, try again"},
    [REFUSED_FLAG] = {400, GRPC_INVALID_ARGUMENT, 200, GRPC_INTERNAL,
                      .message = "malformed message: its flag is neither 0 nor 1"},
    [REFUSED_UNANNOUNCED] = {400, GRPC_INVALID_ARGUMENT, 200, GRPC_INTERNAL,
                             .message = "compressed message without a grpc-encoding"},
    [REFUSED_BROKEN] = {400, GRPC_INVALID_ARGUMENT, 200, GRPC_INTERNAL,
                        .message = "compressed data is damaged"},
    [REFUSED_TORN] = {400, GRPC_INVALID_ARGUMENT, 200, GRPC_INTERNAL,
                      .message = "the request ends inside its message"},
    [REFUSED_NO_MESSAGE] = {400, GRPC_INVALID_ARGUMENT, 200, GRPC_INTERNAL,
                            .message = "the request has no message"},
    [REFUSED_SECOND_MESSAGE] = {400, GRPC_INVALID_ARGUMENT, 200, GRPC_INTERNAL,
                                .message = "the request has more than one message"},
    [REFUSED_SLOW] = {408, GRPC_DEADLINE_EXCEEDED, 200, GRPC_DEADLINE_EXCEEDED, .closes = true,
                      .message = "the request came too slowly"},
    [REFUSED_DEADLINE] = {504, GRPC_DEADLINE_EXCEEDED, 200, GRPC_DEADLINE_EXCEEDED,
                          .message = "the time of grpc-timeout has passed"},
};

const struct refusal_words *refusal_words(enum refusal refusal)
{
    assert(refusal > REFUSED_NONE && refusal < REFUSALS);
    return &table[refusal];
}
