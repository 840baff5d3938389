/*
 * Three steps: each section's ids and settings; then the pipelines, which name them; then what that
 * tells about the ids that this program has no component for.
 */
#include "service/configuration.h"

#include <string.h>

#include "base/arena.h"
#include "config/nearest.h"
#include "service/component_names.h"

enum {
    TYPE_MAX_LEN = 63,
    NAME_MAX_LEN = 1024,
    SHOWN_MAX = 8,       /* items of a list in a message */
    SUGGESTIONS_MAX = 30 /* problems that are told with them; they cost time */
};

struct id { /* "type/name", without the blanks around its parts */
    const char *whole, *type;
};

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

static const char *const section_names[] = {
    [SECTION_RECEIVERS] = "receivers",   [SECTION_PROCESSORS] = "processors",
    [SECTION_EXPORTERS] = "exporters",   [SECTION_EXTENSIONS] = "extensions",
    [SECTION_CONNECTORS] = "connectors", [SECTIONS] = NULL};

static const char *const one_of_section[SECTIONS] = {
    [SECTION_RECEIVERS] = "receiver",   [SECTION_PROCESSORS] = "processor",
    [SECTION_EXPORTERS] = "exporter",   [SECTION_EXTENSIONS] = "extension",
    [SECTION_CONNECTORS] = "connector",
};

/* service */

struct service_settings {
    uint64_t workers, shutdown_timeout_ms;
    struct telemetry_settings {
        struct logs_settings {
            unsigned level;
        } logs;
    } telemetry;
};

static const char *const level_names[] = {"debug",  "info",  "warn",  "error", "warning",
                                          "dpanic", "panic", "fatal", NULL};
static const enum log_level levels[] = {LOG_DEBUG, LOG_INFO,  LOG_WARN,  LOG_ERROR,
                                        LOG_WARN,  LOG_ERROR, LOG_ERROR, LOG_ERROR};

static const struct field logs_fields[] = {
    FIELD_CHOICE(struct logs_settings, level, "level", "info", level_names,
                 "the least that is logged"),
    FIELD_IGNORED("encoding", "has no effect here: the log is plain text"),
    FIELD_IGNORED("output_paths", "has no effect here: the log goes to stderr"),
    FIELD_IGNORED("processors", "has no effect here: the log is not exported"),
    FIELD_IGNORED("error_output_paths", NULL),
    FIELD_IGNORED("development", NULL),
    FIELD_IGNORED("disable_caller", NULL),
    FIELD_IGNORED("disable_stacktrace", NULL),
    FIELD_IGNORED("disable_zap_resource", NULL),
    FIELD_IGNORED("sampling", NULL),
    FIELD_IGNORED("initial_fields", "has no effect here: the log is plain text"),
    FIELD_END,
};

static const struct field telemetry_fields[] = {
    FIELD_BLOCK(struct telemetry_settings, logs, "logs", logs_fields, "the program's own log"),
    FIELD_IGNORED("metrics", "is not served yet: nothing listens for scrapes"),
    FIELD_IGNORED("traces", "has no effect here: the program makes no spans of its own"),
    FIELD_IGNORED("resource", NULL),
    FIELD_END,
};

static const struct field service_fields[] = {
    FIELD_IGNORED("pipelines", NULL),
    FIELD_IGNORED("extensions", NULL),
    FIELD_BLOCK(struct service_settings, telemetry, "telemetry", telemetry_fields,
                "what the program tells about itself"),
    FIELD_UINT(struct service_settings, workers, "workers", "0", 0, 256,
               "threads that serve connections; 0: as many as it may use CPUs"),
    FIELD_DURATION(struct service_settings, shutdown_timeout_ms, "shutdown_timeout", "8s",
                   "how long a stop may take to deliver what is held"),
    FIELD_END,
};

