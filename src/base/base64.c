/*
 * Groups of three bytes, four digits.
 */
#include "base/base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The value of a digit; -1: it is none. */
static int value_of(char c)
{
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

bool base64_read(struct str text, struct buf *out)
{
    unsigned bits = 0, value = 0;

    for (unsigned i = 0; i < 2 && text.len > 0 && text.at[text.len - 1] == '='; i++)
        text.len--;
    for (size_t i = 0; i < text.len; i++) {
        int digit = value_of(text.at[i]);

        if (digit < 0)
            return false;
        value = (value << 6 | (unsigned)digit) & 0xffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            buf_append_char(out, (char)(value >> bits & 0xff));
        }
    }
    return true;
}

void base64_write(struct buf *out, struct str bytes, bool padded)
{
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t have = bytes.len - i < 3 ? bytes.len - i : 3;
        unsigned char three[3] = {0, 0, 0};
        char four[4];

        memcpy(three, bytes.at + i, have);
        four[0] = digits[three[0] >> 2];
        four[1] = digits[(three[0] & 3) << 4 | three[1] >> 4];
        four[2] = have > 1 ? digits[(three[1] & 15) << 2 | three[2] >> 6] : '=';
        four[3] = have > 2 ? digits[three[2] & 63] : '=';
        buf_append(out, four, padded ? sizeof(four) : have + 1);
    }
}
