/*
 * Functions that belong to a context: they look at its span or metric as a whole.
 */
#include "ottl/function_priv.h"
#include "ottl/ottl_value.h"

bool call_is_root_span(struct ottl_call *call)
{
    struct str parent = call->run->data->span->parent_span_id;
    bool any = false;

    for (size_t i = 0; i < parent.len; i++)
        any |= parent.at[i] != 0;
    return give_bool(call->value, !any);
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

bool call_has_key(struct ottl_call *call)
{
    return function_want(call, &call->arguments[0], OTTL_STRING) &&
           give_bool(call->value,
                     any_point_has(call->run->data->metric, call->arguments[0].text, NULL));
}

bool call_has_attribute(struct ottl_call *call)
{
    return function_want(call, &call->arguments[0], OTTL_STRING) &&
           give_bool(call->value, any_point_has(call->run->data->metric, call->arguments[0].text,
                                                &call->arguments[1]));
}