static void load_service(struct loader *l)
{
    struct node *node = node_get(l->root, "service");
    struct service_settings settings;

    fields_decode(service_fields, &settings, node, l->arena, l->problems);
    l->configuration->workers = (unsigned)settings.workers;
    l->configuration->shutdown_timeout_ms = settings.shutdown_timeout_ms;
    l->configuration->log_level = levels[settings.telemetry.logs.level];
}

/* ids */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static const char *wrong_with_type(struct str type)
{
    if (type.len == 0)
        return "the part before \"/\" is empty";
    if (type.len > TYPE_MAX_LEN)
        return "the type is longer than 63 characters";
    if (!is_letter(type.at[0]))
        return "a type starts with a letter";
    for (size_t i = 0; i < type.len; i++)
        if (!is_letter(type.at[i]) && type.at[i] != '_' && (type.at[i] < '0' || type.at[i] > '9'))
            return "a type is made of letters, digits and \"_\"";
    return NULL;
}

/* U+0080 to U+00A0, U+2000 to U+202F, U+3000: controls and blanks beyond ASCII. */
static bool starts_with_blank(const char *at)
{
    const unsigned char *c = (const unsigned char *)at;

    return (c[0] == 0xc2 && c[1] <= 0xa0) || (c[0] == 0xe2 && c[1] == 0x80 && c[2] <= 0xaf) ||
           (c[0] == 0xe3 && c[1] == 0x80 && c[2] == 0x80);
}

static const char *wrong_with_name(struct str name)
{
    if (name.len == 0)
        return "the part after \"/\" is empty";
    if (name.len > NAME_MAX_LEN)
        return "the name is longer than 1024 bytes";
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.at[i] <= ' ' || strchr("$+<=>^`|~\x7f", name.at[i]) ||
            starts_with_blank(name.at + i))
            return "a name holds no blanks, control characters and none of $ + < = > ^ ` | ~";
    return NULL;
}

/* Reads "type" or "type/name". NULL, or what is wrong with it. */
static const char *id_parse(struct arena *arena, const char *text, struct id *id)
{
    const char *slash = strchr(text, '/');
    struct str type = str_trim(slash ? (struct str){text, (size_t)(slash - text)} : str_of(text));
    struct str name = slash ? str_trim(str_of(slash + 1)) : (struct str){0};
    const char *wrong = wrong_with_type(type);

    if (!wrong && slash)
        wrong = wrong_with_name(arena_copy(arena, name));
    if (wrong)
        return wrong;
    id->type = arena_copy(arena, type).at;
    id->whole = slash ? arena_printf(arena, "%s/%.*s", id->type, STR_ARG(name)) : id->type;
    return NULL;
}

/* components */

static bool is_name_of(const struct component_type *type, const char *name)
{
    if (strcmp(type->name, name) == 0)
        return true;
    for (const char *const *old = type->old_names; old && *old; old++)
        if (strcmp(*old, name) == 0)
            return true;
    return false;
}

static const struct component_type *find_type(const struct loader *l, enum section section,
                                              const char *name)
{
    for (const struct component_type *const *type = l->types; *type; type++)
        if ((unsigned)(*type)->kind == (unsigned)section && is_name_of(*type, name))
            return *type;
    return NULL;
}

static struct defined *find_defined(const struct loader *l, enum section section, const char *id)
{
    for (size_t i = 0; i < l->defined_count[section]; i++)
        if (strcmp(l->defined[section][i].entry.id, id) == 0)
            return &l->defined[section][i];
    return NULL;
}

/* Whether something in it could not even be read, as a reference to an unset variable. */
static bool is_broken(const struct node *node)
{
    bool broken = node->broken;

    for (size_t i = 0; i < node->count && !broken; i++)
        broken = is_broken(node->children[i]);
    return broken;
}

