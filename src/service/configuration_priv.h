/*
 * What the files of configuration_load() share: configuration.c has the steps and the top level,
 * service_settings.c the service section, definitions.c the components, pipelines.c the pipelines,
 * component_references.c the ids in both, unknown_components.c what this program does not have.
 *
 * All of them tell what is wrong to the loader's problems, and go on.
 */
#pragma once

#include "service/component_names.h"
#include "service/configuration.h"

struct defined {                  /* an id of a section, known or not */
    struct component_entry entry; /* its type is NULL where this program has none */
    enum section section;
    const char *type_name;
    bool by_served, by_other; /* pipelines that name it */
};

struct loader {
    struct arena *arena;
    struct problems *problems;
    const struct component_type *const *types;
    struct configuration *configuration;
    struct node *root;
    struct defined *defined[SECTIONS];
    size_t defined_count[SECTIONS];
};

/* From service_settings.c. */
void service_settings_load(struct loader *l);

/* From definitions.c: "receivers", and "receiver". */
extern const char *const section_names[SECTIONS], *const section_one[SECTIONS];

void definitions_load(struct loader *l);

/* By its whole id; NULL: there is none. */
struct defined *definition_find(const struct loader *l, enum section section, const char *id);

/* From component_references.c: a list of ids; NULL: there is none, or (told) it is no list. */
const struct node *component_reference_list(const struct loader *l, const struct node *list);

/* What an item of a list refers to; NULL: told. */
struct defined *component_reference_find(const struct loader *l, const struct node *item,
                                         enum section section);

/* service.extensions. */
void component_references_load_extensions(struct loader *l);

/* Looks up the extensions that components' settings name; those of service.extensions are known. */
void component_references_load_uses(struct loader *l);

/* From pipelines.c. */
void pipelines_load(struct loader *l);

/* From endpoints.c; after the pipelines: receivers and exporters that are in use. */
void endpoints_check(const struct loader *l);

/* From unknown_components.c; after the pipelines, as it matters which of them name one. */
void unknown_components_tell(const struct loader *l);
