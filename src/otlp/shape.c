/*
 * The shapes of OTLP's messages.
 */
#include "otlp/shape.h"

/* One entry of a table of rules: a field's number, and what it holds. */
#define VARINT(number)      [TAG(number, WIRE_VARINT)] = {CHECK_VARINT, 0, NULL}
#define FIXED64(number)     [TAG(number, WIRE_FIXED64)] = {CHECK_FIXED64, 0, NULL}
#define FIXED32(number)     [TAG(number, WIRE_FIXED32)] = {CHECK_FIXED32, 0, NULL}
#define BYTES(number)       [TAG(number, WIRE_BYTES)] = {CHECK_BYTES, 0, NULL}
#define TEXT(number)        [TAG(number, WIRE_BYTES)] = {CHECK_TEXT, 0, NULL}
#define ID(number, len)     [TAG(number, WIRE_BYTES)] = {CHECK_ID, (len), NULL}
#define OWN_ID(number, len) [TAG(number, WIRE_BYTES)] = {CHECK_OWN_ID, (len), NULL}
#define MESSAGE(number, s)  [TAG(number, WIRE_BYTES)] = {CHECK_MESSAGE, 0, &(s)}

/* The last two members of a struct shape. */
#define RULES(table) sizeof(table) / sizeof((table)[0]), (table)

static const struct shape array_value, key_value_list; /* they and AnyValue hold each other */

static const struct rule any_value_rules[] = {
    TEXT(1),                    /* string_value */
    VARINT(2),                  /* bool_value */
    VARINT(3),                  /* int_value */
    FIXED64(4),                 /* double_value */
    MESSAGE(5, array_value),    /* array_value */
    MESSAGE(6, key_value_list), /* kvlist_value */
    BYTES(7),                   /* bytes_value */
    VARINT(8),                  /* string_value_strindex */
};
static const struct shape any_value = {"AnyValue", SHAPE_NESTS, 0, RULES(any_value_rules)};

static const struct rule key_value_rules[] = {
    TEXT(1),               /* key */
    MESSAGE(2, any_value), /* value */
    VARINT(3),             /* key_strindex */
};
static const struct shape key_value = {"KeyValue", SHAPE_ATTRIBUTE, 0, RULES(key_value_rules)};

static const struct rule array_rules[] = {MESSAGE(1, any_value)};
static const struct shape array_value = {"ArrayValue", SHAPE_PLAIN, 0, RULES(array_rules)};

static const struct rule key_value_list_rules[] = {MESSAGE(1, key_value)};
static const struct shape key_value_list = {"KeyValueList", SHAPE_PLAIN, 0,
                                            RULES(key_value_list_rules)};

static const struct rule entity_ref_rules[] = {
    TEXT(1), /* schema_url */
    TEXT(2), /* type */
    TEXT(3), /* id_keys */
    TEXT(4), /* description_keys */
};
static const struct shape entity_ref = {"EntityRef", SHAPE_PLAIN, 0, RULES(entity_ref_rules)};

static const struct rule resource_rules[] = {
    MESSAGE(1, key_value),  /* attributes */
    VARINT(2),              /* dropped_attributes_count */
    MESSAGE(3, entity_ref), /* entity_refs */
};
static const struct shape resource = {"Resource", SHAPE_PLAIN, 0, RULES(resource_rules)};

static const struct rule scope_rules[] = {
    TEXT(1),               /* name */
    TEXT(2),               /* version */
    MESSAGE(3, key_value), /* attributes */
    VARINT(4),             /* dropped_attributes_count */
};
static const struct shape scope = {"InstrumentationScope", SHAPE_PLAIN, 0, RULES(scope_rules)};

static const struct rule event_rules[] = {
    FIXED64(1),            /* time_unix_nano */
    TEXT(2),               /* name */
    MESSAGE(3, key_value), /* attributes */
    VARINT(4),             /* dropped_attributes_count */
};
static const struct shape event = {"Event", SHAPE_PLAIN, 0, RULES(event_rules)};

static const struct rule link_rules[] = {
    ID(1, 16),             /* trace_id */
    ID(2, 8),              /* span_id */
    TEXT(3),               /* trace_state */
    MESSAGE(4, key_value), /* attributes */
    VARINT(5),             /* dropped_attributes_count */
    FIXED32(6),            /* flags */
};
static const struct shape link = {"Link", SHAPE_PLAIN, 0, RULES(link_rules)};

static const struct rule status_rules[] = {
    TEXT(2),   /* message */
    VARINT(3), /* code */
};
static const struct shape status = {"Status", SHAPE_PLAIN, 0, RULES(status_rules)};

static const struct rule span_rules[] = {
    OWN_ID(1, 16),         /* trace_id */
    OWN_ID(2, 8),          /* span_id */
    TEXT(3),               /* trace_state */
    ID(4, 8),              /* parent_span_id */
    TEXT(5),               /* name */
    VARINT(6),             /* kind */
    FIXED64(7),            /* start_time_unix_nano */
    FIXED64(8),            /* end_time_unix_nano */
    MESSAGE(9, key_value), /* attributes */
    VARINT(10),            /* dropped_attributes_count */
    MESSAGE(11, event),    /* events */
    VARINT(12),            /* dropped_events_count */
    MESSAGE(13, link),     /* links */
    VARINT(14),            /* dropped_links_count */
    MESSAGE(15, status),   /* status */
    FIXED32(16),           /* flags */
};
static const struct shape span = {"Span", SHAPE_PLAIN, 1u << 1 | 1u << 2, RULES(span_rules)};

static const struct rule scope_spans_rules[] = {
    MESSAGE(1, scope), /* scope */
    MESSAGE(2, span),  /* spans */
    TEXT(3),           /* schema_url */
};
static const struct shape scope_spans = {"ScopeSpans", SHAPE_SINGLE, 0, RULES(scope_spans_rules)};

static const struct rule resource_spans_rules[] = {
    MESSAGE(1, resource),    /* resource */
    MESSAGE(2, scope_spans), /* scope_spans */
    TEXT(3),                 /* schema_url */
};
static const struct shape resource_spans = {"ResourceSpans", SHAPE_SINGLE, 0,
                                            RULES(resource_spans_rules)};

static const struct rule traces_request_rules[] = {
    MESSAGE(1, resource_spans), /* resource_spans */
};
const struct shape shape_traces_request = {"ExportTraceServiceRequest", SHAPE_PLAIN, 0,
                                           RULES(traces_request_rules)};

bool shape_knows(const struct shape *shape, uint64_t number)
{
    static const enum wire_type types[] = {WIRE_VARINT, WIRE_FIXED64, WIRE_BYTES, WIRE_FIXED32};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (shape_rule(shape, TAG(number, types[i])))
            return true;
    return false;
}
