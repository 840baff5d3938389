/*
 * A function for each of OTTL's, by the official collector's rules: where a text is wanted, one
 * that takes "like" values converts them (IsMatch, Concat), the others say that it is none.
 */
#include "ottl/function.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "base/hex.h"
#include "base/utf8.h"
#include "ottl/ottl_value.h"

#define TYPE(type) (1u << OTTL_##type)

static bool give_bool(struct ottl_value *value, bool boolean)
{
    *value = (struct ottl_value){.type = OTTL_BOOL, .boolean = boolean};
    return true;
}

static bool give_int(struct ottl_value *value, int64_t integer)
{
    *value = (struct ottl_value){.type = OTTL_INT, .integer = integer};
    return true;
}

static bool give_double(struct ottl_value *value, double number)
{
    *value = (struct ottl_value){.type = OTTL_DOUBLE, .number = number};
    return true;
}

static bool give_text(struct ottl_value *value, struct str text)
{
    *value = (struct ottl_value){.type = OTTL_STRING, .text = text};
    return true;
}

static bool want(struct ottl_call *call, const struct ottl_value *value, enum ottl_type type)
{
    if (value->type == type)
        return true;
    return error_set(call->run->err, "%s wants %s, and got %s", call->node->function->name,
                     ottl_type_name(type), ottl_type_name(value->type));
}

static bool call_is_match(struct ottl_call *call)
{
    uint64_t given_up = regex_given_up(call->node->regex);
    bool found;

    if (call->arguments[0].type == OTTL_NIL)
        return give_bool(call->value, false);
    found = regex_matches(call->node->regex, ottl_value_text(call->run, call->arguments[0]).text);
    if (regex_given_up(call->node->regex) > given_up)
        return error_set(call->run->err, "IsMatch: matching this text takes too long");
    return give_bool(call->value, found);
}

static bool call_has_prefix(struct ottl_call *call)
{
    return want(call, &call->arguments[0], OTTL_STRING) &&
           want(call, &call->arguments[1], OTTL_STRING) &&
           give_bool(call->value, str_starts(call->arguments[0].text, call->arguments[1].text));
}

static bool ends(struct str text, struct str suffix)
{
    return text.len >= suffix.len &&
           str_eq((struct str){text.at + text.len - suffix.len, suffix.len}, suffix);
}

static bool call_has_suffix(struct ottl_call *call)
{
    return want(call, &call->arguments[0], OTTL_STRING) &&
           want(call, &call->arguments[1], OTTL_STRING) &&
           give_bool(call->value, ends(call->arguments[0].text, call->arguments[1].text));
}

static bool call_is_root_span(struct ottl_call *call)
{
    struct str parent = call->run->data->span->parent_span_id;
    bool any = false;

    for (size_t i = 0; i < parent.len; i++)
        any |= parent.at[i] != 0;
    return give_bool(call->value, !any);
}

static bool call_len(struct ottl_call *call)
{
    int64_t len;

    if (!ottl_value_len(&call->arguments[0], &len))
        return error_set(call->run->err, "Len wants a string, a list or a map, and got %s",
                         ottl_type_name(call->arguments[0].type));
    return give_int(call->value, len);
}

#define CALL_IS(name, type_)                                                                       \
    static bool name(struct ottl_call *call)                                                       \
    {                                                                                              \
        return give_bool(call->value, call->arguments[0].type == (type_));                         \
    }
CALL_IS(call_is_string, OTTL_STRING)
CALL_IS(call_is_int, OTTL_INT)
CALL_IS(call_is_double, OTTL_DOUBLE)
CALL_IS(call_is_bool, OTTL_BOOL)
CALL_IS(call_is_map, OTTL_MAP)

static bool call_is_list(struct ottl_call *call)
{
    return give_bool(call->value, call->arguments[0].type == OTTL_LIST ||
                                      call->arguments[0].type == OTTL_ROW ||
                                      call->arguments[0].type == OTTL_MESSAGES);
}

