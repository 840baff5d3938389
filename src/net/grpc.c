/*
 * gRPC's prefix, time-outs, percent- and base64-encoding.
 */
#include "net/grpc.h"

#include <stdint.h>

#include "base/base64.h"

bool grpc_content_type(struct str value)
{
    static const struct str prefix = {"application/grpc", 16};

    if (value.len < prefix.len || !str_eq_nocase((struct str){value.at, prefix.len}, prefix))
        return false;
    return value.len == prefix.len || strchr("+; \t", value.at[prefix.len]);
}

size_t grpc_prefix_feed(struct grpc_prefix *prefix, const char *at, size_t len)
{
    size_t used = GRPC_PREFIX_SIZE - prefix->have;

    if (used > len)
        used = len;
    memcpy(prefix->at + prefix->have, at, used);
    prefix->have += (unsigned)used;
    return used;
}

uint32_t grpc_prefix_length(const struct grpc_prefix *prefix)
{
    return (uint32_t)prefix->at[1] << 24 | (uint32_t)prefix->at[2] << 16 |
           (uint32_t)prefix->at[3] << 8 | prefix->at[4];
}

void grpc_prefix_write(struct buf *out, uint32_t length)
{
    const unsigned char prefix[GRPC_PREFIX_SIZE] = {
        0, (unsigned char)(length >> 24), (unsigned char)(length >> 16),
        (unsigned char)(length >> 8), (unsigned char)length};

    buf_append(out, prefix, sizeof(prefix));
}

bool grpc_timeout_parse(struct str value, uint64_t *ms)
{
    static const struct {
        char unit;
        uint64_t times, divided_by; /* to milliseconds */
    } units[] = {{'H', 3600000, 1}, {'M', 60000, 1}, {'S', 1000, 1},
                 {'m', 1, 1},       {'u', 1, 1000},  {'n', 1, 1000000}};
    uint64_t number;

    if (value.len < 2 || value.len > 9 ||
        !str_to_uint((struct str){value.at, value.len - 1}, 99999999, &number))
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
        if (units[i].unit != value.at[value.len - 1])
            continue;
        *ms = (number * units[i].times + units[i].divided_by - 1) / units[i].divided_by;
        return true;
    }
    return false;
}

void grpc_message_write(struct buf *out, struct str message)
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t i = 0; i < message.len; i++) {
        unsigned char c = (unsigned char)message.at[i];

        if (c >= 0x20 && c <= 0x7e && c != '%') {
            buf_append_char(out, (char)c);
        } else {
            const char escaped[3] = {'%', hex[c >> 4], hex[c & 15]};

            buf_append(out, escaped, sizeof(escaped));
        }
    }
}

void grpc_binary_write(struct buf *out, struct str value)
{
    base64_append(out, value, false);
}

/* Appends a field with a length: tag, length as a varint, bytes. */
static void write_field(struct buf *out, char tag, struct str value)
{
    size_t len = value.len;

    buf_append_char(out, tag);
    for (; len >= 0x80; len >>= 7)
        buf_append_char(out, (char)(len | 0x80));
    buf_append_char(out, (char)len);
    buf_append_str(out, value);
}

void grpc_retry_status_write(struct buf *out, unsigned code, struct str message, unsigned seconds)
{
    /* Any: 1 type_url, 2 value; RetryInfo: 1 retry_delay; Duration: 1 seconds */
    const char retry_info[] = {0x0a, 0x02, 0x08, (char)seconds};
    struct buf any = {0};

    write_field(&any, 0x0a, STR("type.googleapis.com/google.rpc.RetryInfo"));
    write_field(&any, 0x12, (struct str){retry_info, sizeof(retry_info)});
    buf_append_char(out, 0x08); /* Status: 1 code, 2 message, 3 details */
    buf_append_char(out, (char)code);
    write_field(out, 0x12, message);
    write_field(out, 0x1a, buf_str(&any));
    buf_done(&any);
}
