/*
 * Any bytes as an ExportLogsServiceRequest.
 */
#include "fuzz/signal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_signal(LOGS, data, size);
}
