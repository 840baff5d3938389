/*
 * JSON strings: RFC 8259, 7.
 */
#include "base/json_string.h"

#include "base/utf8.h"

static size_t plain_len(struct str text)
{
    size_t len = 0;

    while (len < text.len && (unsigned char)text.at[len] >= 0x20 && text.at[len] != '"' &&
           text.at[len] != '\\' && (unsigned char)text.at[len] < 0x7f)
        len++;
    return len;
}

/*
 * The code point, where it is one that ends a line or steers a terminal, or that YAML does not take
 * as it is: DEL, C1, U+2028, U+2029, U+FFFE, U+FFFF; else 0.
 */
static unsigned special(struct str c)
{
    unsigned char last = (unsigned char)c.at[c.len - 1];

    if (c.len == 1)
        return last == 0x7f ? last : 0;
    if (c.len == 2)
        return (unsigned char)c.at[0] == 0xc2 && last < 0xa0 ? last : 0;
    if (c.len == 3 && memcmp(c.at, "\xe2\x80", 2) == 0 && (last == 0xa8 || last == 0xa9))
        return 0x2000 | (last & 0x3f);
    if (c.len == 3 && memcmp(c.at, "\xef\xbf", 2) == 0 && last >= 0xbe)
        return 0xffc0 | (last & 0x3f);
    return 0;
}

static void write_character(struct buf *out, struct str c)
{
    static const char names[] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    unsigned char first = (unsigned char)c.at[0];

    if (special(c) > 0) {
        buf_printf(out, "\\u%04x", special(c));
    } else if (c.len > 1) {
        buf_append_str(out, c);
    } else if (first >= 0x80) {
        buf_append_str(out, STR("\xef\xbf\xbd"));
    } else if (first >= 0x20) {
        buf_append_char(out, '\\');
        buf_append_char(out, (char)first);
    } else if (first < sizeof(names) && names[first] != '\0') {
        buf_append_char(out, '\\');
        buf_append_char(out, names[first]);
    } else {
        buf_printf(out, "\\u%04x", first);
    }
}

void json_write_string(struct buf *out, struct str text)
{
    buf_append_char(out, '"');
    while (text.len > 0) {
        size_t len = plain_len(text);

        if (len > 0) {
            buf_append(out, text.at, len);
        } else {
            len = utf8_char(text);
            len += len == 0;
            write_character(out, (struct str){text.at, len});
        }
        text.at += len;
        text.len -= len;
    }
    buf_append_char(out, '"');
}
