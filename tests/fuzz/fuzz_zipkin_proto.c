/*
 * Any bytes as Zipkin's protobuf: see fuzz/zipkin.h.
 */
#include "fuzz/zipkin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str body = {(const char *)data, size};

    try_read(zipkin_read_proto, body);
    return 0;
}
