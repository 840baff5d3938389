/*
 * What comes to jaeger.api_v2.CollectorService/PostSpans.
 */
#include "jaeger/from_api_v2.h"

#include "fuzz/from_jaeger.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t before = budget_used();
    struct from_report report;

    taken_check(from_api_v2((struct str){(const char *)data, size}, &report), size, &report);
    assert(budget_used() == before);
    return 0;
}
