/*
 * Any bytes as an ExportMetricsServiceRequest.
 */
#include "fuzz/signal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_signal(METRICS, data, size);
}
