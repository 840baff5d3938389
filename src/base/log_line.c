/*
 * JSON has the official collector's keys: level, ts, caller, msg, the initial fields, resource, and
 * what the line itself is about.
 */
#include "base/log_line.h"

#include "base/json_string.h"
#include "base/utf8.h"

static const char *const level_names[] = {"debug", "info", "warn", "error"};

/* Not to be written as it is: C0, DEL, C1, bytes that are no UTF-8, line and paragraph ends. */
static bool is_control(struct str c, bool valid)
{
    unsigned char first = (unsigned char)c.at[0], last = (unsigned char)c.at[c.len - 1];

    if (c.len == 1)
        return first < 0x20 || first == 0x7f || !valid;
    if (c.len == 2)
        return first == 0xc2 && last < 0xa0;
    return c.len == 3 && memcmp(c.at, "\xe2\x80", 2) == 0 && (last == 0xa8 || last == 0xa9);
}

void log_escape(struct buf *out, struct str text, size_t max)
{
    size_t end = out->len + max;

    while (text.len > 0) {
        size_t len = utf8_char(text);
        struct str c = {text.at, len > 0 ? len : 1};

        if (out->len + LOG_ESCAPED * c.len > end)
            return;
        if (!is_control(c, len > 0))
            buf_append_str(out, c);
        else
            for (size_t i = 0; i < c.len; i++)
                buf_printf(out, "\\x%02x", (unsigned char)c.at[i]);
        text.at += c.len;
        text.len -= c.len;
    }
}

/* ISO 8601, with milliseconds. */
static void append_time(struct buf *out, const struct timespec *time)
{
    char text[32] = "";
    struct tm utc;

    gmtime_r(&time->tv_sec, &utc);
    buf_append(out, text, strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc));
    buf_printf(out, ".%03ldZ", time->tv_nsec / 1000000);
}

/* ---- console ---- */

static void append_coloured(struct buf *out, const char *colour, const char *text)
{
    if (colour)
        buf_append_str(out, str_of(colour));
    log_escape(out, str_of(text), LOG_WHERE_MAX);
    if (colour)
        buf_append_str(out, STR("\x1b[0m"));
}

static void append_console(struct buf *out, const struct log_line *line,
                           const struct log_form *form)
{
    static const char *const colours[] = {"\x1b[35m", "\x1b[34m", "\x1b[33m", "\x1b[31m"};

    append_time(out, &line->time);
    buf_append_char(out, '\t');
    append_coloured(out, form->colour ? colours[line->level] : NULL, level_names[line->level]);
    buf_append_char(out, '\t');
    if (!form->without_where) {
        append_coloured(out, form->colour ? "\x1b[2m" : NULL, line->where);
        buf_append_char(out, '\t');
    }
    log_escape(out, line->text, LOG_TEXT_MAX);
    if (line->left_out > 0)
        buf_printf(out, " (and %u more like this)", line->left_out);
    if (*form->fields)
        buf_printf(out, "\t{%s}", form->fields);
    buf_append_char(out, '\n');
    buf_append_str(out, line->block);
}

/* ---- JSON ---- */

static void append_member(struct buf *out, const char *key, struct str value)
{
    buf_printf(out, ",\"%s\":", key);
    json_write_string(out, value);
}

/* What "exporters/jaeger" and "pipelines/traces" tell. */
static void append_component(struct buf *out, const char *where)
{
    static const struct {
        struct str section;
        const char *kind;
    } kinds[] = {
        {STR_INIT("receivers/"), "receiver"},   {STR_INIT("processors/"), "processor"},
        {STR_INIT("exporters/"), "exporter"},   {STR_INIT("connectors/"), "connector"},
        {STR_INIT("extensions/"), "extension"},
    };
    static const struct str pipelines = STR_INIT("pipelines/");

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (str_starts(str_of(where), kinds[i].section)) {
            append_member(out, "otelcol.component.id", str_of(where + kinds[i].section.len));
            append_member(out, "otelcol.component.kind", str_of(kinds[i].kind));
        }
    if (str_starts(str_of(where), pipelines))
        append_member(out, "otelcol.pipeline.id", str_of(where + pipelines.len));
}

/* The block belongs to the message. */
static void append_message(struct buf *out, const struct log_line *line)
{
    struct buf whole = {0};

    buf_append_str(&whole, line->text);
    if (line->block.len > 0) {
        buf_append_char(&whole, '\n');
        buf_append_str(&whole, line->block);
    }
    append_member(out, "msg", buf_str(&whole));
    buf_done(&whole);
}

static void append_json(struct buf *out, const struct log_line *line, const struct log_form *form)
{
    buf_printf(out, "{\"level\":\"%s\",\"ts\":\"", level_names[line->level]);
    append_time(out, &line->time);
    buf_append_char(out, '"');
    if (!form->without_where)
        append_member(out, "caller", str_of(line->where));
    append_message(out, line);
    if (*form->fields)
        buf_printf(out, ",%s", form->fields);
    if (*form->resource)
        buf_printf(out, ",\"resource\":%s", form->resource);
    append_component(out, line->where);
    if (line->left_out > 0)
        buf_printf(out, ",\"left_out\":%u", line->left_out);
    buf_append_str(out, STR("}\n"));
}

void log_line_append(struct buf *out, const struct log_line *line, const struct log_form *form)
{
    if (form->encoding == LOG_JSON)
        append_json(out, line, form);
    else
        append_console(out, line, form);
}
