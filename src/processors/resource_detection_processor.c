/*
 * Tells on each resource where this program runs: what detectors have found at the start.
 */
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "config/nearest.h"
#include "otlp/attributes.h"
#include "pipeline/rewriting.h"
#include "pipeline/worker.h"
#include "processors/detect.h"

#define DOCKER_SOCKET "/var/run/docker.sock"

enum { TIMEOUT_MAX_MS = 60000 };

struct one_attribute {
    bool enabled;
};

struct system_settings {
    struct string_list hostname_sources;
    struct system_attributes {
        struct one_attribute host_name, os_type, host_arch, host_id, os_version, os_description;
    } attributes;
};

struct docker_settings {
    struct docker_attributes {
        struct one_attribute host_name, os_type;
    } attributes;
};

struct detection_settings {
    struct string_list detectors, attributes;
    uint64_t timeout_ms;
    bool override;
    struct system_settings system;
    struct docker_settings docker;
};

struct detection_processor {
    struct component base;
    const struct detection_settings *settings; /* borrowed from the configuration */
    struct worker *worker;
    struct detected detected;
    struct attributes attributes; /* of the resource that is looked at */
};

/* ---- settings ---- */

static const struct field on_fields[] = {
    FIELD_BOOL(struct one_attribute, enabled, "enabled", "true", "whether it is told"),
    FIELD_END,
};

static const struct field off_fields[] = {
    FIELD_BOOL(struct one_attribute, enabled, "enabled", "false", "whether it is told"),
    FIELD_END,
};

#define NOT_FOUND "has no effect: this is not looked for here"

static const struct field system_attribute_fields[] = {
    FIELD_BLOCK(struct system_attributes, host_name, "host.name", on_fields, "the host's name"),
    FIELD_BLOCK(struct system_attributes, os_type, "os.type", on_fields, "linux"),
    FIELD_BLOCK(struct system_attributes, host_arch, "host.arch", off_fields, "such as amd64"),
    FIELD_BLOCK(struct system_attributes, host_id, "host.id", off_fields, "/etc/machine-id"),
    FIELD_BLOCK(struct system_attributes, os_version, "os.version", off_fields, "the kernel's"),
    FIELD_BLOCK(struct system_attributes, os_description, "os.description", off_fields,
                "what uname -a says, without the host's name"),
    FIELD_IGNORED("host.ip", NOT_FOUND),
    FIELD_IGNORED("host.mac", NOT_FOUND),
    FIELD_IGNORED("host.interface", NOT_FOUND),
    FIELD_IGNORED("host.cpu.vendor.id", NOT_FOUND),
    FIELD_IGNORED("host.cpu.family", NOT_FOUND),
    FIELD_IGNORED("host.cpu.model.id", NOT_FOUND),
    FIELD_IGNORED("host.cpu.model.name", NOT_FOUND),
    FIELD_IGNORED("host.cpu.stepping", NOT_FOUND),
    FIELD_IGNORED("host.cpu.cache.l2.size", NOT_FOUND),
    FIELD_IGNORED("os.name", NOT_FOUND),
    FIELD_IGNORED("os.build.id", NOT_FOUND),
    FIELD_END,
};

static const struct field system_fields[] = {
    FIELD_STRINGS(struct system_settings, hostname_sources, "hostname_sources",
                  "dns (the default), cname, lookup: host.name is the name with its domain, where "
                  "/etc/hosts has it; os first: it is what the system calls it"),
    FIELD_BLOCK(struct system_settings, attributes, "resource_attributes", system_attribute_fields,
                "which ones are told"),
    FIELD_END,
};

static const struct field docker_attribute_fields[] = {
    FIELD_BLOCK(struct docker_attributes, host_name, "host.name", on_fields,
                "the name of the host that Docker runs on"),
    FIELD_BLOCK(struct docker_attributes, os_type, "os.type", on_fields, "such as linux"),
    FIELD_IGNORED("container.name", NOT_FOUND),
    FIELD_IGNORED("container.image.name", NOT_FOUND),
    FIELD_END,
};

static const struct field docker_fields[] = {
    FIELD_BLOCK(struct docker_settings, attributes, "resource_attributes", docker_attribute_fields,
                "which ones are told"),
    FIELD_END,
};

