/*
 * Components that stand in their section, and are named nowhere: often a line was forgotten.
 */
#include "service/configuration_priv.h"

static void tell_unused(const struct loader *l, const struct defined *defined)
{
    const struct node *node = defined->entry.node;

    if (defined->section == SECTION_EXTENSIONS)
        problem_at_key(l->problems, PROBLEM_NOTE, node,
                       "is not on: add it to service.extensions, or take it out");
    else if (defined->section == SECTION_CONNECTORS)
        problem_at_key(l->problems, PROBLEM_NOTE, node,
                       "no pipeline uses it: add it to the exporters of one and the receivers of "
                       "another, or take it out");
    else
        problem_at_key(l->problems, PROBLEM_NOTE, node,
                       "no pipeline uses it: add it to the %s of one, or take it out",
                       section_names[defined->section]);
}

void unused_components_tell(const struct loader *l)
{
    for (unsigned s = 0; s < SECTIONS; s++)
        for (size_t i = 0; i < l->defined_count[s]; i++) {
            const struct defined *defined = &l->defined[s][i];

            if (defined->entry.type && !defined->entry.used && !defined->by_other)
                tell_unused(l, defined);
        }
}