/* A text's number: nil where it is none, as upstream has it. */
static void read_number(struct str text, bool whole, struct ottl_value *value)
{
    char digits[64], *end;

    *value = (struct ottl_value){.type = OTTL_NIL};
    if (text.len == 0 || text.len >= sizeof(digits) || strchr(" \t\r\n\v\f", text.at[0]) ||
        memchr(text.at, '\0', text.len) || (!whole && memchr(text.at, 'x', text.len)))
        return;
    memcpy(digits, text.at, text.len);
    digits[text.len] = '\0';
    errno = 0;
    if (whole)
        give_int(value, strtoll(digits, &end, 10));
    else
        give_double(value, strtod(digits, &end));
    if (*end != '\0' || (whole && errno != 0))
        *value = (struct ottl_value){.type = OTTL_NIL};
}

static bool call_int(struct ottl_call *call)
{
    const struct ottl_value *from = &call->arguments[0];

    switch (from->type) {
    case OTTL_INT:
        return give_int(call->value, from->integer);
    case OTTL_DOUBLE:
        if (!(fabs(from->number) < 0x1p63))
            return error_set(call->run->err, "Int: the number is larger than 64 bits");
        return give_int(call->value, (int64_t)from->number);
    case OTTL_BOOL:
        return give_int(call->value, from->boolean);
    case OTTL_STRING:
        read_number(from->text, true, call->value);
        return true;
    case OTTL_NIL:
        *call->value = *from;
        return true;
    default:
        return error_set(call->run->err, "Int cannot make a number of %s",
                         ottl_type_name(from->type));
    }
}

static bool call_double(struct ottl_call *call)
{
    const struct ottl_value *from = &call->arguments[0];

    switch (from->type) {
    case OTTL_INT:
        return give_double(call->value, (double)from->integer);
    case OTTL_DOUBLE:
        return give_double(call->value, from->number);
    case OTTL_BOOL:
        return give_double(call->value, from->boolean);
    case OTTL_STRING:
        read_number(from->text, false, call->value);
        return true;
    case OTTL_NIL:
        *call->value = *from;
        return true;
    default:
        return error_set(call->run->err, "Double cannot make a number of %s",
                         ottl_type_name(from->type));
    }
}

static bool call_string(struct ottl_call *call)
{
    *call->value = call->arguments[0].type == OTTL_NIL
                       ? call->arguments[0]
                       : ottl_value_text(call->run, call->arguments[0]);
    return true;
}

static bool call_concat(struct ottl_call *call)
{
    struct ottl_value list = call->arguments[0], element;
    struct buf text = {0};
    bool first = true;

    if (call->arguments[0].type != OTTL_LIST && !want(call, &call->arguments[0], OTTL_ROW))
        return false;
    if (!want(call, &call->arguments[1], OTTL_STRING))
        return false;
    while (text.len <= OTTL_MAX_TEXT && ottl_value_next(&list, &element)) {
        if (!first)
            buf_append_str(&text, call->arguments[1].text);
        first = false;
        buf_append_str(&text, element.type == OTTL_NIL ? STR("<nil>")
                                                       : ottl_value_text(call->run, element).text);
    }
    if (text.len > OTTL_MAX_TEXT) {
        buf_done(&text);
        return error_set(call->run->err, "Concat: the text is longer than 1 MiB");
    }
    give_text(call->value, arena_copy(ottl_run_arena(call->run), buf_str(&text)));
    buf_done(&text);
    return true;
}

static bool call_substring(struct ottl_call *call)
{
    struct str text = call->arguments[0].text;
    int64_t start = call->arguments[1].integer, len = call->arguments[2].integer;

    if (!want(call, &call->arguments[0], OTTL_STRING) ||
        !want(call, &call->arguments[1], OTTL_INT) || !want(call, &call->arguments[2], OTTL_INT))
        return false;
    if (start < 0 || len <= 0 || (uint64_t)start > text.len)
        return error_set(call->run->err,
                         "Substring: there is nothing at %" PRId64 ", %" PRId64
                         " long, in a string of %zu bytes",
                         start, len, text.len);
    text = (struct str){text.at + start, text.len - (size_t)start};
    if ((uint64_t)len > text.len)
        return error_set(call->run->err, "Substring: the string ends before");
    if ((uint64_t)len < text.len)
        text.len = (size_t)len;
    return give_text(call->value, text);
}