/* Clouds and the like, with a block of settings each. */
#define OTHER_DETECTORS(X)                                                                         \
    X("akamai")                                                                                    \
    X("aks")                                                                                       \
    X("alibaba_ecs")                                                                               \
    X("azure")                                                                                     \
    X("consul")                                                                                    \
    X("digitalocean")                                                                              \
    X("dynatrace")                                                                                 \
    X("ec2")                                                                                       \
    X("ecs")                                                                                       \
    X("eks")                                                                                       \
    X("elastic_beanstalk")                                                                         \
    X("elasticbeanstalk")                                                                          \
    X("gce")                                                                                       \
    X("gcp")                                                                                       \
    X("gke")                                                                                       \
    X("heroku")                                                                                    \
    X("hetzner")                                                                                   \
    X("ibmcloud_classic")                                                                          \
    X("ibmcloud_vpc")                                                                              \
    X("k8s_api")                                                                                   \
    X("k8snode")                                                                                   \
    X("kubeadm")                                                                                   \
    X("lambda")                                                                                    \
    X("nova")                                                                                      \
    X("openshift")                                                                                 \
    X("openstack_nova")                                                                            \
    X("oraclecloud")                                                                               \
    X("scaleway")                                                                                  \
    X("tencent_cvm")                                                                               \
    X("upcloud")                                                                                   \
    X("vultr")

#define NAME(name) name,
static const char *const known[] = {"env", "system", "docker", OTHER_DETECTORS(NAME) NULL};
#undef NAME

static const char *const old_names[] = {"resourcedetection", NULL};

#define OTHER_BLOCK(name) FIELD_IGNORED(name, "has no effect: this detector finds nothing here"),

static const struct field fields[] = {
    FIELD_STRINGS(struct detection_settings, detectors, "detectors",
                  "env (the default): OTEL_RESOURCE_ATTRIBUTES; system; docker: who finds an "
                  "attribute first is right"),
    FIELD_STRINGS(struct detection_settings, attributes, "attributes",
                  "only these, where there are some"),
    FIELD_DURATION(struct detection_settings, timeout_ms, "timeout", "5s",
                   "how long the Docker engine is waited for; 0s: 60s"),
    FIELD_BOOL(struct detection_settings, override, "override", "true",
               "whether what is found wins over what a resource says"),
    FIELD_BLOCK(struct detection_settings, system, "system", system_fields,
                "of the system detector"),
    FIELD_BLOCK(struct detection_settings, docker, "docker", docker_fields,
                "of the docker detector"),
    FIELD_IGNORED("env", "has no effect: this detector has no settings"),
    FIELD_IGNORED("refresh_interval", "has no effect: it is looked once, at the start"),
    OTHER_DETECTORS(OTHER_BLOCK) FIELD_END,
};

