/*
 * What the files of configuration_load() share: configuration.c has the steps and the top level,
 * service_settings.c the service section, definitions.c the components, pipelines.c the pipelines,
 * connectors.c what joins them, spanmetrics_processors.c an old form of one,
 * component_references.c the ids in both, unknown_components.c what this program does not have,
 * unused_components.c what stands there in vain, endpoints.c who listens where.
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
    bool misplaced;           /* a connector that misses its other side, or a signal: told */
    int left;                 /* pipelines that have it as a receiver and are not in order yet */
};

struct items { /* what a list of a pipeline refers to, as far as it is right */
    struct defined **at;
    const struct node **nodes; /* of each */
    size_t count;
};

struct draft {                    /* a pipeline while the configuration is loaded */
    struct pipeline_entry *entry; /* of configuration->pipelines, but for profiles */
    const struct node *node;
    unsigned signal; /* enum signal, or one more: profiles */
    struct items receivers, processors, exporters;
    bool ordered;
};

struct loader {
    struct arena *arena;
    struct problems *problems;
    const struct component_type *const *types;
    struct configuration *configuration;
    struct node *root;
    struct defined *defined[SECTIONS];
    size_t defined_count[SECTIONS];
    struct draft *drafts; /* as they stand in the file */
    struct draft **order; /* the same: those that connectors feed before those that feed them */
    size_t draft_count;
};

/* From service_settings.c; after the extensions, as it adds some of its own. */
void service_settings_load(struct loader *l);

/* From spanmetrics_processors.c; before all else, as it changes the tree. */
void spanmetrics_processors_convert(const struct loader *l);

/* From definitions.c. */
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

/* "traces, metrics", for a set of 1u << TRACES, ... */
const char *signals_text(const struct loader *l, unsigned signals, const char *separator);

/* From connectors.c: tells what is wrong with them, and puts the drafts in order. */
void connectors_check(struct loader *l);

/* Whether a connector that takes a signal gives another one (or the same) for it. */
bool connector_gives(const struct component_type *type, unsigned taken, unsigned given);

/* Whether it is a connector, and no pipeline that is served gets what it makes of a signal. */
bool connector_is_dead(const struct loader *l, const struct defined *connector, unsigned taken);

bool items_have(const struct items *items, const struct defined *defined);

/* From endpoints.c; after the pipelines: receivers and exporters that are in use. */
void endpoints_check(const struct loader *l);

/* From unused_components.c; where all else is right. */
void unused_components_tell(const struct loader *l);

/* From unknown_components.c; after the pipelines, as it matters which of them name one. */
void unknown_components_tell(const struct loader *l);