static void load_component(struct loader *l, enum section section, struct node *node)
{
    struct defined *defined = &l->defined[section][l->defined_count[section]];
    struct id id;
    const char *wrong = id_parse(l->arena, node->key, &id);
    const struct component_type *type;
    size_t errors;
    void *settings;

    if (wrong) {
        problem_at_key(l->problems, PROBLEM_ERROR, node, "not an id: %s", wrong);
        return;
    }
    if (find_defined(l, section, id.whole)) {
        problem_at_key(l->problems, PROBLEM_ERROR, node, "%s is defined twice", id.whole);
        return;
    }
    type = find_type(l, section, id.type);
    *defined = (struct defined){
        .entry = {.type = type,
                  .id = id.whole,
                  .where = arena_printf(l->arena, "%s/%s", section_names[section], id.whole),
                  .node = node},
        .section = section,
        .type_name = id.type,
    };
    l->defined_count[section]++;
    if (!type)
        return;
    settings = arena_alloc(l->arena, type->settings_size);
    errors = l->problems->errors;
    fields_decode(type->fields, settings, node, l->arena, l->problems);
    if (type->check && l->problems->errors == errors && !is_broken(node))
        type->check(settings, node, l->problems);
    defined->entry.settings = settings;
    l->configuration->components[l->configuration->component_count++] = &defined->entry;
}

static void load_sections(struct loader *l)
{
    size_t count = 0;

    for (unsigned s = 0; s < SECTIONS; s++) {
        const struct node *section = node_get(l->root, section_names[s]);

        count += section ? section->count : 0;
    }
    l->configuration->components =
        arena_alloc(l->arena, count * sizeof(*l->configuration->components));
    for (unsigned s = 0; s < SECTIONS; s++) {
        const struct node *section = node_get(l->root, section_names[s]);

        if (!section || section->kind == NODE_NULL || section->broken)
            continue;
        if (section->kind != NODE_MAP) {
            error_at(l->problems, section, "wants a map of %s, not %s", section_names[s],
                     node_what(section));
            continue;
        }
        l->defined[s] = arena_alloc(l->arena, section->count * sizeof(*l->defined[s]));
        for (size_t i = 0; i < section->count; i++)
            load_component(l, s, section->children[i]);
    }
}

static void check_top_level(struct loader *l)
{
    static const char *const names[] = {"receivers",  "processors", "exporters", "extensions",
                                        "connectors", "service",    NULL};

    for (size_t i = 0; i < l->root->count; i++) {
        const struct node *node = l->root->children[i];
        const char *nearest = nearest_name(node->key, names);
        bool known = nearest && strcmp(nearest, node->key) == 0;

        if (known)
            continue;
        if (strcmp(node->key, "pipelines") == 0 || strcmp(node->key, "telemetry") == 0 ||
            strcmp(node->key, "workers") == 0)
            problem_at_key(l->problems, PROBLEM_ERROR, node,
                           "unknown key; did you mean service.%s?", node->key);
        else if (nearest)
            problem_at_key(l->problems, PROBLEM_ERROR, node, "unknown key; did you mean %s?",
                           nearest);
        else
            problem_at_key(l->problems, PROBLEM_ERROR, node,
                           "unknown key: there are receivers, processors, exporters, extensions, "
                           "connectors and service");
    }
}

/* references */

/* An id that is defined in a section, and near to one that is not. */
static const char *nearest_defined(const struct loader *l, enum section section,
                                   const struct id *id)
{
    const struct defined *defined = l->defined[section];
    const char **ids;

    if (l->problems->count > SUGGESTIONS_MAX)
        return NULL;
    ids = arena_alloc(l->arena, (l->defined_count[section] + 1) * sizeof(*ids));
    for (size_t i = 0; i < l->defined_count[section]; i++) {
        if (strcmp(defined[i].type_name, id->type) == 0)
            return defined[i].entry.id;
        ids[i] = defined[i].entry.id;
    }
    return nearest_name(id->whole, ids);
}