static bool is_one_of(const char *name, const char *const *names)
{
    for (size_t i = 0; names[i]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static bool runs_here(const char *name)
{
    return strcmp(name, "env") == 0 || strcmp(name, "system") == 0 || strcmp(name, "docker") == 0;
}

static void check_sources(const struct string_list *sources, const struct node *block,
                          struct problems *problems)
{
    static const char *const names[] = {"dns", "os", "cname", "lookup", NULL};
    const struct node *list = node_near(block, "hostname_sources");

    for (size_t i = 0; i < sources->count; i++) {
        const struct node *at =
            list->kind == NODE_LIST && i < list->count ? list->children[i] : list;

        if (!is_one_of(sources->at[i], names))
            error_at(problems, at, "no source of names: \"%s\"; they are dns, os, cname and lookup",
                     sources->at[i]);
        else if (strcmp(sources->at[i], "cname") == 0 || strcmp(sources->at[i], "lookup") == 0)
            warning_at(problems, at, "no name server is asked, only /etc/hosts is read");
    }
}

static void check(void *settings, const struct node *node, struct problems *problems)
{
    const struct detection_settings *s = settings;
    const struct node *list = node_near(node, "detectors");

    for (size_t i = 0; i < s->detectors.count; i++) {
        const char *name = s->detectors.at[i], *nearest = nearest_name(name, known);
        const struct node *at =
            list->kind == NODE_LIST && i < list->count ? list->children[i] : list;

        if (!is_one_of(name, known) && nearest)
            error_at(problems, at, "no such detector: \"%s\"; did you mean %s?", name, nearest);
        else if (!is_one_of(name, known))
            error_at(problems, at, "no such detector: \"%s\"; here are env, system and docker",
                     name);
        else if (!runs_here(name))
            warning_at(problems, at,
                       "the detector %s finds nothing here; env, system and docker do", name);
    }
    if (node_get(node, "system"))
        check_sources(&s->system.hostname_sources, node_get(node, "system"), problems);
    if (s->timeout_ms > TIMEOUT_MAX_MS)
        error_at(problems, node_near(node, "timeout"),
                 "nothing is received while it is waited: at most 60s");
}

/* ---- detecting ---- */

static unsigned system_wanted(const struct system_settings *s)
{
    const struct system_attributes *a = &s->attributes;
    bool full_name = s->hostname_sources.count == 0 || strcmp(s->hostname_sources.at[0], "os") != 0;

    return (full_name ? SYSTEM_FULL_NAME : 0) | (a->host_name.enabled ? SYSTEM_HOST_NAME : 0) |
           (a->os_type.enabled ? SYSTEM_OS_TYPE : 0) |
           (a->host_arch.enabled ? SYSTEM_HOST_ARCH : 0) |
           (a->host_id.enabled ? SYSTEM_HOST_ID : 0) |
           (a->os_version.enabled ? SYSTEM_OS_VERSION : 0) |
           (a->os_description.enabled ? SYSTEM_OS_DESCRIPTION : 0);
}

static bool run_detector(struct detection_processor *self, const char *name, struct error *err)
{
    const struct detection_settings *s = self->settings;
    const struct docker_attributes *docker = &s->docker.attributes;

    if (strcmp(name, "env") == 0)
        return detect_env(&self->detected, getenv("OTEL_RESOURCE_ATTRIBUTES"), err);
    if (strcmp(name, "system") == 0)
        return detect_system(&self->detected, system_wanted(&s->system), err);
    if (strcmp(name, "docker") == 0)
        return detect_docker(&self->detected,
                             (docker->host_name.enabled ? DOCKER_HOST_NAME : 0) |
                                 (docker->os_type.enabled ? DOCKER_OS_TYPE : 0),
                             DOCKER_SOCKET,
                             s->timeout_ms > 0 ? (unsigned)s->timeout_ms : TIMEOUT_MAX_MS, err);
    return error_set(err, "it is not looked for here");
}

static void detect(struct detection_processor *self, const char *name)
{
    struct error err;

    if (!run_detector(self, name, &err) && self->worker->index == 0)
        log_warn(self->base.where,
                 "the detector %s found nothing: %s; take it out of detectors where there is "
                 "nothing to find",
                 name, err.text);
}

static bool is_wanted(const struct detection_settings *s, struct str key)
{
    for (size_t i = 0; i < s->attributes.count; i++)
        if (str_is(key, s->attributes.at[i]))
            return true;
    return s->attributes.count == 0;
}

static void keep_wanted(struct detection_processor *self)
{
    struct detected *detected = &self->detected;
    size_t kept = 0;

    for (size_t i = 0; i < detected->count; i++)
        if (is_wanted(self->settings, detected->at[i].key))
            detected->at[kept++] = detected->at[i];
    detected->count = kept;
}

static bool detection_start(struct component *base, struct error *err)
{
    struct detection_processor *self = (struct detection_processor *)base;
    const struct string_list *detectors = &self->settings->detectors;

    (void)err;
    if (detectors->count == 0)
        detect(self, "env");
    for (size_t i = 0; i < detectors->count; i++)
        detect(self, detectors->at[i]);
    keep_wanted(self);
    if (self->worker->index == 0)
        log_info(base->where, "detected %zu resource attributes", self->detected.count);
    return true;
}

/* ---- data ---- */

static enum rewrite on_resource(void *arg, enum signal signal, struct str resource, struct buf *out)
{
    struct detection_processor *self = arg;
    struct attributes *list = &self->attributes;

    (void)signal;
    attributes_read(list, resource, ATTRIBUTES_OF_RESOURCE);
    for (size_t i = 0; i < self->detected.count; i++) {
        const struct detected_attribute *found = &self->detected.at[i];

        if (self->settings->override || !attributes_find(list, found->key))
            attributes_set(list, found->key, found->value);
    }
    if (!list->changed)
        return REWRITE_KEEP;
    attributes_write(list, out);
    return REWRITE_CHANGE;
}

static const struct rewriter rewriter = {.resource = on_resource};

static struct result detection_consume(struct component *base, struct batch *batch)
{
    return rewrite_and_pass(base, batch, &rewriter, base);
}

static void detection_destroy(struct component *base)
{
    struct detection_processor *self = (struct detection_processor *)base;

    detected_done(&self->detected);
    attributes_done(&self->attributes);
    free(self);
}

static struct component *detection_create(const void *settings, struct worker *worker,
                                          struct error *err)
{
    struct detection_processor *self = mem_zero(sizeof(*self));

    (void)err;
    self->settings = settings;
    self->worker = worker;
    return &self->base;
}

const struct component_type resource_detection_processor = {
    .name = "resource_detection",
    .old_names = old_names,
    .kind = PROCESSOR,
    .signals = SIGNALS_ALL,
    .help = "tells on each resource where this program runs",
    .fields = fields,
    .settings_size = sizeof(struct detection_settings),
    .check = check,
    .create = detection_create,
    .start = detection_start,
    .consume = detection_consume,
    .destroy = detection_destroy,
};
