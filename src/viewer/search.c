/*
 * Searching from the newest trace on. What a trace is as a whole is looked at first, then what the
 * store has of each span; its bytes are read only for tags.
 */
#include "viewer/search.h"

#include <stdio.h>
#include <stdlib.h>

#include "config/duration.h"
#include "jaeger/translate.h"
#include "otlp/json.h"
#include "otlp/json_text.h"
#include "viewer/work.h"

enum { NUMBER_SIZE = 64, NS_PER_US = 1000 };

/* ---- what is asked for ---- */

static bool read_number(const struct params *params, const char *name, uint64_t max, uint64_t *out,
                        struct error *err)
{
    struct str value;

    if (!params_find(params, name, &value) || str_to_uint(value, max, out))
        return true;
    return error_set(err, "parameter '%s' is not a number from 0 to %llu", name,
                     (unsigned long long)max);
}

static bool read_duration(const struct params *params, const char *name, uint64_t *ns,
                          struct error *err)
{
    const char *wrong;
    struct str value;

    if (!params_find(params, name, &value))
        return true;
    wrong = duration_parse_ns(value.at, ns);
    return !wrong || error_set(err, "parameter '%s' %s", name, wrong);
}

/* In microseconds. Of start, lookback says the same in another way: "custom" and the like are for
 * Jaeger's own page. */
static bool read_times(struct search *s, const struct params *params, uint64_t now_ns,
                       struct error *err)
{
    uint64_t start_us = 0, end_us = UINT64_MAX / NS_PER_US, back_ns;
    struct str text;

    if (!read_number(params, "start", INT64_MAX, &start_us, err) ||
        !read_number(params, "end", INT64_MAX, &end_us, err))
        return false;
    s->start_ns = start_us > UINT64_MAX / NS_PER_US ? UINT64_MAX : start_us * NS_PER_US;
    s->end_ns = end_us >= UINT64_MAX / NS_PER_US ? UINT64_MAX : end_us * NS_PER_US + NS_PER_US - 1;
    if (!params_find(params, "start", &text) && params_find(params, "lookback", &text) &&
        !duration_parse_ns(text.at, &back_ns) && back_ns < now_ns)
        s->start_ns = now_ns - back_ns;
    return true;
}

static bool add_tag(struct search *s, struct str key, struct str value, struct error *err)
{
    if (s->tag_count == SEARCH_TAGS_MAX)
        return error_set(err, "there are more than %d tags", SEARCH_TAGS_MAX);
    s->tags[s->tag_count++] = (struct search_tag){key, value};
    return true;
}

/* "key:value" */
static bool read_tag(struct search *s, struct str text, struct error *err)
{
    const char *colon = text.len > 0 ? memchr(text.at, ':', text.len) : NULL;
    size_t key = colon ? (size_t)(colon - text.at) : 0;

    if (!colon)
        return error_set(err, "malformed 'tag' parameter, expecting key:value");
    return add_tag(s, (struct str){text.at, key},
                   (struct str){text.at + key + 1, text.len - key - 1}, err);
}

static struct str unescape(const struct json_string *string, struct arena *arena)
{
    char *to = arena_alloc(arena, string->raw.len + 1);

    return (struct str){to, json_unescape(string->raw, to)};
}

/* {"key": "value", ...} */
static bool read_tags(struct search *s, struct str text, struct arena *arena, struct error *err)
{
    struct json json = json_of(text);
    struct json_string key, value;
    size_t count = 0;

    if (json_open(&json, '{'))
        for (; json_more(&json, '}', count); count++) {
            if (!json_string(&json, &key) || !json_colon(&json) || !json_string(&json, &value))
                break;
            if (!add_tag(s, unescape(&key, arena), unescape(&value, arena), err))
                return false;
        }
    if (json_peek(&json) != '\0')
        json_fail(&json, "something stands behind it");
    if (!json.why)
        return true;
    return error_set(err, "malformed 'tags' parameter, expecting {\"key\":\"value\"}: %s",
                     json.why);
}

static bool read_all_tags(struct search *s, const struct params *params, struct arena *arena,
                          struct error *err)
{
    for (size_t i = 0; i < params->count; i++) {
        const struct param *param = &params->at[i];

        if (str_is(param->name, "tag") && !read_tag(s, param->value, err))
            return false;
        if (str_is(param->name, "tags") && !read_tags(s, param->value, arena, err))
            return false;
    }
    return true;
}

static bool read_error(struct search *s, const struct params *params, struct error *err)
{
    struct str value;

    if (!params_find(params, "error", &value))
        return true;
    s->error = str_is(value, "true") || str_is(value, "1");
    return s->error || str_is(value, "false") || str_is(value, "0") ||
           error_set(err, "parameter 'error' is neither true nor false");
}

bool search_read(struct search *s, const struct params *params, uint64_t now_ns,
                 struct arena *arena, struct error *err)
{
    uint64_t limit = SEARCH_LIMIT;

    *s = (struct search){.longest_ns = UINT64_MAX};
    if (!params_find(params, "service", &s->service))
        s->service = (struct str){0};
    if (!params_find(params, "operation", &s->operation))
        s->operation = (struct str){0};
    if (!read_duration(params, "minDuration", &s->shortest_ns, err) ||
        !read_duration(params, "maxDuration", &s->longest_ns, err) ||
        !read_times(s, params, now_ns, err) || !read_all_tags(s, params, arena, err) ||
        !read_error(s, params, err) || !read_number(params, "after", INT64_MAX, &s->after, err) ||
        !read_number(params, "limit", INT32_MAX, &limit, err))
        return false;
    if (s->longest_ns < s->shortest_ns)
        return error_set(err, "'maxDuration' should be greater than 'minDuration'");
    s->limit = limit == 0 ? SEARCH_LIMIT : limit > SEARCH_LIMIT_MAX ? SEARCH_LIMIT_MAX : limit;
    return true;
}

