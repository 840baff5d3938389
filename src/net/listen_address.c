/*
 * From the text of an endpoint to addresses.
 */
#include "net/listen_address.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"

in_port_t *listen_address_port(struct listen_address *address)
{
    return address->at.any.sa_family == AF_INET6 ? &address->at.v6.sin6_port
                                                 : &address->at.v4.sin_port;
}

socklen_t listen_address_size(const struct listen_address *address)
{
    return address->at.any.sa_family == AF_INET6 ? sizeof(address->at.v6) : sizeof(address->at.v4);
}

void listen_address_write(struct buf *out, const struct listen_address *address)
{
    char host[NI_MAXHOST] = "?", port[NI_MAXSERV] = "?";

    getnameinfo(&address->at.any, listen_address_size(address), host, sizeof(host), port,
                sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
    buf_printf(out, address->at.any.sa_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

/* Splits "host:port", without resolving anything. */
static bool split_endpoint(const char *endpoint, char host[NI_MAXHOST], uint64_t *port,
                           struct error *err)
{
    const char *scheme = strstr(endpoint, "://"), *start = scheme ? scheme + 3 : endpoint;
    const char *colon = strrchr(endpoint, ':');
    size_t path = strcspn(start, "/");
    struct str name;

    if (!*endpoint)
        return error_set(err, "empty endpoint: write host:port, such as localhost:4317");
    if (scheme || start[path])
        return error_set(err, "\"%s\" %s: write %.*s to listen there", endpoint,
                         scheme ? "is a URL" : "has a path", (int)path, start);
    if (str_to_uint(str_of(endpoint), 65535, port))
        return error_set(err, "\"%s\" has no host: write localhost:%s, or :%s for all addresses",
                         endpoint, endpoint, endpoint);
    if (!colon || endpoint[strlen(endpoint) - 1] == ']')
        return error_set(err, "missing port in \"%s\": write %s:4317", endpoint, endpoint);
    name = (struct str){endpoint, (size_t)(colon - endpoint)};
    if (name.len > 0 && name.at[0] == '[') {
        if (name.at[name.len - 1] != ']')
            return error_set(err, "\"[\" without \"]\" in \"%s\": write [::1]:4317", endpoint);
        name.at++;
        name.len -= 2;
    } else if (memchr(name.at, ':', name.len)) {
        return error_set(err, "an IPv6 address needs brackets, as in [::1]:4317: \"%s\"", endpoint);
    }
    if (!str_to_uint(str_of(colon + 1), 65535, port))
        return error_set(err, "port of \"%s\" is not a number from 0 to 65535", endpoint);
    if (name.len >= NI_MAXHOST)
        return error_set(err, "host name is too long");
    snprintf(host, NI_MAXHOST, "%.*s", STR_ARG(name));
    return true;
}

static struct listen_address v4_address(uint32_t host, uint64_t port)
{
    struct listen_address address = {0};

    address.at.v4.sin_family = AF_INET;
    address.at.v4.sin_addr.s_addr = htonl(host);
    address.at.v4.sin_port = htons((uint16_t)port);
    return address;
}

static struct listen_address v6_address(struct in6_addr host, uint64_t port)
{
    struct listen_address address = {0};

    address.at.v6.sin6_family = AF_INET6;
    address.at.v6.sin6_addr = host;
    address.at.v6.sin6_port = htons((uint16_t)port);
    return address;
}

static bool same(const struct listen_address *a, const struct listen_address *b)
{
    return a->at.any.sa_family == b->at.any.sa_family &&
           memcmp(&a->at.any, &b->at.any, listen_address_size(a)) == 0;
}

/* What getaddrinfo() knows of a name or number; how many, 0 on error. */
static size_t look_up(const char *host, uint64_t port, struct listen_address list[LISTEN_MAX_FDS],
                      struct error *err)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found, *info;
    size_t count = 0;
    int rc = getaddrinfo(host, NULL, &hints, &found);

    if (rc != 0) {
        error_set(err, "unknown host \"%s\": %s", host, gai_strerror(rc));
        return 0;
    }
    for (info = found; info && count < LISTEN_MAX_FDS; info = info->ai_next) {
        struct listen_address address = {0};

        if (info->ai_addrlen > sizeof(address.at) ||
            (info->ai_family != AF_INET && info->ai_family != AF_INET6))
            continue;
        memcpy(&address.at, info->ai_addr, info->ai_addrlen);
        *listen_address_port(&address) = htons((uint16_t)port);
        if (count == 0 || !same(&list[count - 1], &address))
            list[count++] = address;
    }
    freeaddrinfo(found);
    if (count == 0)
        error_set(err, "host \"%s\" has no address", host);
    return count;
}

static bool has_v6(void)
{
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* The addresses of "host:port". */
static size_t resolve_any(const char *endpoint, struct listen_address list[LISTEN_MAX_FDS],
                          struct error *err)
{
    char host[NI_MAXHOST] = "";
    uint64_t port = 0;

    if (!split_endpoint(endpoint, host, &port, err))
        return 0;
    if (!*host || strcmp(host, "::") == 0) {
        list[0] = has_v6() ? v6_address(in6addr_any, port) : v4_address(INADDR_ANY, port);
        list[0].dual = true;
        return 1;
    }
    if (str_eq_nocase(str_of(host), STR("localhost"))) {
        list[0] = v4_address(INADDR_LOOPBACK, port);
        list[1] = v6_address(in6addr_loopback, port);
        list[1].optional = true;
        return 2;
    }
    return look_up(host, port, list, err);
}

/* Leaves those of one family: all addresses ([::] dual) of IPv4 are 0.0.0.0. */
static size_t keep_family(struct listen_address list[LISTEN_MAX_FDS], size_t count, int family)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        struct listen_address address = list[i];

        if (address.dual && family == AF_INET)
            address = v4_address(INADDR_ANY, ntohs(*listen_address_port(&address)));
        address.dual = address.optional = false;
        if (address.at.any.sa_family == family)
            list[kept++] = address;
    }
    return kept;
}

static size_t resolve_udp(const char *endpoint, struct listen_address list[LISTEN_MAX_FDS],
                          struct error *err)
{
    size_t count = resolve_any(endpoint, list, err);

    for (size_t i = 0; i < count; i++)
        list[i].datagrams = true;
    return count;
}

bool listen_address_check(const char *endpoint, struct error *err)
{
    static const char *const prefixes[] = {"udp:", "tcp4:", "tcp6:"};
    char host[NI_MAXHOST];
    uint64_t port;

    for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
        if (str_starts(str_of(endpoint), str_of(prefixes[i])))
            return split_endpoint(endpoint + strlen(prefixes[i]), host, &port, err);
    return split_endpoint(endpoint, host, &port, err);
}

size_t listen_address_resolve(const char *endpoint, struct listen_address list[LISTEN_MAX_FDS],
                              struct error *err)
{
    static const struct {
        struct str prefix;
        int family;
    } families[] = {{STR_INIT("tcp4:"), AF_INET}, {STR_INIT("tcp6:"), AF_INET6}};

    if (str_starts(str_of(endpoint), STR("udp:")))
        return resolve_udp(endpoint + strlen("udp:"), list, err);
    for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
        const char *rest = endpoint + families[i].prefix.len;
        size_t count;

        if (!str_starts(str_of(endpoint), families[i].prefix))
            continue;
        count = resolve_any(rest, list, err);
        if (count > 0 && (count = keep_family(list, count, families[i].family)) == 0)
            error_set(err, "\"%s\" has no address of %.*s", rest, 4, endpoint);
        return count;
    }
    return resolve_any(endpoint, list, err);
}
