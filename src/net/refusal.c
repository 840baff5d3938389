/*
 * The table of refusals.
 */
#include "net/refusal.h"

#include <assert.h>

static const struct refusal_words table[REFUSALS] = {
    [REFUSED_UNAUTHENTICATED] = {"unauthenticated", 401, GRPC_UNAUTHENTICATED, 200,
                                 GRPC_UNAUTHENTICATED, .message = "the credentials are not valid"},
    [REFUSED_UNCHECKED] = {"credentials_unchecked", 503, GRPC_UNAVAILABLE, 200, GRPC_UNAVAILABLE,
                           .retry_after_s = 1,
                           .message = "the credentials cannot be checked now, try again"},
    [REFUSED_PATH] = {"path", 404, GRPC_NOT_FOUND, 200, GRPC_UNIMPLEMENTED, .plain = true,
                      .message = "nothing is served at this path"},
    [REFUSED_METHOD] = {"method", 405, GRPC_UNIMPLEMENTED, 405, GRPC_UNIMPLEMENTED, .plain = true,
                        .message = "method not allowed, supported: [POST]"},
    [REFUSED_TYPE] = {"content_type", 415, GRPC_INVALID_ARGUMENT, 415, GRPC_INVALID_ARGUMENT,
                      .plain = true, .message = "unsupported media type"},
    [REFUSED_OLD_HTTP] = {"old_http", 505, GRPC_FAILED_PRECONDITION, 200, GRPC_FAILED_PRECONDITION,
                          .plain = true, .message = "gRPC needs HTTP/2"},
    [REFUSED_ENCODING] = {"encoding", 415, GRPC_INVALID_ARGUMENT, 200, GRPC_UNIMPLEMENTED,
                          .message = "unknown encoding"},
    [REFUSED_TIMEOUT_FIELD] = {"timeout_field", 400, GRPC_INVALID_ARGUMENT, 400, GRPC_INTERNAL,
                               .message = "malformed grpc-timeout"},
    [REFUSED_FIELDS] = {"header_too_large", 431, GRPC_RESOURCE_EXHAUSTED, 431,
                        GRPC_RESOURCE_EXHAUSTED, .plain = true, .closes = true,
                        .message = "header fields too large"},
    [REFUSED_TARGET] = {"target_too_long", 414, GRPC_INVALID_ARGUMENT, 200, GRPC_INVALID_ARGUMENT,
                        .plain = true, .closes = true,
                        .message = "request line too long: at most 8 KiB"},
    [REFUSED_SYNTAX] = {"syntax", 400, GRPC_INVALID_ARGUMENT, 400, GRPC_INTERNAL, .plain = true,
                        .closes = true, .message = "malformed request"},
    [REFUSED_VERSION] = {"http_version", 505, GRPC_UNIMPLEMENTED, 200, GRPC_UNIMPLEMENTED,
                         .plain = true, .closes = true,
                         .message = "only HTTP/1.1, HTTP/1.0 and HTTP/2 are spoken"},
    [REFUSED_EXPECTATION] = {"expectation", 417, GRPC_FAILED_PRECONDITION, 200,
                             GRPC_FAILED_PRECONDITION, .plain = true, .closes = true,
                             .message = "only Expect: 100-continue can be met"},
    [REFUSED_SIZE] = {"too_large", 413, GRPC_RESOURCE_EXHAUSTED, 200, GRPC_RESOURCE_EXHAUSTED,
                      .closes = true, .message = "request body too large"},
    [REFUSED_DECODED_SIZE] = {"too_large_decompressed", 413, GRPC_RESOURCE_EXHAUSTED, 200,
                              GRPC_RESOURCE_EXHAUSTED,
                              .message = "request body too large after decompression"},
    [REFUSED_NO_ROOM] = {"memory", 503, GRPC_UNAVAILABLE, 200, GRPC_UNAVAILABLE, .retry_after_s = 1,
                         .message = "no memory for the request now, try again"},
    [REFUSED_FLAG] = {"message_flag", 400, GRPC_INVALID_ARGUMENT, 200, GRPC_INTERNAL,
                      .message = "malformed message: its flag is neither 0 nor 1"},
    [REFUSED_UNANNOUNCED] = {"compression_unannounced", 400, GRPC_INVALID_ARGUMENT, 200,
                             GRPC_INTERNAL,
                             .message = "compressed message without a grpc-encoding"},
    [REFUSED_BROKEN] = {"compression_damaged", 400, GRPC_INVALID_ARGUMENT, 200, GRPC_INTERNAL,
                        .message = "compressed data is damaged"},
    [REFUSED_TORN] = {"torn", 400, GRPC_INVALID_ARGUMENT, 200, GRPC_INTERNAL,
                      .message = "the request ends inside its message"},
    [REFUSED_NO_MESSAGE] = {"no_message", 400, GRPC_INVALID_ARGUMENT, 200, GRPC_INTERNAL,
                            .message = "the request has no message"},
    [REFUSED_SECOND_MESSAGE] = {"second_message", 400, GRPC_INVALID_ARGUMENT, 200, GRPC_INTERNAL,
                                .message = "the request has more than one message"},
    [REFUSED_SLOW] = {"slow", 408, GRPC_DEADLINE_EXCEEDED, 200, GRPC_DEADLINE_EXCEEDED,
                      .closes = true, .message = "the request came too slowly"},
    [REFUSED_DEADLINE] = {"deadline", 504, GRPC_DEADLINE_EXCEEDED, 200, GRPC_DEADLINE_EXCEEDED,
                          .message = "the time of grpc-timeout has passed"},
};

const struct refusal_words *refusal_words(enum refusal refusal)
{
    assert(refusal > REFUSED_NONE && refusal < REFUSALS);
    return &table[refusal];
}
