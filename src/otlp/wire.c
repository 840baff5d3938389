/*
 * The rare part of reading the wire format.
 */
#include "otlp/wire.h"

const uint8_t *wire_long_varint(const uint8_t *at, const uint8_t *end, uint64_t *out)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 70 && at < end; shift += 7) {
        uint8_t byte = *at++;

        value |= (uint64_t)(byte & 0x7f) << shift; /* of the tenth byte one bit is of use */
        if (byte < 0x80) {
            *out = value;
            return at;
        }
    }
    return NULL;
}
