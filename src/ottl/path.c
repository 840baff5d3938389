/*
 * One small reader for each path. Ids are always whole: where OTLP leaves one out it is zeros, as
 * the official collector has them, so that parent_span_id == SpanID(0x0000000000000000) is true.
 */
#include "ottl/path.h"

#include "base/hex.h"
#include "ottl/ottl_value.h"

enum { TRACE_ID_LEN = 16, SPAN_ID_LEN = 8 };

static const char zeros[TRACE_ID_LEN];

static struct ottl_value of_bool(bool boolean)
{
    return (struct ottl_value){.type = OTTL_BOOL, .boolean = boolean};
}

static struct ottl_value of_int(int64_t integer)
{
    return (struct ottl_value){.type = OTTL_INT, .integer = integer};
}

static struct ottl_value of_double(double number)
{
    return (struct ottl_value){.type = OTTL_DOUBLE, .number = number};
}

static struct ottl_value of_text(struct str text)
{
    return (struct ottl_value){.type = OTTL_STRING, .text = text};
}

static struct ottl_value of_time(uint64_t ns)
{
    return (struct ottl_value){.type = OTTL_TIME, .integer = (int64_t)ns};
}

static struct ottl_value of_map(struct repeated elements)
{
    return (struct ottl_value){.type = OTTL_MAP, .elements = elements};
}

static struct ottl_value of_messages(uint32_t count)
{
    return (struct ottl_value){.type = OTTL_MESSAGES, .count = count};
}

static struct ottl_value of_id(struct str id, size_t len)
{
    return (struct ottl_value){.type = OTTL_BYTES, .text = id.len ? id : (struct str){zeros, len}};
}

static struct ottl_value of_id_text(struct ottl_run *run, struct str id, size_t len)
{
    char *digits = arena_alloc(ottl_run_arena(run), 2 * len);

    for (size_t i = 0; i < 2 * len; i++)
        digits[i] =
            id.len ? "0123456789abcdef"[(unsigned char)id.at[i / 2] >> (i % 2 ? 0 : 4) & 15] : '0';
    return of_text((struct str){digits, 2 * len});
}

/* The value of a key in a tracestate: key=value, in a list with commas. */
static struct ottl_value of_member(struct str state, struct str key)
{
    while (state.len > 0) {
        const char *comma = memchr(state.at, ',', state.len);
        size_t len = comma ? (size_t)(comma - state.at) : state.len;
        struct str member = str_trim((struct str){state.at, len});

        if (member.len > key.len && member.at[key.len] == '=' && str_starts(member, key))
            return of_text((struct str){member.at + key.len + 1, member.len - key.len - 1});
        len += comma != NULL;
        state = (struct str){state.at + len, state.len - len};
    }
    return of_text(STR(""));
}

static struct ottl_value kind_text(int32_t kind, bool deprecated)
{
    static const char *const names[] = {"Unspecified", "Internal", "Server",
                                        "Client",      "Producer", "Consumer"};
    static const char *const old_names[] = {"SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL",
                                            "SPAN_KIND_SERVER",      "SPAN_KIND_CLIENT",
                                            "SPAN_KIND_PRODUCER",    "SPAN_KIND_CONSUMER"};

    if (kind < 0 || kind > SPAN_KIND_CONSUMER)
        return of_text(STR(""));
    return of_text(str_of(deprecated ? old_names[kind] : names[kind]));
}

static int metric_type(enum metric_kind kind)
{
    switch (kind) {
    case METRIC_GAUGE:
        return 1;
    case METRIC_SUM:
        return 2;
    case METRIC_HISTOGRAM:
        return 3;
    case METRIC_EXPONENTIAL_HISTOGRAM:
        return 4;
    case METRIC_SUMMARY:
        return 5;
    default:
        return 0;
    }
}

static struct ottl_value metric_temporality(const struct metric_view *metric)
{
    bool has = metric->kind == METRIC_SUM || metric->kind == METRIC_HISTOGRAM ||
               metric->kind == METRIC_EXPONENTIAL_HISTOGRAM;

    return has ? of_int(metric->temporality) : (struct ottl_value){.type = OTTL_NIL};
}

static struct ottl_value metric_monotonic(const struct metric_view *metric)
{
    return metric->kind == METRIC_SUM ? of_bool(metric->monotonic)
                                      : (struct ottl_value){.type = OTTL_NIL};
}

static struct ottl_value metric_points(const struct metric_view *metric)
{
    struct metric_points points = metric->points;
    struct str message;
    uint32_t count = 0;

    while (metric_next_point(&points, &message))
        count++;
    return of_messages(count);
}

