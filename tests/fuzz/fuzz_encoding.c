/*
 * Decoding of any bytes: the first says which encoding. The result keeps to the limit, and the
 * budget is as it was.
 */
#include <assert.h>

#include "base/budget.h"
#include "net/encoding.h"

enum { MOST = 256 << 10 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes *out;

    if (size == 0)
        return 0;
    if (encoding_decode((enum encoding)(data[0] % (ENCODING_UNKNOWN + 1)),
                        (struct str){(const char *)data + 1, size - 1}, MOST, &out) == DECODE_OK)
        assert(out->len <= MOST);
    else
        assert(!out);
    bytes_unref(out);
    assert(budget_used() == 0);
    return 0;
}
