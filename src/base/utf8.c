/*
 * UTF-8: finding and replacing bytes that are wrong.
 */
#include "base/utf8.h"

static bool continues(struct str s, size_t i, unsigned low, unsigned high)
{
    return i < s.len && (unsigned char)s.at[i] >= low && (unsigned char)s.at[i] <= high;
}

size_t utf8_char(struct str s)
{
    unsigned first = s.len > 0 ? (unsigned char)s.at[0] : 0xff;
    unsigned low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80; /* no overlong forms */
    unsigned high = first == 0xed   ? 0x9f
                    : first == 0xf4 ? 0x8f
                                    : 0xbf; /* no surrogates, no more than U+10FFFF */

    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4 || !continues(s, 1, low, high))
        return 0;
    if (first < 0xe0)
        return 2;
    if (!continues(s, 2, 0x80, 0xbf))
        return 0;
    if (first < 0xf0)
        return 3;
    return continues(s, 3, 0x80, 0xbf) ? 4 : 0;
}

bool utf8_valid_slow(struct str s)
{
    while (s.len > 0) {
        size_t len = utf8_char(s);

        if (len == 0)
            return false;
        s.at += len;
        s.len -= len;
    }
    return true;
}

void utf8_mend(struct buf *out, struct str s)
{
    while (s.len > 0) {
        size_t len = utf8_char(s);

        if (len > 0)
            buf_append(out, s.at, len);
        else
            buf_append(out, "\xef\xbf\xbd", 3);
        len += len == 0;
        s.at += len;
        s.len -= len;
    }
}