static void tell_undefined(const struct loader *l, const struct node *item, enum section section,
                           const struct id *id)
{
    const char *one = one_of_section[section], *nearest = nearest_defined(l, section, id);

    if (nearest) {
        error_at(l->problems, item, "no %s \"%s\" is defined; did you mean %s?", one, id->whole,
                 nearest);
        return;
    }
    for (unsigned s = 0; s < SECTIONS; s++)
        if (s != section && find_defined(l, s, id->whole)) {
            error_at(l->problems, item, "no %s \"%s\" is defined: it is defined under %s only", one,
                     id->whole, section_names[s]);
            return;
        }
    error_at(l->problems, item, "no %s \"%s\" is defined: add it under %s", one, id->whole,
             section_names[section]);
}

/* What an item of a list refers to; NULL: told. */
static struct defined *find_reference(const struct loader *l, const struct node *item,
                                      enum section section)
{
    struct defined *defined;
    struct id id;
    const char *wrong;

    if (item->broken)
        return NULL;
    if (item->kind != NODE_SCALAR) {
        error_at(l->problems, item, "wants the id of %s %s, not %s",
                 section == SECTION_EXPORTERS || section == SECTION_EXTENSIONS ? "an" : "a",
                 one_of_section[section], node_what(item));
        return NULL;
    }
    wrong = id_parse(l->arena, item->text, &id);
    if (wrong) {
        error_at(l->problems, item, "\"%s\" is not an id: %s", item->text, wrong);
        return NULL;
    }
    defined = find_defined(l, section, id.whole);
    if (!defined && (section == SECTION_RECEIVERS || section == SECTION_EXPORTERS))
        defined = find_defined(l, SECTION_CONNECTORS, id.whole);
    if (!defined)
        tell_undefined(l, item, section, &id);
    return defined;
}

/* A list of ids; NULL: there is none, or (told) it is no list. */
static const struct node *id_list(const struct loader *l, const struct node *list)
{
    if (!list || list->kind == NODE_NULL || list->broken)
        return NULL;
    if (list->kind == NODE_LIST)
        return list;
    if (list->kind == NODE_SCALAR)
        error_at(l->problems, list, "wants a list of ids: write [%s]", list->text);
    else
        error_at(l->problems, list, "wants a list of ids, not %s", node_what(list));
    return NULL;
}

/* pipelines */

/* The program's own, and one more that stands in files. */
enum { PROFILES = SIGNAL_KINDS };
static const char *const signal_names[] = {"traces", "metrics", "logs", "profiles", NULL};

static const char *signals_of(const struct loader *l, const struct component_type *type)
{
    const char *text = "";

    for (unsigned s = 0; s < SIGNAL_KINDS; s++)
        if (type->signals & 1u << s)
            text = arena_printf(l->arena, "%s%s%s", text, text[0] ? ", " : "", signal_names[s]);
    return text;
}

/* Whether a component may stand in a pipeline of a signal; told where not. */
static bool takes_signal(const struct loader *l, const struct node *item,
                         const struct defined *defined, unsigned signal)
{
    const struct component_type *type = defined->entry.type;

    if (!type || signal == PROFILES || type->signals & 1u << signal)
        return true;
    error_at(l->problems, item, "the %s %s does not take %s, only %s", type->name,
             one_of_section[defined->section], signal_names[signal], signals_of(l, type));
    return false;
}

static bool is_in(const struct component_entry *const *list, size_t count,
                  const struct component_entry *entry)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == entry)
            return true;
    return false;
}

struct items { /* what a list of a pipeline refers to, as far as it is right */
    struct defined **at;
    size_t count;
};

static bool has_item(const struct items *items, const struct defined *defined)
{
    for (size_t i = 0; i < items->count; i++)
        if (items->at[i] == defined)
            return true;
    return false;
}

