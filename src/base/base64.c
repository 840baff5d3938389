/*
 * Base64.
 */
#include "base/base64.h"

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

void base64_append(struct buf *out, struct str bytes, bool padded)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t have = bytes.len - i < 3 ? bytes.len - i : 3;
        unsigned char three[3] = {0, 0, 0};
        char four[4] = {'=', '=', '=', '='};

        memcpy(three, bytes.at + i, have);
        four[0] = digits[three[0] >> 2];
        four[1] = digits[(three[0] & 3) << 4 | three[1] >> 4];
        if (have > 1)
            four[2] = digits[(three[1] & 15) << 2 | three[2] >> 6];
        if (have > 2)
            four[3] = digits[three[2] & 63];
        buf_append(out, four, padded ? 4 : have + 1);
    }
}

bool base64_decode(struct str text, char *to, size_t *len)
{
    char *start = to;
    uint32_t group = 0;
    unsigned bits = 0; /* of group, not written yet */
    size_t padding = 0;

    while (padding < 2 && text.len > 0 && text.at[text.len - 1] == '=') {
        text.len--;
        padding++;
    }
    if (padding > 0 && (text.len + padding) % 4 != 0)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        int value = value_of(text.at[i]);

        if (value < 0)
            return false;
        group = group << 6 | (uint32_t)value;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            *to++ = (char)(group >> bits);
        }
    }
    *len = (size_t)(to - start);
    return text.len % 4 != 1;
}
