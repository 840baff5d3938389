/*
 * The outcome of a request in the words of both protocols: gRPC's codes, and the HTTP status that
 * stands for each. https://github.com/grpc/grpc/blob/master/doc/statuscodes.md
 */
#pragma once

#include <stdbool.h>

enum grpc_code {
    GRPC_OK = 0,
    GRPC_CANCELLED = 1,
    GRPC_UNKNOWN = 2,
    GRPC_INVALID_ARGUMENT = 3,
    GRPC_DEADLINE_EXCEEDED = 4,
    GRPC_NOT_FOUND = 5,
    GRPC_ALREADY_EXISTS = 6,
    GRPC_PERMISSION_DENIED = 7,
    GRPC_RESOURCE_EXHAUSTED = 8,
    GRPC_FAILED_PRECONDITION = 9,
    GRPC_ABORTED = 10,
    GRPC_OUT_OF_RANGE = 11,
    GRPC_UNIMPLEMENTED = 12,
    GRPC_INTERNAL = 13,
    GRPC_UNAVAILABLE = 14,
    GRPC_DATA_LOSS = 15,
    GRPC_UNAUTHENTICATED = 16
};

/* "UNAVAILABLE"; "UNKNOWN" for numbers that mean nothing. */
const char *grpc_code_name(unsigned code);

/* The HTTP status that a server answers with for a gRPC code (OTLP/HTTP, "Failures"). */
unsigned grpc_code_to_http(enum grpc_code code);

/*
 * The gRPC code that a client reads out of an HTTP status where no grpc-status came.
 * https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md
 */
enum grpc_code grpc_code_of_http(unsigned status);