static struct items load_list(struct loader *l, const struct node *pipeline, enum section section,
                              unsigned signal)
{
    const struct node *list = id_list(l, node_get(pipeline, section_names[section]));
    struct items items = {0};

    if (!list)
        return items;
    items.at = arena_alloc(l->arena, list->count * sizeof(*items.at));
    for (size_t i = 0; i < list->count; i++) {
        const struct node *item = list->children[i];
        struct defined *defined = find_reference(l, item, section);

        if (!defined || !takes_signal(l, item, defined, signal))
            continue;
        if (has_item(&items, defined))
            problem_at(l->problems, section == SECTION_PROCESSORS ? PROBLEM_ERROR : PROBLEM_WARNING,
                       item, "%s stands in this list twice", defined->entry.id);
        else
            items.at[items.count++] = defined;
    }
    return items;
}

/* The first that this program does not have and cannot do without; NULL: none. */
static const struct defined *find_missing(const struct items *items)
{
    for (size_t i = 0; i < items->count; i++) {
        const struct defined *defined = items->at[i];

        if (!defined->entry.type && !left_out_because(defined->section, defined->type_name))
            return defined;
    }
    return NULL;
}

/* Those of the items that this program has, and how many they are; marks all as used. */
static const struct component_entry **use_items(struct loader *l, const struct items *items,
                                                bool served, size_t *count)
{
    const struct component_entry **entries =
        arena_alloc(l->arena, items->count * sizeof(struct component_entry *));

    *count = 0;
    for (size_t i = 0; i < items->count; i++) {
        struct defined *defined = items->at[i];

        if (served)
            defined->by_served = defined->entry.used = true;
        else
            defined->by_other = true;
        if (defined->entry.type)
            entries[(*count)++] = &defined->entry;
    }
    return entries;
}

/* A pipeline needs receivers and exporters: a list that is missing or empty is told. */
static void need_list(const struct loader *l, const struct node *pipeline, enum section section)
{
    const struct node *list = node_get(pipeline, section_names[section]);

    if (!list || list->kind == NODE_NULL || (list->kind == NODE_LIST && list->count == 0))
        problem_at_key(l->problems, PROBLEM_ERROR, list ? list : pipeline,
                       "a pipeline needs at least one %s", one_of_section[section]);
}

static void check_pipeline_keys(const struct loader *l, const struct node *node)
{
    static const char *const names[] = {"receivers", "processors", "exporters", NULL};

    for (size_t i = 0; i < node->count; i++) {
        const struct node *member = node->children[i];
        const char *nearest = nearest_name(member->key, names);

        if (nearest && strcmp(nearest, member->key) == 0)
            continue;
        if (nearest)
            problem_at_key(l->problems, PROBLEM_ERROR, member, "unknown key; did you mean %s?",
                           nearest);
        else
            problem_at_key(l->problems, PROBLEM_ERROR, member,
                           "unknown key: a pipeline has receivers, processors and exporters");
    }
}

/* One warning for a whole pipeline; it names the exporters that will get nothing. */
static void tell_not_served(const struct loader *l, const struct node *pipeline, const char *why)
{
    const struct node *list = node_get(pipeline, section_names[SECTION_EXPORTERS]);
    const char *names = "";

    for (size_t i = 0; list && i < list->count && i < SHOWN_MAX; i++)
        names =
            arena_printf(l->arena, "%s%s%.100s", names, i > 0 ? ", " : "", list->children[i]->text);
    problem_at_key(l->problems, PROBLEM_WARNING, pipeline,
                   "%s: the pipeline does not run, nothing goes to %s", why, names);
}

/* NULL, or why a pipeline does not run. Of traces it does, or that is an error. */
static const char *why_not_served(const struct loader *l, unsigned signal,
                                  const struct defined *missing)
{
    if (signal == PROFILES)
        return "this version does not serve profiles";
    if (signal == TRACES || !missing)
        return NULL;
    return arena_printf(l->arena, "otelc does not have the %s %s", one_of_section[missing->section],
                        missing->type_name);
}

