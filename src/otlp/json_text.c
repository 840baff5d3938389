/*
 * JSON as Go's encoding/json writes it, HTML escaping off: what the OpenTelemetry Collector's own
 * Jaeger exporter puts in tags, byte by byte.
 */
#include "otlp/json_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/budget.h"
#include "base/mem.h"
#include "otlp/check.h"

enum { MEMBERS_ALWAYS = 1 << 20 /* bytes of a map's members, taken without asking */ };

struct member { /* of a map */
    struct attribute_view attribute;
    size_t place; /* in the order of the wire */
};

static void escaped_append(struct buf *buf, unsigned char c)
{
    static const char short_forms[] = {
        ['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
        ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't',
    };

    if (c < sizeof(short_forms) && short_forms[c] != '\0') {
        buf_append_char(buf, '\\');
        buf_append_char(buf, short_forms[c]);
    } else {
        buf_printf(buf, "\\u%04x", c);
    }
}

/* Of what makes the text too long, only so much that it shows. */
static struct str cut(struct str s)
{
    return (struct str){s.at, s.len <= JSON_TEXT_MAX_SIZE ? s.len : JSON_TEXT_MAX_SIZE + 1};
}

static void string_append(struct buf *buf, struct str s)
{
    size_t plain = 0; /* where the run of bytes begins that stay as they are */

    s = cut(s);
    buf_append_char(buf, '"');
    for (size_t i = 0; i < s.len && buf->len <= JSON_TEXT_MAX_SIZE; i++) {
        unsigned char c = (unsigned char)s.at[i];

        /* U+2028 and U+2029, E2 80 A8 and E2 80 A9: line ends in old JavaScript. */
        if (c == 0xe2 && s.len - i >= 3 && (unsigned char)s.at[i + 1] == 0x80 &&
            ((unsigned char)s.at[i + 2] & 0xfe) == 0xa8) {
            buf_append(buf, s.at + plain, i - plain);
            buf_append_str(buf, (s.at[i + 2] & 1) == 0 ? STR("\\u2028") : STR("\\u2029"));
            i += 2;
            plain = i + 1;
        } else if (c < 0x20 || c == '"' || c == '\\') {
            buf_append(buf, s.at + plain, i - plain);
            escaped_append(buf, c);
            plain = i + 1;
        }
    }
    if (plain < s.len)
        buf_append(buf, s.at + plain, s.len - plain);
    buf_append_char(buf, '"');
}

/* Adds one to the last of the digits "d.ddde+xx"; false where that carries out of the first. */
static bool digits_increment(char *digits)
{
    char *end = strchr(digits, 'e');

    for (char *at = end - 1; at >= digits; at--) {
        if (*at == '.')
            continue;
        if (*at != '9') {
            ++*at;
            return true;
        }
        *at = '0';
    }
    return false;
}

/*
 * The fewest digits that read back to the same number, as "d.ddde+xx". At a power of two the gap
 * below is half the gap above, so the nearest decimal may read back to another number while the
 * next one above does not.
 */
static void shortest_digits(double number, char *digits, size_t size)
{
    int exponent;
    bool power_of_two = fabs(frexp(number, &exponent)) == 0.5;

    for (int precision = 0; precision < 17; precision++) {
        snprintf(digits, size, "%.*e", precision, number);
        if (strtod(digits, NULL) == number)
            return;
        if (power_of_two && digits_increment(digits) && strtod(digits, NULL) == number)
            return;
    }
}

/* Plain from 1e-6 up to 1e21, else with an exponent of as few digits as it needs. */
static void number_append(struct buf *buf, double number)
{
    char text[32], digits[32] = "";
    size_t count = 0;
    int exponent;
    char *at = text;

    if (signbit(number))
        buf_append_char(buf, '-');
    if (number == 0) {
        buf_append_char(buf, '0');
        return;
    }
    shortest_digits(fabs(number), text, sizeof(text));
    for (; *at != 'e'; at++)
        if (*at != '.')
            digits[count++] = *at;
    while (count > 1 && digits[count - 1] == '0')
        count--;
    exponent = atoi(at + 1);

    if (exponent < -6 || exponent >= 21) {
        buf_append_char(buf, digits[0]);
        if (count > 1) {
            buf_append_char(buf, '.');
            buf_append(buf, digits + 1, count - 1);
        }
        buf_printf(buf, "e%+d", exponent);
        return;
    }
    if (exponent < 0) {
        buf_append_str(buf, STR("0."));
        for (int i = -1; i > exponent; i--)
            buf_append_char(buf, '0');
        buf_append(buf, digits, count);
        return;
    }
    for (size_t i = 0; i < count || i <= (size_t)exponent; i++) {
        if (i == (size_t)exponent + 1)
            buf_append_char(buf, '.');
        buf_append_char(buf, i < count ? digits[i] : '0');
    }
}

static int member_compare(const void *a, const void *b)
{
    const struct member *left = a, *right = b;
    int order = str_cmp(left->attribute.key, right->attribute.key);

    return order != 0 ? order : left->place < right->place ? -1 : 1;
}

static bool value_append(struct buf *buf, const struct value_view *value, unsigned nesting);

static bool array_append(struct buf *buf, const struct value_view *array, unsigned nesting)
{
    struct repeated elements = value_elements(array);
    struct value_view value;
    struct str message;
    bool first = true;

    buf_append_char(buf, '[');
    while (repeated_next(&elements, &message)) {
        if (!first)
            buf_append_char(buf, ',');
        first = false;
        value_read(message, &value);
        if (!value_append(buf, &value, nesting))
            return false;
    }
    buf_append_char(buf, ']');
    return true;
}

static bool members_append(struct buf *buf, const struct member *members, size_t count,
                           unsigned nesting)
{
    bool first = true;

    buf_append_char(buf, '{');
    for (size_t i = 0; i < count; i++) {
        const struct attribute_view *attribute = &members[i].attribute;

        if (i + 1 < count && str_eq(attribute->key, members[i + 1].attribute.key))
            continue; /* the last of equal keys stays */
        if (!first)
            buf_append_char(buf, ',');
        first = false;
        string_append(buf, attribute->key);
        buf_append_char(buf, ':');
        if (!value_append(buf, &attribute->value, nesting))
            return false;
    }
    buf_append_char(buf, '}');
    return true;
}

static bool map_append(struct buf *buf, const struct value_view *map, unsigned nesting)
{
    struct repeated elements = value_elements(map), left = elements;
    struct member *members;
    size_t count = 0, size;
    struct str message;
    bool ok;

    while (repeated_next(&left, &message))
        count++;
    size = count * sizeof(*members);
    if (size <= MEMBERS_ALWAYS)
        budget_add(size);
    else if (!budget_reserve(size))
        return false;
    members = mem_alloc(size);
    for (size_t i = 0; i < count && attribute_next(&elements, &members[i].attribute); i++)
        members[i].place = i;
    qsort(members, count, sizeof(*members), member_compare);
    ok = members_append(buf, members, count, nesting);
    free(members);
    budget_release(size);
    return ok;
}

/* False: the whole text is void. */
static bool value_append(struct buf *buf, const struct value_view *value, unsigned nesting)
{
    if (buf->len > JSON_TEXT_MAX_SIZE)
        return false;
    switch (value->kind) {
    case VALUE_STRING:
        string_append(buf, value->bytes);
        return true;
    case VALUE_BOOL:
        buf_append_str(buf, value->boolean ? STR("true") : STR("false"));
        return true;
    case VALUE_INT:
        buf_printf(buf, "%lld", (long long)value->integer);
        return true;
    case VALUE_DOUBLE:
        if (!isfinite(value->number))
            return false;
        number_append(buf, value->number);
        return true;
    case VALUE_BYTES:
        if (value->bytes.len == 0)
            break;
        buf_append_char(buf, '"');
        base64_append(buf, cut(value->bytes), true);
        buf_append_char(buf, '"');
        return true;
    case VALUE_ARRAY:
        return nesting < CHECK_MAX_NESTING && array_append(buf, value, nesting + 1);
    case VALUE_KVLIST:
        return nesting < CHECK_MAX_NESTING && map_append(buf, value, nesting + 1);
    case VALUE_EMPTY:
        break;
    }
    buf_append_str(buf, STR("null"));
    return true;
}

struct str json_text(const struct value_view *value, struct buf *buf)
{
    buf_reset(buf);
    if (!value_append(buf, value, 0) || buf->len > JSON_TEXT_MAX_SIZE)
        buf_reset(buf);
    return buf_str(buf);
}
