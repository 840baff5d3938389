/*
 * The shapes of OTLP's messages.
 */
#include "otlp/shape.h"

/* The contents of a struct rule. */
#define VARINT     CHECK_TYPE, WIRE_VARINT, 0, NULL
#define FIXED64    CHECK_TYPE, WIRE_FIXED64, 0, NULL
#define FIXED32    CHECK_TYPE, WIRE_FIXED32, 0, NULL
#define BYTES      CHECK_TYPE, WIRE_BYTES, 0, NULL
#define TEXT       CHECK_TEXT, WIRE_BYTES, 0, NULL
#define ID(len)    CHECK_ID, WIRE_BYTES, (len), NULL
#define MESSAGE(s) CHECK_MESSAGE, WIRE_BYTES, 0, &(s)

#define OWN_ID(len) CHECK_OWN_ID, WIRE_BYTES, (len), NULL

/* The last two members of a struct shape. */
#define RULES(table) sizeof(table) / sizeof((table)[0]), (table)

static const struct shape array_value, key_value_list; /* they and AnyValue hold each other */

static const struct rule any_value_rules[] = {
    [1] = {TEXT},                    /* string_value */
    [2] = {VARINT},                  /* bool_value */
    [3] = {VARINT},                  /* int_value */
    [4] = {FIXED64},                 /* double_value */
    [5] = {MESSAGE(array_value)},    /* array_value */
    [6] = {MESSAGE(key_value_list)}, /* kvlist_value */
    [7] = {BYTES},                   /* bytes_value */
    [8] = {VARINT},                  /* string_value_strindex */
};
static const struct shape any_value = {"AnyValue", SHAPE_NESTS, 0, RULES(any_value_rules)};

static const struct rule key_value_rules[] = {
    [1] = {TEXT},               /* key */
    [2] = {MESSAGE(any_value)}, /* value */
    [3] = {VARINT},             /* key_strindex */
};
static const struct shape key_value = {"KeyValue", SHAPE_PLAIN, 0, RULES(key_value_rules)};

static const struct rule array_rules[] = {[1] = {MESSAGE(any_value)}};
static const struct shape array_value = {"ArrayValue", SHAPE_PLAIN, 0, RULES(array_rules)};

static const struct rule key_value_list_rules[] = {[1] = {MESSAGE(key_value)}};
static const struct shape key_value_list = {"KeyValueList", SHAPE_PLAIN, 0,
                                            RULES(key_value_list_rules)};

static const struct rule entity_ref_rules[] = {
    [1] = {TEXT}, /* schema_url */
    [2] = {TEXT}, /* type */
    [3] = {TEXT}, /* id_keys */
    [4] = {TEXT}, /* description_keys */
};
static const struct shape entity_ref = {"EntityRef", SHAPE_PLAIN, 0, RULES(entity_ref_rules)};

static const struct rule resource_rules[] = {
    [1] = {MESSAGE(key_value)},  /* attributes */
    [2] = {VARINT},              /* dropped_attributes_count */
    [3] = {MESSAGE(entity_ref)}, /* entity_refs */
};
static const struct shape resource = {"Resource", SHAPE_PLAIN, 0, RULES(resource_rules)};

static const struct rule scope_rules[] = {
    [1] = {TEXT},               /* name */
    [2] = {TEXT},               /* version */
    [3] = {MESSAGE(key_value)}, /* attributes */
    [4] = {VARINT},             /* dropped_attributes_count */
};
static const struct shape scope = {"InstrumentationScope", SHAPE_PLAIN, 0, RULES(scope_rules)};

static const struct rule event_rules[] = {
    [1] = {FIXED64},            /* time_unix_nano */
    [2] = {TEXT},               /* name */
    [3] = {MESSAGE(key_value)}, /* attributes */
    [4] = {VARINT},             /* dropped_attributes_count */
};
static const struct shape event = {"Event", SHAPE_PLAIN, 0, RULES(event_rules)};

static const struct rule link_rules[] = {
    [1] = {ID(16)},             /* trace_id */
    [2] = {ID(8)},              /* span_id */
    [3] = {TEXT},               /* trace_state */
    [4] = {MESSAGE(key_value)}, /* attributes */
    [5] = {VARINT},             /* dropped_attributes_count */
    [6] = {FIXED32},            /* flags */
};
static const struct shape link = {"Link", SHAPE_PLAIN, 0, RULES(link_rules)};

static const struct rule status_rules[] = {
    [2] = {TEXT},   /* message */
    [3] = {VARINT}, /* code */
};
static const struct shape status = {"Status", SHAPE_PLAIN, 0, RULES(status_rules)};

static const struct rule span_rules[] = {
    [1] = {OWN_ID(16)},         /* trace_id */
    [2] = {OWN_ID(8)},          /* span_id */
    [3] = {TEXT},               /* trace_state */
    [4] = {ID(8)},              /* parent_span_id */
    [5] = {TEXT},               /* name */
    [6] = {VARINT},             /* kind */
    [7] = {FIXED64},            /* start_time_unix_nano */
    [8] = {FIXED64},            /* end_time_unix_nano */
    [9] = {MESSAGE(key_value)}, /* attributes */
    [10] = {VARINT},            /* dropped_attributes_count */
    [11] = {MESSAGE(event)},    /* events */
    [12] = {VARINT},            /* dropped_events_count */
    [13] = {MESSAGE(link)},     /* links */
    [14] = {VARINT},            /* dropped_links_count */
    [15] = {MESSAGE(status)},   /* status */
    [16] = {FIXED32},           /* flags */
};
static const struct shape span = {"Span", SHAPE_PLAIN, 1u << 1 | 1u << 2, RULES(span_rules)};

static const struct rule scope_spans_rules[] = {
    [1] = {MESSAGE(scope)}, /* scope */
    [2] = {MESSAGE(span)},  /* spans */
    [3] = {TEXT},           /* schema_url */
};
static const struct shape scope_spans = {"ScopeSpans", SHAPE_SINGLE, 0, RULES(scope_spans_rules)};

static const struct rule resource_spans_rules[] = {
    [1] = {MESSAGE(resource)},    /* resource */
    [2] = {MESSAGE(scope_spans)}, /* scope_spans */
    [3] = {TEXT},                 /* schema_url */
};
static const struct shape resource_spans = {"ResourceSpans", SHAPE_SINGLE, 0,
                                            RULES(resource_spans_rules)};

static const struct rule traces_request_rules[] = {
    [1] = {MESSAGE(resource_spans)}, /* resource_spans */
};
const struct shape shape_traces_request = {"ExportTraceServiceRequest", SHAPE_PLAIN, 0,
                                           RULES(traces_request_rules)};