/* What a gauge's or a sum's point has; of another type it is 0. */
static struct ottl_value point_int(const struct ottl_data *data)
{
    if (data->metric->kind != METRIC_GAUGE && data->metric->kind != METRIC_SUM)
        return (struct ottl_value){.type = OTTL_NIL};
    return of_int(data->point->value.kind == VALUE_INT ? data->point->value.integer : 0);
}

static struct ottl_value point_double(const struct ottl_data *data)
{
    if (data->metric->kind != METRIC_GAUGE && data->metric->kind != METRIC_SUM)
        return (struct ottl_value){.type = OTTL_NIL};
    return of_double(data->point->value.kind == VALUE_DOUBLE ? data->point->value.number : 0);
}

static bool point_has_count(const struct ottl_data *data)
{
    return data->metric->kind != METRIC_GAUGE && data->metric->kind != METRIC_SUM &&
           data->metric->kind != METRIC_EMPTY;
}

static struct ottl_value point_count(const struct ottl_data *data)
{
    return point_has_count(data) ? of_int((int64_t)data->point->count)
                                 : (struct ottl_value){.type = OTTL_NIL};
}

static struct ottl_value point_sum(const struct ottl_data *data)
{
    return point_has_count(data) ? of_double(data->point->sum)
                                 : (struct ottl_value){.type = OTTL_NIL};
}

static struct ottl_value log_body(const struct ottl_data *data)
{
    return ottl_value_of(&data->log->body);
}