static const char *find_in(struct str text, struct str part)
{
    return part.len == 0 ? NULL : memmem(text.at ? text.at : "", text.len, part.at, part.len);
}

static bool call_split(struct ottl_call *call)
{
    struct str text = call->arguments[0].text, delimiter = call->arguments[1].text;
    struct ottl_value *items;
    size_t count = 1;
    const char *found;

    if (!want(call, &call->arguments[0], OTTL_STRING) ||
        !want(call, &call->arguments[1], OTTL_STRING))
        return false;
    if (delimiter.len == 0)
        return error_set(call->run->err, "Split: an empty delimiter");
    for (struct str rest = text; (found = find_in(rest, delimiter)); count++)
        rest = (struct str){found + delimiter.len,
                            rest.len - (size_t)(found - rest.at) - delimiter.len};
    items = arena_alloc(ottl_run_arena(call->run), count * sizeof(items[0]));
    for (size_t i = 0; i < count; i++) {
        found = find_in(text, delimiter);
        give_text(&items[i], (struct str){text.at, found ? (size_t)(found - text.at) : text.len});
        if (found)
            text = (struct str){found + delimiter.len,
                                text.len - (size_t)(found - text.at) - delimiter.len};
    }
    *call->value = (struct ottl_value){.type = OTTL_ROW, .row = {items, count}};
    return true;
}

static bool change_case(struct ottl_call *call, char first, char last)
{
    const struct ottl_value *from = &call->arguments[0];
    char *text;

    if (!want(call, from, OTTL_STRING))
        return false;
    text = arena_alloc(ottl_run_arena(call->run), from->text.len);
    for (size_t i = 0; i < from->text.len; i++) {
        char c = from->text.at[i];

        text[i] = (char)(c >= first && c <= last ? c ^ 0x20 : c);
    }
    return give_text(call->value, (struct str){text, from->text.len});
}

static bool call_lower(struct ottl_call *call)
{
    return change_case(call, 'A', 'Z');
}

static bool call_upper(struct ottl_call *call)
{
    return change_case(call, 'a', 'z');
}

static bool call_convert_case(struct ottl_call *call)
{
    if (!want(call, &call->arguments[1], OTTL_STRING))
        return false;
    if (str_is(call->arguments[1].text, "lower"))
        return call_lower(call);
    if (str_is(call->arguments[1].text, "upper"))
        return call_upper(call);
    return error_set(call->run->err, "ConvertCase: otelc knows \"lower\" and \"upper\"");
}

static bool call_trim(struct ottl_call *call)
{
    struct str text = call->arguments[0].text, what = STR(" ");

    if (!want(call, &call->arguments[0], OTTL_STRING))
        return false;
    if (call->arguments[1].type == OTTL_STRING)
        what = call->arguments[1].text;
    while (text.len > 0 && memchr(what.at, text.at[0], what.len))
        text = (struct str){text.at + 1, text.len - 1};
    while (text.len > 0 && memchr(what.at, text.at[text.len - 1], what.len))
        text.len--;
    return give_text(call->value, text);
}

static bool call_index(struct ottl_call *call)
{
    struct ottl_value list = call->arguments[0], element;
    int64_t at = 0;
    const char *found;

    if (call->arguments[0].type == OTTL_STRING) {
        if (!want(call, &call->arguments[1], OTTL_STRING))
            return false;
        found = find_in(call->arguments[0].text, call->arguments[1].text);
        return give_int(call->value, call->arguments[1].text.len == 0 ? 0
                                     : found ? found - call->arguments[0].text.at
                                             : -1);
    }
    if (call->arguments[0].type != OTTL_LIST && !want(call, &call->arguments[0], OTTL_ROW))
        return false;
    for (; ottl_value_next(&list, &element); at++)
        if (ottl_value_compare(OTTL_EQ, &element, &call->arguments[1]))
            return give_int(call->value, at);
    return give_int(call->value, -1);
}

