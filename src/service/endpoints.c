/*
 * Receivers, exporters and extensions that would listen at the same place: the kernel would give
 * each connection to one of them by chance.
 */
#include <string.h>

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

static bool is_one_of(struct str host, const char *const *hosts)
{
    for (; *hosts; hosts++)
        if (str_eq(host, str_of(*hosts)))
            return true;
    return false;
}

/* By their texts alone: names are not looked up here. */
static bool collide(const struct endpoint *a, const struct endpoint *b)
{
    static const char *const wildcards[] = {"", "0.0.0.0", "[::]", NULL};
    static const char *const loopback[] = {"localhost", "127.0.0.1", "[::1]", NULL};

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

void endpoints_check(const struct loader *l)
{
    struct endpoints list = {.count = 0};

    check_section(l, SECTION_RECEIVERS, &list);
    check_section(l, SECTION_EXPORTERS, &list);
    for (size_t i = 0; i < l->configuration->extension_count; i++)
        check_component(l, l->configuration->extensions[i], &list);
}
