/*
 * Values, attributes and labelled lines as text.
 */
#include "exporters/debug_put.h"

#include <inttypes.h>
#include <time.h>

#include "base/hex.h"
#include "base/log_line.h"
#include "base/number_text.h"
#include "otlp/json_text.h"

void debug_put_text(struct buf *out, struct str text)
{
    log_escape(out, text, text.len * LOG_ESCAPED);
}

void debug_put_time(struct buf *out, uint64_t ns)
{
    time_t seconds = (time_t)(ns / 1000000000);
    struct tm utc;
    char text[32];

    gmtime_r(&seconds, &utc);
    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &utc);
    buf_printf(out, "%s.%09" PRIu64 " +0000 UTC", text, ns % 1000000000);
}

static void put_json(struct buf *out, const struct value_view *value)
{
    struct buf scratch = {0};

    debug_put_text(out, json_text(value, &scratch));
    buf_done(&scratch);
}

void debug_put_value(struct buf *out, const struct value_view *value)
{
    char number[NUMBER_TEXT_SIZE];

    switch (value->kind) {
    case VALUE_EMPTY:
        break;
    case VALUE_STRING:
        debug_put_text(out, value->bytes);
        break;
    case VALUE_BOOL:
        buf_printf(out, "%s", value->boolean ? "true" : "false");
        break;
    case VALUE_INT:
        buf_printf(out, "%" PRId64, value->integer);
        break;
    case VALUE_DOUBLE:
        buf_printf(out, "%s", number_text(value->number, number));
        break;
    case VALUE_ARRAY:
    case VALUE_KVLIST:
        put_json(out, value);
        break;
    case VALUE_BYTES:
        hex_append(out, value->bytes);
        break;
    }
}

void debug_put_typed(struct buf *out, const struct value_view *value)
{
    static const char *const names[] = {"Empty",  "Str",   "Bool", "Int",
                                        "Double", "Slice", "Map",  "Bytes"};

    buf_printf(out, "%s(", names[value->kind]);
    debug_put_value(out, value);
    buf_append_char(out, ')');
}

void debug_put_attributes(struct buf *out, struct repeated attributes, const char *indent)
{
    struct attribute_view attribute;

    while (attribute_next(&attributes, &attribute)) {
        buf_printf(out, "%s-> ", indent);
        debug_put_text(out, attribute.key);
        buf_printf(out, ": ");
        debug_put_typed(out, &attribute.value);
        buf_append_char(out, '\n');
    }
}

void debug_put_pairs(struct buf *out, struct repeated attributes, const char *separator)
{
    struct attribute_view attribute;

    for (const char *before = ""; attribute_next(&attributes, &attribute); before = separator) {
        buf_printf(out, "%s", before);
        debug_put_text(out, attribute.key);
        buf_append_char(out, '=');
        debug_put_value(out, &attribute.value);
    }
}

void debug_put_label(struct buf *out, const char *label)
{
    buf_printf(out, "    %-15s: ", label);
}

void debug_put_id_line(struct buf *out, const char *label, struct str id)
{
    debug_put_label(out, label);
    hex_append(out, id);
    buf_append_char(out, '\n');
}

void debug_put_text_line(struct buf *out, const char *label, struct str text)
{
    debug_put_label(out, label);
    debug_put_text(out, text);
    buf_append_char(out, '\n');
}

void debug_put_time_line(struct buf *out, const char *label, uint64_t ns)
{
    debug_put_label(out, label);
    debug_put_time(out, ns);
    buf_append_char(out, '\n');
}

void debug_put_number_line(struct buf *out, const char *label, uint32_t number)
{
    if (number > 0)
        buf_printf(out, "%s: %u\n", label, number);
}

const char *debug_name_of(int32_t number, const char *const *names, int32_t count)
{
    return number >= 0 && number < count ? names[number] : "Unknown";
}