static bool call_contains(struct ottl_call *call)
{
    struct ottl_value list = call->arguments[0], element;

    if (call->arguments[0].type != OTTL_LIST && !want(call, &call->arguments[0], OTTL_ROW))
        return false;
    while (ottl_value_next(&list, &element))
        if (ottl_value_compare(OTTL_EQ, &element, &call->arguments[1]))
            return give_bool(call->value, true);
    return give_bool(call->value, false);
}

/* Bytes, or as many hexadecimal digits. */
static bool give_id(struct ottl_call *call, size_t len)
{
    const struct ottl_value *from = &call->arguments[0];
    char *id;

    *call->value = (struct ottl_value){.type = OTTL_BYTES, .text = from->text};
    if (from->type == OTTL_BYTES && from->text.len == len)
        return true;
    if (from->type != OTTL_STRING || from->text.len != 2 * len)
        return error_set(call->run->err,
                         "%s wants %zu bytes, or %zu hexadecimal digits as a string",
                         call->node->function->name, len, 2 * len);
    id = arena_alloc(ottl_run_arena(call->run), len);
    for (size_t i = 0; i < len; i++) {
        int high = hex_digit(from->text.at[2 * i]), low = hex_digit(from->text.at[2 * i + 1]);

        if (high < 0 || low < 0)
            return error_set(call->run->err, "%s: not hexadecimal", call->node->function->name);
        id[i] = (char)(high << 4 | low);
    }
    call->value->text = (struct str){id, len};
    return true;
}

static bool call_trace_id(struct ottl_call *call)
{
    return give_id(call, 16);
}

static bool call_span_id(struct ottl_call *call)
{
    return give_id(call, 8);
}

static bool call_now(struct ottl_call *call)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    *call->value = (struct ottl_value){.type = OTTL_TIME,
                                       .integer = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec};
    return true;
}

/* "-1h2m3.5s": NULL, or the text behind what was understood. */
static const char *read_duration(const char *text, double *ns)
{
    static const struct {
        const char *name;
        double ns;
    } units[] = {{"ns", 1},   {"us", 1e3}, {"\xc2\xb5s", 1e3}, {"\xce\xbcs", 1e3},
                 {"ms", 1e6}, {"s", 1e9},  {"m", 60e9},        {"h", 3600e9}};
    bool minus = *text == '-', any = false;

    *ns = 0;
    text += *text == '-' || *text == '+';
    if (strcmp(text, "0") == 0)
        return NULL;
    while (*text) {
        char *end;
        double number;
        size_t len, unit = 0;

        if (!strchr("0123456789.", *text) || text[strspn(text, "0123456789.")] == 'x')
            return text;
        number = strtod(text, &end);
        if (end == text)
            return text;
        len = strcspn(end, "0123456789.");
        while (unit < sizeof(units) / sizeof(units[0]) &&
               (strlen(units[unit].name) != len || memcmp(units[unit].name, end, len) != 0))
            unit++;
        if (unit == sizeof(units) / sizeof(units[0]))
            return text;
        *ns += number * units[unit].ns;
        text = end + len;
        any = true;
    }
    *ns = minus ? -*ns : *ns;
    return any ? NULL : text;
}

static bool call_duration(struct ottl_call *call)
{
    char text[64];
    double ns;

    if (!want(call, &call->arguments[0], OTTL_STRING))
        return false;
    if (call->arguments[0].text.len < sizeof(text)) {
        memcpy(text, call->arguments[0].text.at, call->arguments[0].text.len);
        text[call->arguments[0].text.len] = '\0';
        if (!read_duration(text, &ns) && fabs(ns) < 0x1p63) {
            *call->value =
                (struct ottl_value){.type = OTTL_DURATION, .integer = (int64_t)round(ns)};
            return true;
        }
    }
    return error_set(call->run->err, "Duration: write it like \"200ms\", \"5s\" or \"1m30s\"");
}

