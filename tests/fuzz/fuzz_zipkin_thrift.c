/*
 * Any bytes as Zipkin's v1 in Thrift: see fuzz/zipkin.h.
 */
#include "fuzz/zipkin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str body = {(const char *)data, size};

    try_read(zipkin_read_thrift, body);
    return 0;
}
