/*
 * What comes to /api/traces and to the agent's ports. The first byte says which: 1 is compact, else
 * the binary protocol; 2 is a message of the agent, else a batch.
 */
#include "jaeger/from_thrift.h"

#include "fuzz/from_jaeger.h"
#include "fuzz/fuzz.h"

enum { COMPACT = 1, MESSAGE = 2 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t before = budget_used();
    struct from_report report;
    enum thrift_protocol protocol;
    struct str rest;

    if (size == 0)
        return 0;
    protocol = data[0] & COMPACT ? THRIFT_COMPACT : THRIFT_BINARY;
    rest = (struct str){(const char *)data + 1, size - 1};
    taken_check(data[0] & MESSAGE ? from_thrift_message(rest, protocol, &report)
                                  : from_thrift_batch(rest, protocol, &report),
                rest.len, &report);
    assert(budget_used() == before);
    return 0;
}