#define CALL_DURATION_IN(name, give, number, ns)                                                   \
    static bool name(struct ottl_call *call)                                                       \
    {                                                                                              \
        return want(call, &call->arguments[0], OTTL_DURATION) &&                                   \
               give(call->value, (number)call->arguments[0].integer / (ns));                       \
    }
CALL_DURATION_IN(call_nanoseconds, give_int, int64_t, 1)
CALL_DURATION_IN(call_microseconds, give_int, int64_t, 1000)
CALL_DURATION_IN(call_milliseconds, give_int, int64_t, 1000000)
CALL_DURATION_IN(call_seconds, give_double, double, 1e9)
CALL_DURATION_IN(call_minutes, give_double, double, 60e9)
CALL_DURATION_IN(call_hours, give_double, double, 3600e9)

#define CALL_UNIX_IN(name, ns)                                                                     \
    static bool name(struct ottl_call *call)                                                       \
    {                                                                                              \
        return want(call, &call->arguments[0], OTTL_TIME) &&                                       \
               give_int(call->value, call->arguments[0].integer / (ns));                           \
    }
CALL_UNIX_IN(call_unix_nano, 1)
CALL_UNIX_IN(call_unix_micro, 1000)
CALL_UNIX_IN(call_unix_milli, 1000000)
CALL_UNIX_IN(call_unix_seconds, 1000000000)

static bool call_unix(struct ottl_call *call)
{
    int64_t ns;

    if (!want(call, &call->arguments[0], OTTL_INT))
        return false;
    if (__builtin_mul_overflow(call->arguments[0].integer, 1000000000, &ns) ||
        (call->arguments[1].type == OTTL_INT &&
         __builtin_add_overflow(ns, call->arguments[1].integer, &ns)))
        return error_set(call->run->err, "Unix: so far from 1970 there is no time");
    *call->value = (struct ottl_value){.type = OTTL_TIME, .integer = ns};
    return true;
}

/* Whether a data point of the metric has the attribute, with this value where one is wanted. */
static bool any_point_has(const struct metric_view *metric, struct str key,
                          const struct ottl_value *wanted)
{
    struct metric_points points = metric->points;
    struct point_view point;
    struct attribute_view attribute;
    struct str message;

    while (metric_next_point(&points, &message)) {
        point_read(metric->kind, message, &point);
        while (attribute_next(&point.attributes, &attribute)) {
            struct ottl_value value = ottl_value_of(&attribute.value);

            if (str_eq(attribute.key, key) &&
                (!wanted || ottl_value_compare(OTTL_EQ, &value, wanted)))
                return true;
        }
    }
    return false;
}

static bool call_has_key(struct ottl_call *call)
{
    return want(call, &call->arguments[0], OTTL_STRING) &&
           give_bool(call->value,
                     any_point_has(call->run->data->metric, call->arguments[0].text, NULL));
}

static bool call_has_attribute(struct ottl_call *call)
{
    return want(call, &call->arguments[0], OTTL_STRING) &&
           give_bool(call->value, any_point_has(call->run->data->metric, call->arguments[0].text,
                                                &call->arguments[1]));
}

#define LISTS    (TYPE(LIST) | TYPE(ROW))
#define COUNTED  (LISTS | TYPE(STRING) | TYPE(BYTES) | TYPE(MAP) | TYPE(MESSAGES))
#define ANYWHERE .context = OTTL_CONTEXTS