/* ---- tags of spans ---- */

static bool double_is(double number, struct str text)
{
    char copy[NUMBER_SIZE], *end;

    if (text.len == 0 || text.len >= sizeof(copy))
        return false;
    memcpy(copy, text.at, text.len);
    copy[text.len] = '\0';
    return strtod(copy, &end) == number && *end == '\0';
}

static bool list_is(const struct value_view *value, struct str text)
{
    struct buf scratch = {0};
    bool is = str_eq(json_text(value, &scratch), text);

    buf_done(&scratch);
    return is;
}

static bool value_is(const struct value_view *value, struct str text)
{
    char number[NUMBER_SIZE];

    switch (value->kind) {
    case VALUE_STRING:
        return str_eq(value->bytes, text);
    case VALUE_BOOL:
        return str_is(text, value->boolean ? "true" : "false");
    case VALUE_INT:
        snprintf(number, sizeof(number), "%lld", (long long)value->integer);
        return str_is(text, number);
    case VALUE_DOUBLE:
        return double_is(value->number, text);
    case VALUE_ARRAY:
    case VALUE_KVLIST:
        return list_is(value, text);
    case VALUE_BYTES:
        return false;
    case VALUE_EMPTY:
        break;
    }
    return text.len == 0;
}

static bool tag_is(const struct attribute_view *tag, const struct search_tag *wanted)
{
    return str_eq(tag->key, wanted->key) && value_is(&tag->value, wanted->value);
}

static bool any_is(const struct attribute_view *tags, unsigned count,
                   const struct search_tag *wanted)
{
    for (unsigned i = 0; i < count; i++)
        if (tag_is(&tags[i], wanted))
            return true;
    return false;
}

static bool attributes_have(struct repeated attributes, const struct search_tag *wanted)
{
    struct attribute_view attribute;

    while (attribute_next(&attributes, &attribute))
        if (tag_is(&attribute, wanted))
            return true;
    return false;
}

static bool events_have(struct repeated events, const struct search_tag *wanted)
{
    struct attribute_view name;
    struct event_view event;
    struct str message;

    while (repeated_next(&events, &message)) {
        event_read(message, &event);
        if ((event_tag(&event, &name) && tag_is(&name, wanted)) ||
            attributes_have(event.attributes, wanted))
            return true;
    }
    return false;
}

/* Those of the span, of its process and of its logs, as Jaeger would have them. */
static bool span_has(const struct held_trace *trace, const struct held_span *span,
                     const struct search_tag *wanted)
{
    struct attribute_view extra[SPAN_EXTRA_TAGS];
    const struct part *scope = held_span_scope(trace, span);
    struct resource_view resource;
    struct span_view view;

    span_read(held_span_message(trace, span), &view);
    if (attributes_have(view.attributes, wanted) ||
        any_is(extra, span_tags(&view, extra), wanted) ||
        any_is(extra, scope_tags(part_message(scope), extra), wanted) ||
        events_have(view.events, wanted))
        return true;
    resource_read(part_message(scope->above), &resource);
    return attributes_have(resource.attributes, wanted);
}

/* ---- spans and traces ---- */

static bool span_is_found(const struct search *s, const struct held_trace *trace,
                          const struct held_span *span)
{
    uint64_t duration_ns = (uint64_t)span->duration_ns;

    if (span->start_ns < s->start_ns || span->start_ns > s->end_ns || (s->error && !span->error))
        return false;
    if (s->service.len > 0 && (!str_eq(part_str(held_span_service(span)), s->service) ||
                               duration_ns < s->shortest_ns || duration_ns > s->longest_ns))
        return false;
    if (s->operation.len > 0 && !str_eq(part_str(span->operation), s->operation))
        return false;
    for (size_t i = 0; i < s->tag_count; i++)
        if (!span_has(trace, span, &s->tags[i]))
            return false;
    return true;
}

/* Whether there may be such spans in it. */
static bool trace_may_have(const struct search *s, const struct held_trace *trace)
{
    uint64_t duration_ns = trace->end_ns - trace->start_ns;

    if ((s->error && trace->errors == 0) || trace->start_ns > s->end_ns ||
        trace->end_ns < s->start_ns)
        return false;
    return s->service.len > 0 || (duration_ns >= s->shortest_ns && duration_ns <= s->longest_ns);
}

void search_leave(struct search *s, struct trace_store *store)
{
    if (s->trace)
        trace_unpin(store, s->trace);
    s->trace = NULL;
}

/* False: there is none. */
static bool next_trace(struct search *s, struct trace_store *store)
{
    struct held_trace *trace = trace_walk_next(store);

    if (!trace || trace->seq <= s->after)
        return false;
    trace_pin(trace);
    s->trace = trace;
    s->span = 0;
    s->spans = trace_may_have(s, trace) ? trace->span_count : 0;
    return true;
}

static size_t cost_of(const struct search *s, const struct held_span *span)
{
    return WORK_SPAN + s->tag_count * span->len;
}

enum search_step search_next(struct search *s, struct trace_store *store, size_t *work)
{
    while (*work > 0) {
        if (!s->trace || s->span == s->spans) {
            search_leave(s, store);
            if (!next_trace(s, store))
                return SEARCH_OVER;
            work_spend(work, WORK_TRACE);
        } else if (span_is_found(s, s->trace, &s->trace->spans[s->span])) {
            s->span = s->spans; /* the others do not matter */
            return SEARCH_FOUND;
        } else {
            work_spend(work, cost_of(s, &s->trace->spans[s->span++]));
        }
    }
    return SEARCH_PAUSED;
}
