/*
 * A name is cut into words at every byte that cannot stand in one; words are joined by "_".
 */
#include "exporters/prometheus_names.h"

struct units { /* words that stand for a unit; empty: none */
    struct buf main, per;
};

static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The next word of a name. False: no more. keep_underscores: they are bytes of words, too. */
static bool next_word(struct str *rest, bool keep_underscores, struct str *word)
{
    size_t start = 0, end;

#define IN_WORD(c) (is_word_byte(c) || (keep_underscores && (c) == '_'))
    while (start < rest->len && !IN_WORD(rest->at[start]))
        start++;
    for (end = start; end < rest->len && IN_WORD(rest->at[end]);)
        end++;
#undef IN_WORD
    if (end == start)
        return false;
    *word = (struct str){rest->at + start, end - start};
    *rest = (struct str){rest->at + end, rest->len - end};
    return true;
}

static bool has_word(struct str name, struct str wanted)
{
    struct str word;

    while (next_word(&name, false, &word))
        if (str_eq(word, wanted))
            return true;
    return false;
}

/* ---- units ---- */

struct unit {
    struct str code, name;
};

/* https://ucum.org/ucum */
static const struct unit main_units[] = {
    {STR_INIT("d"), STR_INIT("days")},
    {STR_INIT("h"), STR_INIT("hours")},
    {STR_INIT("min"), STR_INIT("minutes")},
    {STR_INIT("s"), STR_INIT("seconds")},
    {STR_INIT("ms"), STR_INIT("milliseconds")},
    {STR_INIT("us"), STR_INIT("microseconds")},
    {STR_INIT("ns"), STR_INIT("nanoseconds")},
    {STR_INIT("By"), STR_INIT("bytes")},
    {STR_INIT("KiBy"), STR_INIT("kibibytes")},
    {STR_INIT("MiBy"), STR_INIT("mebibytes")},
    {STR_INIT("GiBy"), STR_INIT("gibibytes")},
    {STR_INIT("TiBy"), STR_INIT("tibibytes")},
    {STR_INIT("KBy"), STR_INIT("kilobytes")},
    {STR_INIT("MBy"), STR_INIT("megabytes")},
    {STR_INIT("GBy"), STR_INIT("gigabytes")},
    {STR_INIT("TBy"), STR_INIT("terabytes")},
    {STR_INIT("m"), STR_INIT("meters")},
    {STR_INIT("V"), STR_INIT("volts")},
    {STR_INIT("A"), STR_INIT("amperes")},
    {STR_INIT("J"), STR_INIT("joules")},
    {STR_INIT("W"), STR_INIT("watts")},
    {STR_INIT("g"), STR_INIT("grams")},
    {STR_INIT("Cel"), STR_INIT("celsius")},
    {STR_INIT("Hz"), STR_INIT("hertz")},
    {STR_INIT("1"), STR_INIT("")},
    {STR_INIT("%"), STR_INIT("percent")},
};

static const struct unit per_units[] = {
    {STR_INIT("s"), STR_INIT("second")}, {STR_INIT("m"), STR_INIT("minute")},
    {STR_INIT("h"), STR_INIT("hour")},   {STR_INIT("d"), STR_INIT("day")},
    {STR_INIT("w"), STR_INIT("week")},   {STR_INIT("mo"), STR_INIT("month")},
    {STR_INIT("y"), STR_INIT("year")},
};

/* What a code stands for: itself, where no table has it; nothing, where it is a remark. */
static struct str unit_name(struct str code, const struct unit *table, size_t count)
{
    code = str_trim(code);
    for (size_t i = 0; i < count; i++)
        if (str_eq(code, table[i].code))
            return table[i].name;
    if (code.len > 0 && (memchr(code.at, '{', code.len) || memchr(code.at, '}', code.len)))
        return STR("");
    return code;
}

/* Appends a unit's name with one "_" for each run of what cannot stand there, none in front. */
static void append_unit(struct buf *out, struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (is_word_byte(name.at[i]))
            buf_append_char(out, name.at[i]);
        else if (out->len > 0 && out->at[out->len - 1] != '_')
            buf_append_char(out, '_');
    }
}

static void drop_last_underscore(struct buf *text)
{
    if (text->len > 0 && text->at[text->len - 1] == '_')
        text->len--;
}