static const struct ottl_function functions[] = {
    {"Concat", OTTL_STRING, ANYWHERE,
     .parameters = {{"values", LISTS, false}, {"delimiter", TYPE(STRING), false}},
     .call = call_concat},
    {"ContainsValue", OTTL_BOOL, ANYWHERE,
     .parameters = {{"target", LISTS, false}, {"item", 0, false}}, .call = call_contains},
    {"ConvertCase", OTTL_STRING, ANYWHERE,
     .parameters = {{"target", TYPE(STRING), false}, {"to_case", TYPE(STRING), false}},
     .call = call_convert_case},
    {"Double", OTTL_ANY, ANYWHERE, .parameters = {{"target", 0, false}}, .call = call_double},
    {"Duration", OTTL_DURATION, ANYWHERE, .parameters = {{"duration", TYPE(STRING), false}},
     .call = call_duration},
    {"HasAttrKeyOnDatapoint", OTTL_BOOL, .context = OTTL_METRIC,
     .parameters = {{"key", TYPE(STRING), false}}, .call = call_has_key},
    {"HasAttrOnDatapoint", OTTL_BOOL, .context = OTTL_METRIC,
     .parameters = {{"key", TYPE(STRING), false}, {"expected_val", 0, false}},
     .call = call_has_attribute},
    {"HasPrefix", OTTL_BOOL, ANYWHERE,
     .parameters = {{"target", TYPE(STRING), false}, {"prefix", TYPE(STRING), false}},
     .call = call_has_prefix},
    {"HasSuffix", OTTL_BOOL, ANYWHERE,
     .parameters = {{"target", TYPE(STRING), false}, {"suffix", TYPE(STRING), false}},
     .call = call_has_suffix},
    {"Hours", OTTL_DOUBLE, ANYWHERE, .parameters = {{"duration", TYPE(DURATION), false}},
     .call = call_hours},
    {"Index", OTTL_INT, ANYWHERE,
     .parameters = {{"target", LISTS | TYPE(STRING), false}, {"value", 0, false}},
     .call = call_index},
    {"Int", OTTL_ANY, ANYWHERE, .parameters = {{"target", 0, false}}, .call = call_int},
    {"IsBool", OTTL_BOOL, ANYWHERE, .parameters = {{"target", 0, false}}, .call = call_is_bool},
    {"IsDouble", OTTL_BOOL, ANYWHERE, .parameters = {{"target", 0, false}}, .call = call_is_double},
    {"IsInt", OTTL_BOOL, ANYWHERE, .parameters = {{"target", 0, false}}, .call = call_is_int},
    {"IsList", OTTL_BOOL, ANYWHERE, .parameters = {{"target", 0, false}}, .call = call_is_list},
    {"IsMap", OTTL_BOOL, ANYWHERE, .parameters = {{"target", 0, false}}, .call = call_is_map},
    {"IsMatch", OTTL_BOOL, ANYWHERE, .pattern = 1,
     .parameters = {{"target", 0, false}, {"pattern", TYPE(STRING), false}}, .call = call_is_match},
    {"IsRootSpan", OTTL_BOOL, .context = OTTL_SPAN, .call = call_is_root_span},
    {"IsString", OTTL_BOOL, ANYWHERE, .parameters = {{"target", 0, false}}, .call = call_is_string},
    {"Len", OTTL_INT, ANYWHERE, .parameters = {{"target", COUNTED, false}}, .call = call_len},
    {"Microseconds", OTTL_INT, ANYWHERE, .parameters = {{"duration", TYPE(DURATION), false}},
     .call = call_microseconds},
    {"Milliseconds", OTTL_INT, ANYWHERE, .parameters = {{"duration", TYPE(DURATION), false}},
     .call = call_milliseconds},
    {"Minutes", OTTL_DOUBLE, ANYWHERE, .parameters = {{"duration", TYPE(DURATION), false}},
     .call = call_minutes},
    {"Nanoseconds", OTTL_INT, ANYWHERE, .parameters = {{"duration", TYPE(DURATION), false}},
     .call = call_nanoseconds},
    {"Now", OTTL_TIME, ANYWHERE, .call = call_now},
    {"Seconds", OTTL_DOUBLE, ANYWHERE, .parameters = {{"duration", TYPE(DURATION), false}},
     .call = call_seconds},
    {"SpanID", OTTL_BYTES, ANYWHERE, .parameters = {{"id", TYPE(BYTES) | TYPE(STRING), false}},
     .call = call_span_id},
    {"Split", OTTL_ROW, ANYWHERE,
     .parameters = {{"target", TYPE(STRING), false}, {"delimiter", TYPE(STRING), false}},
     .call = call_split},
    {"String", OTTL_ANY, ANYWHERE, .parameters = {{"target", 0, false}}, .call = call_string},
    {"Substring", OTTL_STRING, ANYWHERE,
     .parameters = {{"target", TYPE(STRING), false},
                    {"start", TYPE(INT), false},
                    {"length", TYPE(INT), false}},
     .call = call_substring},
    {"ToLowerCase", OTTL_STRING, ANYWHERE, .parameters = {{"target", TYPE(STRING), false}},
     .call = call_lower},
    {"ToUpperCase", OTTL_STRING, ANYWHERE, .parameters = {{"target", TYPE(STRING), false}},
     .call = call_upper},
    {"TraceID", OTTL_BYTES, ANYWHERE, .parameters = {{"id", TYPE(BYTES) | TYPE(STRING), false}},
     .call = call_trace_id},
    {"Trim", OTTL_STRING, ANYWHERE,
     .parameters = {{"target", TYPE(STRING), false}, {"replacement", TYPE(STRING), true}},
     .call = call_trim},
    {"Unix", OTTL_TIME, ANYWHERE,
     .parameters = {{"seconds", TYPE(INT), false}, {"nanoseconds", TYPE(INT), true}},
     .call = call_unix},
    {"UnixMicro", OTTL_INT, ANYWHERE, .parameters = {{"time", TYPE(TIME), false}},
     .call = call_unix_micro},
    {"UnixMilli", OTTL_INT, ANYWHERE, .parameters = {{"time", TYPE(TIME), false}},
     .call = call_unix_milli},
    {"UnixNano", OTTL_INT, ANYWHERE, .parameters = {{"time", TYPE(TIME), false}},
     .call = call_unix_nano},
    {"UnixSeconds", OTTL_INT, ANYWHERE, .parameters = {{"time", TYPE(TIME), false}},
     .call = call_unix_seconds},
};

