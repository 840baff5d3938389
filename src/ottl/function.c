/*
 * A function for each of OTTL's, by the official collector's rules: where a text is wanted, one
 * that takes "like" values converts them (IsMatch, Concat), the others say that it is none.
 */
#include "ottl/function.h"

#include "ottl/function_priv.h"

#define TYPE(type) (1u << OTTL_##type)

bool function_want(struct ottl_call *call, const struct ottl_value *value, enum ottl_type type)
{
    if (value->type == type)
        return true;
    return error_set(call->run->err, "%s wants %s, and got %s", call->node->function->name,
                     ottl_type_name(type), ottl_type_name(value->type));
}

#define LISTS    (TYPE(LIST) | TYPE(ROW))
#define COUNTED  (LISTS | TYPE(STRING) | TYPE(BYTES) | TYPE(MAP) | TYPE(MESSAGES))
#define ANYWHERE .context = OTTL_CONTEXTS

static const struct ottl_function functions[] = {
    {"Bool", OTTL_ANY, ANYWHERE, .parameters = {{"target", 0, false}}, .call = call_bool},
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
    {"ExtractPatterns", OTTL_MAP, ANYWHERE, .pattern = 1, .groups = true,
     .parameters = {{"target", TYPE(STRING), false}, {"pattern", TYPE(STRING), false}},
     .call = call_extract_patterns},
    {"FormatTime", OTTL_STRING, ANYWHERE, .format = 1,
     .parameters = {{"time", TYPE(TIME), false}, {"format", TYPE(STRING), false}},
     .call = call_format_time},
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
    {"MD5", OTTL_STRING, ANYWHERE, .digest = DIGEST_MD5 + 1,
     .parameters = {{"target", TYPE(STRING), false}}, .call = call_digest},
    {"Microseconds", OTTL_INT, ANYWHERE, .parameters = {{"duration", TYPE(DURATION), false}},
     .call = call_microseconds},
    {"Milliseconds", OTTL_INT, ANYWHERE, .parameters = {{"duration", TYPE(DURATION), false}},
     .call = call_milliseconds},
    {"Minutes", OTTL_DOUBLE, ANYWHERE, .parameters = {{"duration", TYPE(DURATION), false}},
     .call = call_minutes},
    {"Nanoseconds", OTTL_INT, ANYWHERE, .parameters = {{"duration", TYPE(DURATION), false}},
     .call = call_nanoseconds},
    {"Now", OTTL_TIME, ANYWHERE, .call = call_now},
    {"SHA1", OTTL_STRING, ANYWHERE, .digest = DIGEST_SHA1 + 1,
     .parameters = {{"target", TYPE(STRING), false}}, .call = call_digest},
    {"SHA256", OTTL_STRING, ANYWHERE, .digest = DIGEST_SHA256 + 1,
     .parameters = {{"target", TYPE(STRING), false}}, .call = call_digest},
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
    {"Time", OTTL_TIME, ANYWHERE, .format = 1,
     .parameters = {{"target", TYPE(STRING), false},
                    {"format", TYPE(STRING), false},
                    {"location", TYPE(STRING), true}},
     .call = call_time},
    {"ToLowerCase", OTTL_STRING, ANYWHERE, .parameters = {{"target", TYPE(STRING), false}},
     .call = call_lower},
    {"ToUpperCase", OTTL_STRING, ANYWHERE, .parameters = {{"target", TYPE(STRING), false}},
     .call = call_upper},
    {"TraceID", OTTL_BYTES, ANYWHERE, .parameters = {{"id", TYPE(BYTES) | TYPE(STRING), false}},
     .call = call_trace_id},
    {"Trim", OTTL_STRING, ANYWHERE,
     .parameters = {{"target", TYPE(STRING), false}, {"replacement", TYPE(STRING), true}},
     .call = call_trim},
    {"TrimPrefix", OTTL_STRING, ANYWHERE,
     .parameters = {{"target", TYPE(STRING), false}, {"prefix", TYPE(STRING), false}},
     .call = call_trim_prefix},
    {"TrimSuffix", OTTL_STRING, ANYWHERE,
     .parameters = {{"target", TYPE(STRING), false}, {"suffix", TYPE(STRING), false}},
     .call = call_trim_suffix},
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
    "CommunityID",
    "Day",
    "Decode",
    "DeleteIndex",
    "ExtractGrokPatterns",
    "FNV",
    "Format",
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
    "SHA512",
    "SliceToMap",
    "Sort",
    "Sum",
    "ToCamelCase",
    "ToKeyValueString",
    "ToSnakeCase",
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