/* The words for "By/s" that the name does not have yet: "bytes" and "per_second". */
static void read_units(struct str unit, struct str name, struct units *units)
{
    const char *slash = unit.len > 0 ? memchr(unit.at, '/', unit.len) : NULL;
    struct str main = {unit.at, slash ? (size_t)(slash - unit.at) : unit.len};
    struct str per = {NULL, 0};

    if (slash)
        per = unit_name((struct str){slash + 1, unit.len - main.len - 1}, per_units,
                        sizeof(per_units) / sizeof(*per_units));
    append_unit(&units->main,
                unit_name(main, main_units, sizeof(main_units) / sizeof(*main_units)));
    if (has_word(name, buf_str(&units->main)))
        buf_reset(&units->main);
    if (per.len == 0)
        return;
    buf_append_str(&units->per, STR("per_"));
    append_unit(&units->per, per);
    drop_last_underscore(&units->per);
    if (str_eq(buf_str(&units->per), STR("per")))
        buf_reset(&units->per);
    else
        drop_last_underscore(&units->main);
}

/* ---- metrics ---- */

static void append_word(struct buf *out, size_t start, struct str word)
{
    if (word.len == 0)
        return;
    if (out->len > start)
        buf_append_char(out, '_');
    buf_append_str(out, word);
}

static void append_words(struct buf *out, size_t start, struct str name, struct str without)
{
    struct str word;

    while (next_word(&name, false, &word))
        if (!str_eq(word, without))
            append_word(out, start, word);
}

/* "http.server.duration" in "ms" -> "http_server_duration_milliseconds" */
static void append_with_suffixes(struct str name, struct str unit, enum prometheus_type type,
                                 bool ratio, size_t start, struct buf *out)
{
    struct units units = {.main = {0}};
    struct str suffix = type == PROMETHEUS_COUNTER        ? STR("total")
                        : ratio && str_eq(unit, STR("1")) ? STR("ratio")
                                                          : STR("");

    read_units(unit, name, &units);
    append_words(out, start, name, suffix);
    append_word(out, start, buf_str(&units.main));
    append_word(out, start, buf_str(&units.per));
    append_word(out, start, suffix);
    buf_done(&units.main);
    buf_done(&units.per);
}

static bool has_letter(struct str name)
{
    for (size_t i = 0; i < name.len; i++)
        if (is_word_byte(name.at[i]))
            return true;
    return false;
}

bool prometheus_name_metric(const struct prometheus_naming *naming, struct str name,
                            struct str unit, enum prometheus_type type, bool ratio, struct buf *out)
{
    struct str namespace = str_of(naming->namespace), word;
    size_t start = out->len;

    if (!has_letter(name))
        return false;
    buf_reserve(out, namespace.len + name.len + 2);
    while (next_word(&namespace, true, &word))
        append_word(out, start, word);
    if (naming->suffixes)
        append_with_suffixes(name, unit, type, ratio, start, out);
    else
        while (next_word(&name, true, &word))
            append_word(out, start, word);
    if (out->len > start && is_digit(out->at[start])) {
        buf_append_char(out, '_');
        memmove(out->at + start + 1, out->at + start, out->len - start - 1);
        out->at[start] = '_';
    }
    return out->len > start;
}

/* ---- labels ---- */

bool prometheus_name_label(struct str key, struct buf *out)
{
    if (key.len == 0)
        return false;
    if (is_digit(key.at[0]))
        buf_append_str(out, STR("key_"));
    else if (str_eq(key, STR("__name__")) ||
             (!(is_word_byte(key.at[0]) && key.at[0] != ':') &&
              !(key.len > 1 && key.at[0] == '_' && key.at[1] == '_')))
        buf_append_str(out, STR("key"));
    for (size_t i = 0; i < key.len; i++) {
        if (((unsigned char)key.at[i] & 0xc0) == 0x80) /* one "_" for each character */
            continue;
        buf_append_char(out, is_word_byte(key.at[i]) && key.at[i] != ':' ? key.at[i] : '_');
    }
    return true;
}

/* ---- other texts ---- */

static struct str escaped(char c, bool quotes)
{
    switch (c) {
    case '\\':
        return STR("\\\\");
    case '\n':
        return STR("\\n");
    case '\0':
        return STR("\xef\xbf\xbd");
    case '"':
        return quotes ? STR("\\\"") : STR("");
    default:
        return STR("");
    }
}

void prometheus_escape(struct buf *out, struct str text, bool quotes)
{
    size_t plain = 0;

    for (size_t i = 0; i < text.len; i++) {
        struct str instead = escaped(text.at[i], quotes);

        if (instead.len == 0)
            continue;
        buf_append(out, text.at + plain, i - plain);
        buf_append_str(out, instead);
        plain = i + 1;
    }
    if (text.len > plain)
        buf_append(out, text.at + plain, text.len - plain);
}