/* X(context, the reader's name, path, type, keyed, value): d is the data. */
#define PATHS(X)                                                                                   \
    X(RESOURCE, r_attributes, "attributes", MAP, true, of_map(d->resource->attributes))            \
    X(RESOURCE, r_dropped, "dropped_attributes_count", INT, false,                                 \
      of_int(d->resource->dropped_attributes))                                                     \
    X(SCOPE, c_name, "name", STRING, false, of_text(d->scope->name))                               \
    X(SCOPE, c_version, "version", STRING, false, of_text(d->scope->version))                      \
    X(SCOPE, c_attributes, "attributes", MAP, true, of_map(d->scope->attributes))                  \
    X(SCOPE, c_dropped, "dropped_attributes_count", INT, false,                                    \
      of_int(d->scope->dropped_attributes))                                                        \
    X(SPAN, s_name, "name", STRING, false, of_text(d->span->name))                                 \
    X(SPAN, s_kind, "kind", INT, false, of_int(d->span->kind))                                     \
    X(SPAN, s_kind_string, "kind.string", STRING, false, kind_text(d->span->kind, false))          \
    X(SPAN, s_kind_old, "kind.deprecated_string", STRING, false, kind_text(d->span->kind, true))   \
    X(SPAN, s_attributes, "attributes", MAP, true, of_map(d->span->attributes))                    \
    X(SPAN, s_status, "status", INT, false, of_int(d->span->status_code))                          \
    X(SPAN, s_code, "status.code", INT, false, of_int(d->span->status_code))                       \
    X(SPAN, s_message, "status.message", STRING, false, of_text(d->span->status_message))          \
    X(SPAN, s_trace, "trace_id", BYTES, false, of_id(d->span->trace_id, TRACE_ID_LEN))             \
    X(SPAN, s_trace_text, "trace_id.string", STRING, false,                                        \
      of_id_text(run, d->span->trace_id, TRACE_ID_LEN))                                            \
    X(SPAN, s_span, "span_id", BYTES, false, of_id(d->span->span_id, SPAN_ID_LEN))                 \
    X(SPAN, s_span_text, "span_id.string", STRING, false,                                          \
      of_id_text(run, d->span->span_id, SPAN_ID_LEN))                                              \
    X(SPAN, s_parent, "parent_span_id", BYTES, false, of_id(d->span->parent_span_id, SPAN_ID_LEN)) \
    X(SPAN, s_parent_text, "parent_span_id.string", STRING, false,                                 \
      of_id_text(run, d->span->parent_span_id, SPAN_ID_LEN))                                       \
    X(SPAN, s_state, "trace_state", STRING, true, of_text(d->span->trace_state))                   \
    X(SPAN, s_start, "start_time", TIME, false, of_time(d->span->start_ns))                        \
    X(SPAN, s_end, "end_time", TIME, false, of_time(d->span->end_ns))                              \
    X(SPAN, s_start_ns, "start_time_unix_nano", INT, false, of_int((int64_t)d->span->start_ns))    \
    X(SPAN, s_end_ns, "end_time_unix_nano", INT, false, of_int((int64_t)d->span->end_ns))          \
    X(SPAN, s_events, "events", MESSAGES, false, of_messages(d->span->events.count))               \
    X(SPAN, s_links, "links", MESSAGES, false, of_messages(d->span->links.count))                  \
    X(SPAN, s_flags, "flags", INT, false, of_int(d->span->flags))                                  \
    X(SPAN, s_dropped, "dropped_attributes_count", INT, false,                                     \
      of_int(d->span->dropped_attributes))                                                         \
    X(SPAN, s_dropped_events, "dropped_events_count", INT, false, of_int(d->span->dropped_events)) \
    X(SPAN, s_dropped_links, "dropped_links_count", INT, false, of_int(d->span->dropped_links))    \
    X(SPANEVENT, e_name, "name", STRING, false, of_text(d->event->name))                           \
    X(SPANEVENT, e_attributes, "attributes", MAP, true, of_map(d->event->attributes))              \
    X(SPANEVENT, e_time, "time", TIME, false, of_time(d->event->time_ns))                          \
    X(SPANEVENT, e_time_ns, "time_unix_nano", INT, false, of_int((int64_t)d->event->time_ns))      \
    X(SPANEVENT, e_index, "event_index", INT, false, of_int(d->event_index))                       \
    X(SPANEVENT, e_dropped, "dropped_attributes_count", INT, false,                                \
      of_int(d->event->dropped_attributes))                                                        \
    X(METRIC, m_name, "name", STRING, false, of_text(d->metric->name))                             \
    X(METRIC, m_description, "description", STRING, false, of_text(d->metric->description))        \
    X(METRIC, m_unit, "unit", STRING, false, of_text(d->metric->unit))                             \
    X(METRIC, m_type, "type", INT, false, of_int(metric_type(d->metric->kind)))                    \
    X(METRIC, m_temporality, "aggregation_temporality", ANY, false, metric_temporality(d->metric)) \
    X(METRIC, m_monotonic, "is_monotonic", ANY, false, metric_monotonic(d->metric))                \
    X(METRIC, m_points, "data_points", MESSAGES, false, metric_points(d->metric))                  \
    X(DATAPOINT, p_attributes, "attributes", MAP, true, of_map(d->point->attributes))              \
    X(DATAPOINT, p_start, "start_time", TIME, false, of_time(d->point->start_ns))                  \
    X(DATAPOINT, p_time, "time", TIME, false, of_time(d->point->time_ns))                          \
    X(DATAPOINT, p_start_ns, "start_time_unix_nano", INT, false,                                   \
      of_int((int64_t)d->point->start_ns))                                                         \
    X(DATAPOINT, p_time_ns, "time_unix_nano", INT, false, of_int((int64_t)d->point->time_ns))      \
    X(DATAPOINT, p_int, "value_int", ANY, false, point_int(d))                                     \
    X(DATAPOINT, p_double, "value_double", ANY, false, point_double(d))                            \
    X(DATAPOINT, p_count, "count", ANY, false, point_count(d))                                     \
    X(DATAPOINT, p_sum, "sum", ANY, false, point_sum(d))                                           \
    X(DATAPOINT, p_exemplars, "exemplars", MESSAGES, false,                                        \
      of_messages(d->point->exemplars.count))                                                      \
    X(DATAPOINT, p_flags, "flags", INT, false, of_int(d->point->flags))                            \
    X(LOG, l_time, "time", TIME, false, of_time(d->log->time_ns))                                  \
    X(LOG, l_observed, "observed_time", TIME, false, of_time(d->log->observed_ns))                 \
    X(LOG, l_time_ns, "time_unix_nano", INT, false, of_int((int64_t)d->log->time_ns))              \
    X(LOG, l_observed_ns, "observed_time_unix_nano", INT, false,                                   \
      of_int((int64_t)d->log->observed_ns))                                                        \
    X(LOG, l_number, "severity_number", INT, false, of_int(d->log->severity))                      \
    X(LOG, l_text, "severity_text", STRING, false, of_text(d->log->severity_text))                 \
    X(LOG, l_event, "event_name", STRING, false, of_text(d->log->event_name))                      \
    X(LOG, l_body, "body", ANY, true, log_body(d))                                                 \
    X(LOG, l_body_string, "body.string", STRING, false, ottl_value_text(run, log_body(d)))         \
    X(LOG, l_attributes, "attributes", MAP, true, of_map(d->log->attributes))                      \
    X(LOG, l_flags, "flags", INT, false, of_int(d->log->flags))                                    \
    X(LOG, l_trace, "trace_id", BYTES, false, of_id(d->log->trace_id, TRACE_ID_LEN))               \
    X(LOG, l_trace_text, "trace_id.string", STRING, false,                                         \
      of_id_text(run, d->log->trace_id, TRACE_ID_LEN))                                             \
    X(LOG, l_span, "span_id", BYTES, false, of_id(d->log->span_id, SPAN_ID_LEN))                   \
    X(LOG, l_span_text, "span_id.string", STRING, false,                                           \
      of_id_text(run, d->log->span_id, SPAN_ID_LEN))                                               \
    X(LOG, l_dropped, "dropped_attributes_count", INT, false, of_int(d->log->dropped_attributes))

