/*
 * What a server sends as grpc-status-details-bin: whatever it is, the wait stays bounded.
 */
#include <assert.h>

#include "net/grpc_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t retry_after_ms = 0;

    if (grpc_retry_info((struct str){(const char *)data, size}, &retry_after_ms))
        assert(retry_after_ms <= 300000);
    else
        assert(retry_after_ms == 0);
    return 0;
}
