/*
 * As a map, or as the list that newer files have: {attributes: [{name: X, value: Y}]}.
 */
#include "service/telemetry_resource.h"

#include <string.h>

#include "base/version.h"
#include "service/instance.h"

/* False: there are too many. */
static bool set(struct telemetry_resource *resource, const char *name, const char *value)
{
    size_t i = 0;

    while (i < resource->count && strcmp(resource->at[i].name, name) != 0)
        i++;
    if (i == RESOURCE_MAX)
        return false;
    resource->at[i] = (struct text_pair){name, value};
    resource->count += i == resource->count;
    return true;
}

/* at: where it stands, for messages. */
static void set_node(struct telemetry_resource *resource, const char *name,
                     const struct node *value, const struct node *at, struct problems *problems)
{
    const char *text = value && value->kind == NODE_SCALAR ? value->text : NULL;

    if (text || !value || value->kind == NODE_NULL) {
        if (!set(resource, name, text))
            error_at(problems, at, "is one too many: a resource has %d attributes at most",
                     RESOURCE_MAX);
    } else if (!value->broken) {
        error_at(problems, value, "wants a text, a number, true or false, not %s",
                 node_what(value));
    }
}

static void set_list(struct telemetry_resource *resource, const struct node *list,
                     struct problems *problems)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct node *name = node_get(list->children[i], "name");

        if (!name || name->kind != NODE_SCALAR)
            error_at(problems, list->children[i], "wants a map with name and value");
        else
            set_node(resource, name->text, node_get(list->children[i], "value"), list->children[i],
                     problems);
    }
}

void telemetry_resource_read(struct telemetry_resource *resource, const struct node *node,
                             struct problems *problems)
{
    const struct node *list = node_get(node, "attributes");

    resource->count = 0;
    set(resource, "service.name", "otelc");
    set(resource, "service.version", OTELC_VERSION);
    set(resource, "service.instance.id", instance_id());
    if (!node || node->kind == NODE_NULL || node->broken)
        return;
    if (node->kind != NODE_MAP)
        error_at(problems, node, "wants a map of names and values, not %s", node_what(node));
    else if (list && list->kind == NODE_LIST)
        set_list(resource, list, problems);
    else
        for (size_t i = 0; i < node->count; i++)
            set_node(resource, node->children[i]->key, node->children[i], node->children[i],
                     problems);
}