#define READ(context_, reader, name_, type_, keyed_, from)                                         \
    static void reader(struct ottl_run *run, struct ottl_value *value)                             \
    {                                                                                              \
        const struct ottl_data *d = run->data;                                                     \
                                                                                                   \
        *value = (from);                                                                           \
    }
PATHS(READ)
#undef READ

#define DESCRIBE(context_, reader, name_, type_, keyed_, from)                                     \
    {.context = OTTL_##context_,                                                                   \
     .name = (name_),                                                                              \
     .type = OTTL_##type_,                                                                         \
     .keyed = (keyed_),                                                                            \
     .read = (reader)},
static const struct ottl_path paths[] = {PATHS(DESCRIBE)};
#undef DESCRIBE

enum { PATH_COUNT = sizeof(paths) / sizeof(paths[0]) };

const char *const ottl_context_names[OTTL_CONTEXTS + 1] = {
    [OTTL_RESOURCE] = "resource", [OTTL_SCOPE] = "scope",
    [OTTL_SPAN] = "span",         [OTTL_SPANEVENT] = "spanevent",
    [OTTL_METRIC] = "metric",     [OTTL_DATAPOINT] = "datapoint",
    [OTTL_LOG] = "log",
};

const struct ottl_path *path_find(enum ottl_context context, struct str name)
{
    for (size_t i = 0; i < PATH_COUNT; i++)
        if (paths[i].context == context && str_is(name, paths[i].name))
            return &paths[i];
    return NULL;
}

bool path_sees(enum ottl_context inner, enum ottl_context outer)
{
    return inner == outer || outer == OTTL_RESOURCE ||
           (outer == OTTL_SCOPE && inner != OTTL_RESOURCE) ||
           (outer == OTTL_SPAN && inner == OTTL_SPANEVENT) ||
           (outer == OTTL_METRIC && inner == OTTL_DATAPOINT);
}

enum ottl_context path_context(struct str name)
{
    enum ottl_context context = OTTL_RESOURCE;

    if (str_is(name, "instrumentation_scope"))
        return OTTL_SCOPE;
    while (context < OTTL_CONTEXTS && !str_is(name, ottl_context_names[context]))
        context++;
    return context;
}

const char *const *path_names(enum ottl_context context, struct arena *arena)
{
    const char **names = arena_alloc(arena, (PATH_COUNT + 1) * sizeof(names[0]));
    size_t count = 0;

    for (size_t i = 0; i < PATH_COUNT; i++)
        if (paths[i].context == context)
            names[count++] = paths[i].name;
    return names;
}

static bool index_map(struct ottl_value *value, struct str key)
{
    struct repeated elements = value->elements;
    struct attribute_view attribute;

    *value = (struct ottl_value){.type = OTTL_NIL};
    while (attribute_next(&elements, &attribute))
        if (str_eq(attribute.key, key)) {
            *value = ottl_value_of(&attribute.value);
            break;
        }
    return true;
}

static bool index_list(struct ottl_run *run, struct ottl_value *value, int64_t index)
{
    struct repeated elements = value->elements;
    struct str message;
    struct value_view view;

    if (value->type == OTTL_ROW && index >= 0 && (uint64_t)index < value->row.count) {
        *value = value->row.items[index];
        return true;
    }
    if (value->type == OTTL_LIST && index >= 0)
        for (int64_t i = 0; repeated_next(&elements, &message); i++)
            if (i == index) {
                value_read(message, &view);
                *value = ottl_value_of(&view);
                return true;
            }
    return error_set(run->err, "the list has no element %lld", (long long)index);
}

bool path_index(struct ottl_run *run, struct ottl_value *value, const struct ottl_value *key)
{
    if (value->type == OTTL_NIL)
        return true;
    if (key->type == OTTL_STRING && value->type == OTTL_MAP)
        return index_map(value, key->text);
    if (key->type == OTTL_INT && (value->type == OTTL_LIST || value->type == OTTL_ROW))
        return index_list(run, value, key->integer);
    return error_set(run->err, "%s has no element that is named by %s", ottl_type_name(value->type),
                     ottl_type_name(key->type));
}

bool path_evaluate(struct ottl_run *run, const struct ottl_node *node, struct ottl_value *value)
{
    node->path->read(run, value);
    for (size_t i = 0; i < node->count; i++) {
        struct ottl_value key = {0};

        if (!ottl_evaluate(run, node->children[i], &key))
            return false;
        if (node->path->type == OTTL_STRING && i == 0 && key.type == OTTL_STRING)
            *value = of_member(value->text, key.text); /* trace_state["..."] */
        else if (!path_index(run, value, &key))
            return false;
    }
    return true;
}
