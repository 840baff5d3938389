/*
 * The shapes of common.proto and resource.proto.
 */
#include "otlp/shape_priv.h"

static const struct shape array_value, key_value_list; /* they and AnyValue hold each other */

static const struct rule any_value_rules[] = {
    TEXT(1, "stringValue"),
    VARINT(2, PROTO_BOOL, "boolValue"),
    VARINT(3, PROTO_INT64, "intValue"),
    FIXED64(4, PROTO_DOUBLE, "doubleValue"),
    MESSAGE(5, "arrayValue", array_value),
    MESSAGE(6, "kvlistValue", key_value_list),
    BYTES(7, "bytesValue"),
    VARINT(8, PROTO_INT32, "stringValueStrindex"),
};
const struct shape shape_any_value = {"AnyValue", SHAPE_NESTS, 0, RULES(any_value_rules)};

static const struct rule key_value_rules[] = {
    TEXT(1, "key"),
    MESSAGE(2, "value", shape_any_value),
    VARINT(3, PROTO_INT32, "keyStrindex"),
};
const struct shape shape_key_value = {"KeyValue", SHAPE_ATTRIBUTE, 0, RULES(key_value_rules)};

static const struct rule array_rules[] = {
    MESSAGES(1, "values", shape_any_value),
};
static const struct shape array_value = {"ArrayValue", SHAPE_PLAIN, 0, RULES(array_rules)};

static const struct rule key_value_list_rules[] = {
    MESSAGES(1, "values", shape_key_value),
};
static const struct shape key_value_list = {"KeyValueList", SHAPE_PLAIN, 0,
                                            RULES(key_value_list_rules)};

static const struct rule entity_ref_rules[] = {
    TEXT(1, "schemaUrl"),
    TEXT(2, "type"),
    TEXTS(3, "idKeys"),
    TEXTS(4, "descriptionKeys"),
};
static const struct shape entity_ref = {"EntityRef", SHAPE_PLAIN, 0, RULES(entity_ref_rules)};

static const struct rule resource_rules[] = {
    MESSAGES(1, "attributes", shape_key_value),
    VARINT(2, PROTO_UINT32, "droppedAttributesCount"),
    MESSAGES(3, "entityRefs", entity_ref),
};
const struct shape shape_resource = {"Resource", SHAPE_PLAIN, 0, RULES(resource_rules)};

static const struct rule scope_rules[] = {
    TEXT(1, "name"),
    TEXT(2, "version"),
    MESSAGES(3, "attributes", shape_key_value),
    VARINT(4, PROTO_UINT32, "droppedAttributesCount"),
};
const struct shape shape_scope = {"InstrumentationScope", SHAPE_PLAIN, 0, RULES(scope_rules)};
