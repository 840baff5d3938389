/*
 * Ids whose type this program has no component for: whether upstream has it, or what is near.
 */
#include "service/configuration_priv.h"

#include "base/arena.h"
#include "config/nearest.h"

/* The names of all types of a section: for nearest_name, and as one text. */
static const char **type_names(const struct loader *l, enum section section, const char **text)
{
    const char **names;
    size_t count = 0;

    while (l->types[count])
        count++;
    names = arena_alloc(l->arena, (count + 1) * sizeof(*names));
    count = 0;
    *text = "";
    for (const struct component_type *const *type = l->types; *type; type++)
        if ((unsigned)(*type)->kind == (unsigned)section) {
            *text = arena_printf(l->arena, "%s%s%s", *text, count > 0 ? ", " : "", (*type)->name);
            names[count++] = (*type)->name;
        }
    if (count == 0)
        *text = "none";
    return names;
}

static void tell_unknown(const struct loader *l, const struct defined *defined)
{
    enum section section = defined->section;
    const char *one = section_one[section], *all;
    const char **names = type_names(l, section, &all);
    const char *nearest = nearest_name(defined->type_name, names);
    const char *instead = use_instead(section, defined->type_name);
    const char *rest = section == SECTION_EXTENSIONS ? "it is left out"
                       : !defined->by_served         ? "it is left out: no pipeline uses it"
                       : instead
                           ? instead
                           : arena_printf(l->arena, "%s here: %s", section_names[section], all);
    enum severity severity = defined->by_served ? PROBLEM_ERROR : PROBLEM_WARNING;

    if (upstream_has(section, defined->type_name)) {
        if (!defined->by_served && defined->by_other)
            return; /* that pipeline's warning is enough */
        problem_at_key(l->problems, severity, defined->entry.node,
                       "upstream has the %s %s, otelc does not have it yet; %s", one,
                       defined->type_name, rest);
    } else if (nearest) {
        problem_at_key(l->problems, severity, defined->entry.node,
                       "there is no %s %s; did you mean %s? %s", one, defined->type_name, nearest,
                       rest);
    } else {
        problem_at_key(l->problems, severity, defined->entry.node, "there is no %s %s; %s", one,
                       defined->type_name, rest);
    }
}

void unknown_components_tell(const struct loader *l)
{
    for (unsigned s = 0; s < SECTIONS; s++)
        for (size_t i = 0; i < l->defined_count[s]; i++) {
            const struct defined *defined = &l->defined[s][i];
            const char *why;

            if (defined->entry.type)
                continue;
            why = left_out_because(s, defined->type_name);
            if (why)
                problem_at_key(l->problems, PROBLEM_NOTE, defined->entry.node, "%s", why);
            else
                tell_unknown(l, defined);
        }
}
