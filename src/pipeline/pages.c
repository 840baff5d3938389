/*
 * The settings of pages, and the look at who asks for one.
 */
#include "pipeline/pages.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/metadata.h"
#include "config/problems.h"
#include "viewer/host.h"

#define PAGE_POLICY                                                                                \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "              \
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"

enum { HOST_SHOWN = 128 };

/* ---- settings ---- */

static bool has_header(const struct header_list *headers, const char *name)
{
    for (size_t i = 0; i < headers->count; i++)
        if (strcmp(headers->at[i].name, name) == 0)
            return true;
    return false;
}

/* What every answer has, unless the configuration says something else. */
static void add_headers(struct header_list *headers, const struct node *node,
                        struct problems *problems)
{
    static const struct header own[] = {
        {"content-security-policy", PAGE_POLICY},
        {"x-content-type-options", "nosniff"},
        {"referrer-policy", "no-referrer"},
        {"cross-origin-resource-policy", "same-origin"},
        {"cache-control", "no-store"},
    };
    enum { OWN = sizeof(own) / sizeof(*own) };
    struct header *all = arena_alloc(problems->arena, (headers->count + OWN) * sizeof(*all));
    size_t given = headers->count;

    if (given > RESPONSE_HEADERS_MAX - OWN) {
        error_at(problems, node_near(node, "response_headers"),
                 "%zu of them are too many: at most %d, as pages have some of their own", given,
                 RESPONSE_HEADERS_MAX - OWN);
        return;
    }
    if (given > 0)
        memcpy(all, headers->at, given * sizeof(*all));
    for (size_t i = 0; i < OWN; i++)
        if (!has_header(headers, own[i].name))
            all[given++] = own[i];
    *headers = (struct header_list){all, given};
}

/* "host:port" of "tcp4:host:port". */
static const char *without_transport(const struct http_settings *server)
{
    const char *transport = server_transports[server->transport];
    size_t len = strlen(transport);

    return strncmp(server->endpoint, transport, len) == 0 && server->endpoint[len] == ':'
               ? server->endpoint + len + 1
               : server->endpoint;
}

void pages_settings_check(struct pages_settings *s, const char *port, const struct node *node,
                          struct problems *problems)
{
    s->server.enabled = true;
    http_settings_check(&s->server, port, node, problems);
    s->server.include_metadata = true; /* Host and Origin are among them */
    s->host = without_transport(&s->server);
    for (size_t i = 0; i < s->allowed_hosts.count; i++)
        if (strpbrk(s->allowed_hosts.at[i], "/@ "))
            error_at(problems, node_near(node, "allowed_hosts"),
                     "\"%s\" is not a host: write its name alone, such as traces.example.com",
                     s->allowed_hosts.at[i]);
    add_headers(&s->server.response_headers, node, problems);
}

/* ---- who asks ---- */

static struct str header(const struct request *request, struct str name)
{
    struct str value = {0};
    size_t at = 0;

    metadata_next_value(request_metadata(request), &at, name, &value);
    return value;
}

/* Letters, digits and what else stands in names: nothing else goes into an answer. */
static int shown(struct str host)
{
    for (size_t i = 0; i < host.len; i++) {
        char c = host.at[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              (c && strchr("-._:", c))))
            return 0;
    }
    return host.len < HOST_SHOWN ? (int)host.len : 0;
}

/* False: why not, with what to do about it. */
bool pages_may_ask(const struct pages_settings *settings, const struct request *request,
                   struct str path, const char *where, char why[PAGES_WHY_SIZE])
{
    const struct cors_settings *cors = &settings->server.cors;
    struct str host = header(request, STR("host")), origin = header(request, STR("origin"));
    struct str site = header(request, STR("sec-fetch-site"));
    bool other_site = str_is(site, "cross-site") || str_is(site, "same-site");
    int section = (int)strcspn(where, "/"); /* the configuration has "extensions.zpages" */
    const char *id = where + section + (where[section] == '/');

    if (!host_is_ours(host, settings->host, &settings->allowed_hosts)) {
        snprintf(why, PAGES_WHY_SIZE,
                 "the host \"%.*s\" is not known here: where that is a name of this machine, add "
                 "it to allowed_hosts of %.*s.%s, or use localhost",
                 shown(host), host.at ? host.at : "", section, where, id);
        return false;
    }
    if (origin.len > 0 ? host_is_origin(host, origin) : !other_site)
        return true;
    if (cors->enabled && origin.len > 0 && cors_allows(cors, origin))
        return true;
    /* A link that is followed shows the page; it is not the other site that gets to see it. */
    if (origin.len == 0 && str_is(header(request, STR("sec-fetch-mode")), "navigate") &&
        !str_starts(path, STR("/api/")))
        return true;
    snprintf(why, PAGES_WHY_SIZE,
             "pages of other sites may not read this: where one may, add its origin to "
             "cors.allowed_origins of %.*s.%s",
             section, where, id);
    return false;
}

void pages_refuse(struct request *request, const char *why)
{
    request_answer(request, &(struct answer){
                                .code = GRPC_OK,
                                .status = 403,
                                .body = str_of(why),
                                .type = "text/plain; charset=utf-8",
                            });
}
