/*
 * URLs are ours, checked when they were read: what is odd in one ends up odd in a label.
 */
#include "net/server_place.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <uv.h>

#include "base/str.h"

static void copy(char *to, size_t size, struct str text)
{
    if (text.len >= size)
        text.len = 0;
    memcpy(to, text.at, text.len);
    to[text.len] = '\0';
}

/* "host:port", "[::1]:port", or without the port. */
static void take_authority(struct server_place *place, struct str authority)
{
    struct str port = place->https ? STR("443") : STR("80");
    const char *end = authority.at + authority.len, *bracket = NULL, *colon;

    if (authority.len > 0 && authority.at[0] == '[')
        bracket = memchr(authority.at, ']', authority.len);
    colon = memrchr(authority.at, ':', authority.len);
    if (colon && (!bracket || colon > bracket)) {
        port = (struct str){colon + 1, (size_t)(end - colon) - 1};
        authority.len = (size_t)(colon - authority.at);
    }
    if (bracket)
        authority = (struct str){authority.at + 1, (size_t)(bracket - authority.at) - 1};
    copy(place->address, sizeof(place->address), authority);
    copy(place->port, sizeof(place->port), port);
}

void server_place_of_url(struct server_place *place, const char *url)
{
    const char *scheme_end = strstr(url, "://");
    const char *at = scheme_end ? scheme_end + 3 : url, *path = at + strcspn(at, "/?#");
    const char *user_end = memrchr(at, '@', (size_t)(path - at));

    *place = (struct server_place){.https = strncmp(url, "https:", 6) == 0};
    if (user_end)
        at = user_end + 1;
    take_authority(place, (struct str){at, (size_t)(path - at)});
    copy(place->path, sizeof(place->path), (struct str){path, strcspn(path, "?#")});
}

void server_place_of_socket(struct server_place *place, int fd, bool tls)
{
    union {
        struct sockaddr_un file; /* the largest: all of it is zeroed */
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } at = {.file = {0}};
    socklen_t len = sizeof(at);
    unsigned port = 0;

    *place = (struct server_place){.https = tls};
    if (getsockname(fd, &at.any, &len) != 0)
        return;
    if (at.any.sa_family == AF_UNIX) {
        size_t path = strnlen(at.file.sun_path, sizeof(at.file.sun_path));

        copy(place->address, sizeof(place->address), (struct str){at.file.sun_path, path});
        return;
    }
    if (at.any.sa_family == AF_INET6) {
        uv_ip6_name(&at.v6, place->address, sizeof(place->address));
        port = ntohs(at.v6.sin6_port);
    } else {
        uv_ip4_name(&at.v4, place->address, sizeof(place->address));
        port = ntohs(at.v4.sin_port);
    }
    snprintf(place->port, sizeof(place->port), "%u", port);
}