/* Profiles are none of the program's signals, and so not kept. */
static void load_pipeline(struct loader *l, const struct node *node, const struct id *id,
                          unsigned signal)
{
    const char *where = arena_printf(l->arena, "pipelines/%s", id->whole), *why;
    struct pipeline_entry pipeline = {.id = id->whole, .where = where, .node = node};
    struct items receivers, processors, exporters;
    const struct defined *missing;

    check_pipeline_keys(l, node);
    need_list(l, node, SECTION_RECEIVERS);
    need_list(l, node, SECTION_EXPORTERS);
    receivers = load_list(l, node, SECTION_RECEIVERS, signal);
    processors = load_list(l, node, SECTION_PROCESSORS, signal);
    exporters = load_list(l, node, SECTION_EXPORTERS, signal);
    missing = find_missing(&receivers);
    missing = missing ? missing : find_missing(&processors);
    missing = missing ? missing : find_missing(&exporters);
    why = why_not_served(l, signal, missing);
    if (why) {
        tell_not_served(l, node, why);
        pipeline.not_served =
            arena_printf(l->arena, "%s are not served by this collector: %s (pipeline %.100s)",
                         signal_names[signal], why, id->whole);
    }
    pipeline.served = !why;
    pipeline.receivers = use_items(l, &receivers, !why, &pipeline.receiver_count);
    pipeline.processors = use_items(l, &processors, !why, &pipeline.processor_count);
    pipeline.exporters = use_items(l, &exporters, !why, &pipeline.exporter_count);
    if (signal == PROFILES)
        return;
    pipeline.signal = (enum signal)signal;
    l->configuration->pipelines[l->configuration->pipeline_count++] = pipeline;
}

static void load_pipeline_id(struct loader *l, const struct node *node)
{
    struct id id;
    const char *wrong = id_parse(l->arena, node->key, &id), *nearest;
    unsigned signal = 0;

    if (wrong) {
        problem_at_key(l->problems, PROBLEM_ERROR, node, "not an id: %s", wrong);
        return;
    }
    while (signal_names[signal] && strcmp(signal_names[signal], id.type) != 0)
        signal++;
    if (!signal_names[signal]) {
        nearest = nearest_name(id.type, signal_names);
        problem_at_key(l->problems, PROBLEM_ERROR, node,
                       "\"%s\" is no signal: a pipeline is called traces, metrics or logs, or "
                       "traces/NAME%s%s%s",
                       id.type, nearest ? "; did you mean " : "", nearest ? nearest : "",
                       nearest ? "?" : "");
        return;
    }
    for (size_t i = 0; i < l->configuration->pipeline_count; i++)
        if (strcmp(l->configuration->pipelines[i].id, id.whole) == 0) {
            problem_at_key(l->problems, PROBLEM_ERROR, node, "%s is defined twice", id.whole);
            return;
        }
    if (node->kind != NODE_MAP && node->kind != NODE_NULL) {
        error_at(l->problems, node, "wants a map of receivers, processors and exporters, not %s",
                 node_what(node));
        return;
    }
    load_pipeline(l, node, &id, signal);
}

static void need_served(struct loader *l, const struct node *pipelines)
{
    const struct configuration *c = l->configuration;

    if (l->problems->errors > 0)
        return; /* it does not run anyway, and what is wrong may be with a pipeline */
    for (size_t i = 0; i < c->pipeline_count; i++)
        if (c->pipelines[i].served)
            return;
    error_at(l->problems, pipelines, "none of the pipelines can run: nothing would be served");
}

