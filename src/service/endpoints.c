/*
 * Where receivers, exporters and extensions listen: texts that are no address; two at the same
 * place, where the kernel would give each connection to one of them by chance; and exporters that
 * send to the receiver that their data come from.
 */
#include <string.h>

#include "net/listen_address.h"
#include "service/configuration_priv.h"

struct endpoint {
    const struct component_entry *component;
    struct str family, host, port; /* of a unix socket: the path is the host */
    bool datagrams;                /* UDP's ports are not TCP's */
};

static bool take_prefix(struct str *text, const char *prefix, struct str *taken)
{
    struct str wanted = str_of(prefix);

    if (!str_starts(*text, wanted))
        return false;
    *taken = wanted;
    text->at += wanted.len;
    text->len -= wanted.len;
    return true;
}

static struct endpoint endpoint_read(const struct component_entry *component, const char *text)
{
    struct endpoint endpoint = {.component = component};
    struct str rest = str_of(text);
    const char *colon;

    if (take_prefix(&rest, "unix:", &endpoint.family)) {
        endpoint.host = rest;
        return endpoint;
    }
    if (take_prefix(&rest, "udp:", &endpoint.family))
        endpoint.datagrams = true;
    else if (!take_prefix(&rest, "tcp4:", &endpoint.family))
        take_prefix(&rest, "tcp6:", &endpoint.family);
    colon = rest.len > 0 ? memrchr(rest.at, ':', rest.len) : NULL;
    if (!colon)
        return endpoint;
    endpoint.host = (struct str){rest.at, (size_t)(colon - rest.at)};
    endpoint.port = (struct str){colon + 1, rest.len - endpoint.host.len - 1};
    return endpoint;
}

/* The setting with this text; the component itself, where it has none. */
static const struct node *find_text(const struct node *node, const char *text)
{
    if (node->kind == NODE_SCALAR && strcmp(node->text, text) == 0)
        return node;
    for (size_t i = 0; i < node->count; i++) {
        const struct node *found = find_text(node->children[i], text);

        if (found)
            return found;
    }
    return NULL;
}

static void check_form(const struct loader *l, const struct component_entry *component,
                       const char *text)
{
    const struct node *node;
    struct str family, rest = str_of(text);
    struct error err;

    if (take_prefix(&rest, "unix:", &family) || listen_address_check(text, &err))
        return;
    take_prefix(&rest, "udp:", &family);
    node = find_text(component->node, rest.at);
    error_at(l->problems, node ? node : component->node, "%s", err.text);
}

static bool is_one_of(struct str host, const char *const *hosts)
{
    for (; *hosts; hosts++)
        if (str_eq(host, str_of(*hosts)))
            return true;
    return false;
}

static const char *const wildcards[] = {"", "0.0.0.0", "[::]", NULL};
static const char *const loopback[] = {"localhost", "127.0.0.1", "[::1]", NULL};

/* By their texts alone: names are not looked up here. */
static bool collide(const struct endpoint *a, const struct endpoint *b)
{
    if (a->datagrams != b->datagrams || !str_eq(a->port, b->port) || str_eq(a->port, STR("0")))
        return false;
    if (str_eq(a->host, b->host))
        return str_eq(a->family, b->family) || a->family.len == 0 || b->family.len == 0;
    if (a->port.len == 0) /* unix sockets */
        return false;
    if (is_one_of(a->host, wildcards) || is_one_of(b->host, wildcards))
        return true;
    return (str_eq(a->host, str_of(loopback[0])) && is_one_of(b->host, loopback)) ||
           (str_eq(b->host, str_of(loopback[0])) && is_one_of(a->host, loopback));
}

static void check_against(const struct loader *l, const struct endpoint *endpoint,
                          const struct endpoint *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].component != endpoint->component && collide(&list[i], endpoint)) {
            error_at(l->problems, endpoint->component->node,
                     "listens where %s does (%s%.*s): give one of them another endpoint",
                     list[i].component->where, endpoint->port.len > 0 ? "port " : "",
                     STR_ARG(endpoint->port.len > 0 ? endpoint->port : endpoint->host));
            return;
        }
}

