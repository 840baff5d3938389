/*
 * Functions that look at texts and lists, and make new ones.
 */
#include <inttypes.h>

#include "base/buf.h"
#include "otlp/wire_write.h"
#include "ottl/function_priv.h"
#include "ottl/ottl_value.h"

enum { MOST_PARTS = 65536 /* that Split makes: each takes more memory than its text */ };

bool call_is_match(struct ottl_call *call)
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

bool call_has_prefix(struct ottl_call *call)
{
    return function_want(call, &call->arguments[0], OTTL_STRING) &&
           function_want(call, &call->arguments[1], OTTL_STRING) &&
           give_bool(call->value, str_starts(call->arguments[0].text, call->arguments[1].text));
}

static bool ends(struct str text, struct str suffix)
{
    return text.len >= suffix.len &&
           str_eq((struct str){text.at + text.len - suffix.len, suffix.len}, suffix);
}

bool call_has_suffix(struct ottl_call *call)
{
    return function_want(call, &call->arguments[0], OTTL_STRING) &&
           function_want(call, &call->arguments[1], OTTL_STRING) &&
           give_bool(call->value, ends(call->arguments[0].text, call->arguments[1].text));
}

bool call_concat(struct ottl_call *call)
{
    struct ottl_value list = call->arguments[0], element;
    struct buf text = {0};
    bool first = true;

    if (call->arguments[0].type != OTTL_LIST && !function_want(call, &call->arguments[0], OTTL_ROW))
        return false;
    if (!function_want(call, &call->arguments[1], OTTL_STRING))
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

bool call_substring(struct ottl_call *call)
{
    struct str text = call->arguments[0].text;
    int64_t start = call->arguments[1].integer, len = call->arguments[2].integer;

    if (!function_want(call, &call->arguments[0], OTTL_STRING) ||
        !function_want(call, &call->arguments[1], OTTL_INT) ||
        !function_want(call, &call->arguments[2], OTTL_INT))
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

bool call_split(struct ottl_call *call)
{
    struct str text = call->arguments[0].text, delimiter = call->arguments[1].text;
    struct ottl_value *items;
    size_t count = 1;
    const char *found;

    if (!function_want(call, &call->arguments[0], OTTL_STRING) ||
        !function_want(call, &call->arguments[1], OTTL_STRING))
        return false;
    if (delimiter.len == 0)
        return error_set(call->run->err, "Split: an empty delimiter");
    for (struct str rest = text; count <= MOST_PARTS && (found = find_in(rest, delimiter)); count++)
        rest = (struct str){found + delimiter.len,
                            rest.len - (size_t)(found - rest.at) - delimiter.len};
    if (count > MOST_PARTS)
        return error_set(call->run->err, "Split: more than %d parts", MOST_PARTS);
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

    if (!function_want(call, from, OTTL_STRING))
        return false;
    text = arena_alloc(ottl_run_arena(call->run), from->text.len);
    for (size_t i = 0; i < from->text.len; i++) {
        char c = from->text.at[i];

        text[i] = (char)(c >= first && c <= last ? c ^ 0x20 : c);
    }
    return give_text(call->value, (struct str){text, from->text.len});
}

bool call_lower(struct ottl_call *call)
{
    return change_case(call, 'A', 'Z');
}

bool call_upper(struct ottl_call *call)
{
    return change_case(call, 'a', 'z');
}

bool call_convert_case(struct ottl_call *call)
{
    if (!function_want(call, &call->arguments[1], OTTL_STRING))
        return false;
    if (str_is(call->arguments[1].text, "lower"))
        return call_lower(call);
    if (str_is(call->arguments[1].text, "upper"))
        return call_upper(call);
    return error_set(call->run->err, "ConvertCase: otelc knows \"lower\" and \"upper\"");
}

bool call_trim(struct ottl_call *call)
{
    struct str text = call->arguments[0].text, what = STR(" ");

    if (!function_want(call, &call->arguments[0], OTTL_STRING) ||
        !function_may_want(call, &call->arguments[1], OTTL_STRING))
        return false;
    if (call->arguments[1].type == OTTL_STRING)
        what = call->arguments[1].text;
    while (text.len > 0 && memchr(what.at, text.at[0], what.len))
        text = (struct str){text.at + 1, text.len - 1};
    while (text.len > 0 && memchr(what.at, text.at[text.len - 1], what.len))
        text.len--;
    return give_text(call->value, text);
}

bool call_index(struct ottl_call *call)
{
    struct ottl_value list = call->arguments[0], element;
    int64_t at = 0;
    const char *found;

    if (call->arguments[0].type == OTTL_STRING) {
        if (!function_want(call, &call->arguments[1], OTTL_STRING))
            return false;
        found = find_in(call->arguments[0].text, call->arguments[1].text);
        return give_int(call->value, call->arguments[1].text.len == 0 ? 0
                                     : found ? found - call->arguments[0].text.at
                                             : -1);
    }
    if (call->arguments[0].type != OTTL_LIST && !function_want(call, &call->arguments[0], OTTL_ROW))
        return false;
    for (; ottl_value_next(&list, &element); at++)
        if (ottl_value_compare(OTTL_EQ, &element, &call->arguments[1]))
            return give_int(call->value, at);
    return give_int(call->value, -1);
}

bool call_contains(struct ottl_call *call)
{
    struct ottl_value list = call->arguments[0], element;

    if (call->arguments[0].type != OTTL_LIST && !function_want(call, &call->arguments[0], OTTL_ROW))
        return false;
    while (ottl_value_next(&list, &element))
        if (ottl_value_compare(OTTL_EQ, &element, &call->arguments[1]))
            return give_bool(call->value, true);
    return give_bool(call->value, false);
}

bool call_trim_prefix(struct ottl_call *call)
{
    struct str text = call->arguments[0].text, prefix = call->arguments[1].text;

    if (!function_want(call, &call->arguments[0], OTTL_STRING) ||
        !function_want(call, &call->arguments[1], OTTL_STRING))
        return false;
    if (str_starts(text, prefix))
        text = (struct str){text.at + prefix.len, text.len - prefix.len};
    return give_text(call->value, text);
}

bool call_trim_suffix(struct ottl_call *call)
{
    struct str text = call->arguments[0].text, suffix = call->arguments[1].text;

    if (!function_want(call, &call->arguments[0], OTTL_STRING) ||
        !function_want(call, &call->arguments[1], OTTL_STRING))
        return false;
    if (ends(text, suffix))
        text.len -= suffix.len;
    return give_text(call->value, text);
}

bool call_digest(struct ottl_call *call)
{
    char hex[DIGEST_HEX_MAX];

    return function_want(call, &call->arguments[0], OTTL_STRING) &&
           give_text(call->value,
                     arena_copy(ottl_run_arena(call->run),
                                digester_hex(call->node->digester, call->arguments[0].text, hex)));
}

/* Appends a KeyValue with a string, as a map has it. */
static void put_member(struct buf *out, struct str key, struct str text)
{
    size_t member = wire_begin(out, 1), value;

    wire_put_bytes(out, 1, key);
    value = wire_begin(out, 2);
    wire_put_bytes(out, VALUE_STRING, text);
    wire_end(out, value);
    wire_end(out, member);
}

/* A map of the groups that have taken something. */
bool call_extract_patterns(struct ottl_call *call)
{
    struct regex *regex = call->node->regex;
    size_t count = regex_group_count(regex);
    uint64_t given_up = regex_given_up(regex);
    struct value_view map = {.kind = VALUE_KVLIST};
    struct str *groups;
    struct buf members = {0};

    if (!function_want(call, &call->arguments[0], OTTL_STRING))
        return false;
    groups = arena_alloc(ottl_run_arena(call->run), count * sizeof(groups[0]));
    if (regex_capture(regex, call->arguments[0].text, groups))
        for (size_t i = 0; i < count; i++)
            put_member(&members, regex_group_name(regex, i), groups[i].at ? groups[i] : STR(""));
    map.bytes = arena_copy(ottl_run_arena(call->run), buf_str(&members));
    buf_done(&members);
    if (regex_given_up(regex) > given_up)
        return error_set(call->run->err, "ExtractPatterns: matching this text takes too long");
    *call->value = ottl_value_of(&map);
    return true;
}
