/*
 * Any bytes as Zipkin's JSON, v2 and v1: see fuzz/zipkin.h.
 */
#include "fuzz/zipkin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str body = {(const char *)data, size};

    try_read(zipkin_read_json, body);
    try_read(zipkin_read_v1_json, body);
    return 0;
}