enum { COMPONENTS_MAX = 256 };

struct endpoints {
    struct endpoint at[COMPONENTS_MAX * ENDPOINTS_MAX];
    size_t count;
};

static void check_component(const struct loader *l, const struct component_entry *component,
                            struct endpoints *list)
{
    const char *texts[ENDPOINTS_MAX];
    size_t more;

    if (!component->type || !component->type->endpoints)
        return;
    more = component->type->endpoints(component->settings, texts);
    for (size_t n = 0; n < more && list->count < sizeof(list->at) / sizeof(*list->at); n++) {
        struct endpoint *endpoint = &list->at[list->count];

        check_form(l, component, texts[n]);
        *endpoint = endpoint_read(component, texts[n]);
        check_against(l, endpoint, list->at, list->count);
        list->count++;
    }
}

static void check_section(const struct loader *l, enum section section, struct endpoints *list)
{
    for (size_t i = 0; i < l->defined_count[section]; i++) {
        const struct defined *defined = &l->defined[section][i];

        if (defined->by_served || defined->by_other)
            check_component(l, &defined->entry, list);
    }
}

/* Where an exporter sends, as far as "http://host:port/path" or "host:port" tells. */
static struct endpoint target_read(const struct component_entry *exporter, const struct node *node)
{
    const char *scheme = strstr(node->text, "://"), *text = scheme ? scheme + 3 : node->text;
    struct str rest = {text, strcspn(text, "/")};
    const char *colon = rest.len > 0 ? memrchr(rest.at, ':', rest.len) : NULL;
    struct endpoint target = {.component = exporter};

    if (!colon)
        return target;
    target.host = (struct str){rest.at, (size_t)(colon - rest.at)};
    target.port = (struct str){colon + 1, rest.len - target.host.len - 1};
    return target;
}

/* Whether what is sent there comes to one who listens here, on the same machine. */
static bool reaches(const struct endpoint *target, const struct endpoint *listens)
{
    bool is_here = is_one_of(target->host, loopback) || is_one_of(target->host, wildcards);

    return target->port.len > 0 && is_here && collide(target, listens);
}

/* A warning, as a receiver may be given another one's data by what stands in between. */
static void check_circle(const struct loader *l, const struct pipeline_entry *pipeline,
                         const struct component_entry *exporter, const struct endpoints *list)
{
    const struct node *node = node_get(exporter->node, "endpoint");
    struct endpoint target;

    if (!node || node->kind != NODE_SCALAR || exporter->type->endpoints)
        return;
    target = target_read(exporter, node);
    for (size_t r = 0; r < pipeline->receiver_count; r++)
        for (size_t i = 0; i < list->count; i++)
            if (list->at[i].component == pipeline->receivers[r] && reaches(&target, &list->at[i])) {
                warning_at(l->problems, node,
                           "%s listens there, whose data it sends: they would go round in a "
                           "circle; send them to another host or port",
                           pipeline->receivers[r]->where);
                return;
            }
}

static void check_circles(const struct loader *l, const struct endpoints *list)
{
    const struct configuration *c = l->configuration;

    for (size_t p = 0; p < c->pipeline_count; p++)
        for (size_t i = 0; c->pipelines[p].served && i < c->pipelines[p].exporter_count; i++)
            check_circle(l, &c->pipelines[p], c->pipelines[p].exporters[i], list);
}

void endpoints_check(const struct loader *l)
{
    struct endpoints list = {.count = 0};

    check_section(l, SECTION_RECEIVERS, &list);
    check_section(l, SECTION_EXPORTERS, &list);
    for (size_t i = 0; i < l->configuration->extension_count; i++)
        check_component(l, l->configuration->extensions[i], &list);
    check_circles(l, &list);
}