enum { FUNCTION_COUNT = sizeof(functions) / sizeof(functions[0]) };

static const char *const missing[] = {
    "Base64Decode",
    "Base64Encode",
    "Bool",
    "CommunityID",
    "Day",
    "Decode",
    "DeleteIndex",
    "ExtractGrokPatterns",
    "ExtractPatterns",
    "FNV",
    "Format",
    "FormatTime",
    "HashAttributes",
    "Hex",
    "Hour",
    "InsertXML",
    "IsInCIDR",
    "IsInRange",
    "IsValidLuhn",
    "Keys",
    "Log",
    "Luhn",
    "MD5",
    "Minute",
    "Month",
    "Murmur3Hash",
    "Murmur3Hash128",
    "Nanosecond",
    "ParseCSV",
    "ParseInt",
    "ParseJSON",
    "ParseKeyValue",
    "ParseSeverity",
    "ParseSimplifiedXML",
    "ParseXML",
    "ProfileID",
    "RemoveXML",
    "Second",
    "SHA1",
    "SHA256",
    "SHA512",
    "SliceToMap",
    "Sort",
    "Sum",
    "Time",
    "ToCamelCase",
    "ToKeyValueString",
    "ToSnakeCase",
    "TrimPrefix",
    "TrimSuffix",
    "TruncateTime",
    "URL",
    "UUID",
    "UUIDv7",
    "UserAgent",
    "Values",
    "Weekday",
    "XXH128",
    "XXH3",
    "Year",
};

const struct ottl_function *function_find(struct str name)
{
    for (size_t i = 0; i < FUNCTION_COUNT; i++)
        if (str_is(name, functions[i].name))
            return &functions[i];
    return NULL;
}

bool function_is_missing(struct str name)
{
    for (size_t i = 0; i < sizeof(missing) / sizeof(missing[0]); i++)
        if (str_is(name, missing[i]))
            return true;
    return false;
}

const char *const *function_names(struct arena *arena)
{
    const char **names = arena_alloc(arena, (FUNCTION_COUNT + 1) * sizeof(names[0]));

    for (size_t i = 0; i < FUNCTION_COUNT; i++)
        names[i] = functions[i].name;
    return names;
}
