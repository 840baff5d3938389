/*
 * Lists of components.
 */
#include "service/members.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void members_add(struct members *members, const struct member *member)
{
    members->list = mem_room(members->list, members->count, &members->cap, sizeof(*members->list));
    members->list[members->count++] = *member;
    configuration_ref(member->configuration);
}

void members_destroy_made(struct members *members, size_t from)
{
    for (size_t i = members->count; i-- > from;) {
        struct member made = members->list[i];

        if (made.kept)
            continue;
        members->count--;
        memmove(&members->list[i], &members->list[i + 1],
                (members->count - i) * sizeof(members->list[0]));
        component_destroy(made.component);
        configuration_unref(made.configuration);
    }
}

bool members_have(const struct members *members, const struct component *component)
{
    for (size_t i = 0; i < members->count; i++)
        if (members->list[i].component == component)
            return true;
    return false;
}

bool member_is(const struct member *member, const struct component_entry *entry,
               const struct pipeline_entry *pipeline)
{
    return member->entry && member->entry->type == entry->type &&
           strcmp(member->entry->id, entry->id) == 0 && !member->pipeline == !pipeline &&
           (!pipeline || strcmp(member->pipeline->id, pipeline->id) == 0);
}

void members_done(struct members *members)
{
    for (size_t i = 0; i < members->count; i++)
        configuration_unref(members->list[i].configuration);
    free(members->list);
    *members = (struct members){0};
}
