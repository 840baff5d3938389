/*
 * By the text of the settings: what decoding makes of them need not be compared.
 */
#include "service/kept.h"

#include <string.h>

#include "base/log.h"

struct reference_check {
    const struct members *extensions; /* of the new generation */
    bool kept;                        /* all that are referred to are */
};

static void on_extension_id(void *arg, void *member, const struct node *node)
{
    const char *id = *(const char **)member;
    struct reference_check *check = arg;

    (void)node;
    for (size_t i = 0; id && i < check->extensions->count; i++) {
        const struct member *extension = &check->extensions->list[i];

        if (strcmp(extension->component->id, id) == 0)
            check->kept &= extension->kept;
    }
}

static bool names_kept_only(const struct component_entry *entry, const struct members *extensions)
{
    static const enum field_type types[] = {FIELD_TYPE_EXTENSION, FIELD_TYPE_AUTHENTICATOR};
    struct reference_check check = {extensions, true};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        fields_visit(entry->type->fields, types[i], entry->settings, entry->node, on_extension_id,
                     &check);
    return check.kept;
}

static bool goes_on(const struct member *old, const struct component_entry *entry,
                    const struct generation *building)
{
    bool same = node_equal(old->entry->node, entry->node);

    if (!old->entry->type->lasting)
        return same && names_kept_only(entry, &building->extensions);
    if (!same && building->worker->index == 0)
        log_warn(entry->where, "its changes count from the next start on: restart otelc for them");
    return true;
}

const struct member *kept_find(const struct generation *building, const struct generation *before,
                               const struct component_entry *entry,
                               const struct pipeline_entry *pipeline)
{
    bool extension = entry->type->kind == EXTENSION;
    const struct members *of = extension ? &before->extensions : &before->members;
    const struct members *taken = extension ? &building->extensions : &building->members;

    for (size_t i = 0; i < of->count; i++) {
        const struct member *old = &of->list[i];

        if (member_is(old, entry, pipeline) && !members_have(taken, old->component))
            return goes_on(old, entry, building) ? old : NULL;
    }
    return NULL;
}