static void load_pipelines(struct loader *l)
{
    const struct node *service = node_get(l->root, "service");
    const struct node *pipelines = node_get(service, "pipelines");

    if (!service && !node_get(l->root, "pipelines"))
        error_at(l->problems, l->root,
                 "there is no service section: service.pipelines says what runs");
    if (!service || service->broken || (pipelines && pipelines->broken) ||
        (service->kind != NODE_MAP && service->kind != NODE_NULL))
        return;
    if (!pipelines || pipelines->kind == NODE_NULL || pipelines->count == 0) {
        error_at(
            l->problems, pipelines ? pipelines : service,
            "there are no pipelines: service.pipelines needs at least one, called traces, metrics "
            "or logs");
        return;
    }
    if (pipelines->kind != NODE_MAP) {
        error_at(l->problems, pipelines, "wants a map of pipelines, not %s", node_what(pipelines));
        return;
    }
    l->configuration->pipelines =
        arena_alloc(l->arena, pipelines->count * sizeof(*l->configuration->pipelines));
    for (size_t i = 0; i < pipelines->count; i++)
        load_pipeline_id(l, pipelines->children[i]);
    need_served(l, pipelines);
}

static void load_extensions(struct loader *l)
{
    const struct node *list =
        id_list(l, node_get(node_get(l->root, "service"), section_names[SECTION_EXTENSIONS]));
    struct configuration *c = l->configuration;

    if (!list)
        return;
    c->extensions = arena_alloc(l->arena, list->count * sizeof(struct component_entry *));
    for (size_t i = 0; i < list->count; i++) {
        struct defined *defined = find_reference(l, list->children[i], SECTION_EXTENSIONS);

        if (!defined || !defined->entry.type ||
            is_in(c->extensions, c->extension_count, &defined->entry))
            continue;
        defined->entry.used = true;
        c->extensions[c->extension_count++] = &defined->entry;
    }
}

/* A setting that names an extension: it is needed, so what cannot be had is an error. */
static void on_extension_id(void *arg, void *member, const struct node *node)
{
    const struct loader *l = arg;
    struct defined *extension;

    if (node->kind == NODE_NULL)
        return;
    extension = find_reference(l, node, SECTION_EXTENSIONS);
    if (!extension)
        return;
    *(const char **)member = extension->entry.id;
    if (!extension->entry.type)
        error_at(l->problems, node, "this version does not have the extension %s",
                 extension->type_name);
    else if (!extension->entry.used)
        error_at(l->problems, node, "%s is defined, but not on: add it to service.extensions",
                 extension->entry.id);
}

/* Looks up the extensions that components' settings name. */
static void load_uses(struct loader *l)
{
    for (unsigned s = 0; s < SECTIONS; s++)
        for (size_t i = 0; i < l->defined_count[s]; i++) {
            struct defined *defined = &l->defined[s][i];

            if (defined->entry.type)
                fields_visit(defined->entry.type->fields, FIELD_TYPE_EXTENSION,
                             defined->entry.settings, defined->entry.node, on_extension_id, l);
        }
}

/* what is not there */

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
    const char *one = one_of_section[section], *all;
    const char **names = type_names(l, section, &all);
    const char *nearest = nearest_name(defined->type_name, names);
    const char *rest = section == SECTION_EXTENSIONS ? "it is left out"
                       : !defined->by_served
                           ? "it is left out: no pipeline uses it"
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

static void tell_all_unknown(const struct loader *l)
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

struct configuration *configuration_load(const struct source *sources, size_t count,
                                         const struct component_type *const *types,
                                         struct problems *problems)
{
    struct arena *arena = arena_new(16384);
    struct configuration *configuration = arena_alloc(arena, sizeof(*configuration));
    struct loader l = {
        .arena = arena,
        .problems = problems,
        .types = types,
        .configuration = configuration,
        .root = config_read(sources, count, arena, problems),
    };

    configuration->arena = arena;
    configuration->tree = l.root;
    if (l.root) {
        check_top_level(&l);
        load_service(&l);
        load_sections(&l);
        load_pipelines(&l);
        load_extensions(&l);
        load_uses(&l);
        tell_all_unknown(&l);
    }
    problems_sort(problems);
    if (problems->errors == 0)
        return configuration;
    configuration_free(configuration);
    return NULL;
}

void configuration_free(struct configuration *configuration)
{
    if (configuration)
        arena_free(configuration->arena);
}
