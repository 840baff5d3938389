/*
 * What the files with OTTL's functions share: giving a value, and the functions themselves.
 */
#pragma once

#include "ottl/function.h"

static inline bool give_bool(struct ottl_value *value, bool boolean)
{
    *value = (struct ottl_value){.type = OTTL_BOOL, .boolean = boolean};
    return true;
}

static inline bool give_int(struct ottl_value *value, int64_t integer)
{
    *value = (struct ottl_value){.type = OTTL_INT, .integer = integer};
    return true;
}

static inline bool give_double(struct ottl_value *value, double number)
{
    *value = (struct ottl_value){.type = OTTL_DOUBLE, .number = number};
    return true;
}

static inline bool give_text(struct ottl_value *value, struct str text)
{
    *value = (struct ottl_value){.type = OTTL_STRING, .text = text};
    return true;
}

/* Whether an argument is of the type; false: *call->run->err says so. */
bool function_want(struct ottl_call *call, const struct ottl_value *value, enum ottl_type type);

/* The same of one that may be left out. */
static inline bool function_may_want(struct ottl_call *call, const struct ottl_value *value,
                                     enum ottl_type type)
{
    return value->type == OTTL_ANY || function_want(call, value, type);
}

bool call_bool(struct ottl_call *call);
bool call_concat(struct ottl_call *call);
bool call_contains(struct ottl_call *call);
bool call_convert_case(struct ottl_call *call);
bool call_digest(struct ottl_call *call);
bool call_double(struct ottl_call *call);
bool call_duration(struct ottl_call *call);
bool call_extract_patterns(struct ottl_call *call);
bool call_format_time(struct ottl_call *call);
bool call_has_attribute(struct ottl_call *call);
bool call_has_key(struct ottl_call *call);
bool call_has_prefix(struct ottl_call *call);
bool call_has_suffix(struct ottl_call *call);
bool call_hours(struct ottl_call *call);
bool call_index(struct ottl_call *call);
bool call_int(struct ottl_call *call);
bool call_is_bool(struct ottl_call *call);
bool call_is_double(struct ottl_call *call);
bool call_is_int(struct ottl_call *call);
bool call_is_list(struct ottl_call *call);
bool call_is_map(struct ottl_call *call);
bool call_is_match(struct ottl_call *call);
bool call_is_root_span(struct ottl_call *call);
bool call_is_string(struct ottl_call *call);
bool call_len(struct ottl_call *call);
bool call_lower(struct ottl_call *call);
bool call_microseconds(struct ottl_call *call);
bool call_milliseconds(struct ottl_call *call);
bool call_minutes(struct ottl_call *call);
bool call_nanoseconds(struct ottl_call *call);
bool call_now(struct ottl_call *call);
bool call_seconds(struct ottl_call *call);
bool call_span_id(struct ottl_call *call);
bool call_split(struct ottl_call *call);
bool call_string(struct ottl_call *call);
bool call_substring(struct ottl_call *call);
bool call_time(struct ottl_call *call);
bool call_trace_id(struct ottl_call *call);
bool call_trim(struct ottl_call *call);
bool call_trim_prefix(struct ottl_call *call);
bool call_trim_suffix(struct ottl_call *call);
bool call_unix(struct ottl_call *call);
bool call_unix_micro(struct ottl_call *call);
bool call_unix_milli(struct ottl_call *call);
bool call_unix_nano(struct ottl_call *call);
bool call_unix_seconds(struct ottl_call *call);
bool call_upper(struct ottl_call *call);
