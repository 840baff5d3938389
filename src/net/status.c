/*
 * One table of codes.
 */
#include "net/status.h"

static const struct {
    const char *name;
    unsigned http;
} codes[] = {
    [GRPC_OK] = {"OK", 200},
    [GRPC_CANCELLED] = {"CANCELLED", 503},
    [GRPC_UNKNOWN] = {"UNKNOWN", 500},
    [GRPC_INVALID_ARGUMENT] = {"INVALID_ARGUMENT", 400},
    [GRPC_DEADLINE_EXCEEDED] = {"DEADLINE_EXCEEDED", 503},
    [GRPC_NOT_FOUND] = {"NOT_FOUND", 500},
    [GRPC_ALREADY_EXISTS] = {"ALREADY_EXISTS", 500},
    [GRPC_PERMISSION_DENIED] = {"PERMISSION_DENIED", 403},
    [GRPC_RESOURCE_EXHAUSTED] = {"RESOURCE_EXHAUSTED", 429},
    [GRPC_FAILED_PRECONDITION] = {"FAILED_PRECONDITION", 500},
    [GRPC_ABORTED] = {"ABORTED", 503},
    [GRPC_OUT_OF_RANGE] = {"OUT_OF_RANGE", 503},
    [GRPC_UNIMPLEMENTED] = {"UNIMPLEMENTED", 404},
    [GRPC_INTERNAL] = {"INTERNAL", 500},
    [GRPC_UNAVAILABLE] = {"UNAVAILABLE", 503},
    [GRPC_DATA_LOSS] = {"DATA_LOSS", 503},
    [GRPC_UNAUTHENTICATED] = {"UNAUTHENTICATED", 401},
};

enum { CODE_COUNT = sizeof(codes) / sizeof(codes[0]) };

const char *grpc_code_name(unsigned code)
{
    return codes[code < CODE_COUNT ? code : GRPC_UNKNOWN].name;
}

unsigned grpc_code_to_http(enum grpc_code code)
{
    return codes[(unsigned)code < CODE_COUNT ? (unsigned)code : GRPC_UNKNOWN].http;
}

enum grpc_code grpc_code_of_http(unsigned status)
{
    switch (status) {
    case 400:
        return GRPC_INTERNAL;
    case 401:
        return GRPC_UNAUTHENTICATED;
    case 403:
        return GRPC_PERMISSION_DENIED;
    case 404:
        return GRPC_UNIMPLEMENTED;
    case 429:
    case 502:
    case 503:
    case 504:
        return GRPC_UNAVAILABLE;
    default:
        return GRPC_UNKNOWN;
    }
}
