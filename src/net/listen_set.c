/*
 * One socket for each worker at each address; the set keeps them open and hands out duplicates.
 */
#include "net/listen_set.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "net/port_owner.h"
#include "net/unix_socket.h"

enum { BACKLOG = 1024, PICK_TRIES = 8 };

#define UNIX "unix:"

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } at;
    bool dual;     /* [::] that takes IPv4 as well */
    bool optional; /* left out where the machine does not have it */
};

struct endpoint { /* one that is open */
    struct endpoint *next;
    char *name;       /* as configured */
    char *address;    /* where it really listens */
    size_t count;     /* addresses */
    int *fds;         /* count for worker 0, count for worker 1, ... */
    const char *path; /* of a unix socket, in name; else NULL */
    struct unix_socket_file file;
};

struct listen_set {
    unsigned workers;
    struct endpoint *endpoints; /* owned */
};

struct listen_set *listen_set_new(unsigned workers)
{
    struct listen_set *set = mem_zero(sizeof(*set));

    set->workers = workers;
    return set;
}

static void close_all(const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

void listen_set_free(struct listen_set *set)
{
    struct endpoint *endpoint, *next;

    if (!set)
        return;
    for (endpoint = set->endpoints; endpoint; endpoint = next) {
        next = endpoint->next;
        if (endpoint->path)
            unix_socket_remove(endpoint->path, &endpoint->file);
        close_all(endpoint->fds, endpoint->count * set->workers);
        free(endpoint->fds);
        free(endpoint->name);
        free(endpoint->address);
        free(endpoint);
    }
    free(set);
}

const char *listen_default_host(void)
{
    const char *host = getenv("OTELC_LISTEN_HOST");

    return host && *host ? host : "localhost";
}

/* ---- addresses ---- */

static in_port_t *port_of(struct address *address)
{
    return address->at.any.sa_family == AF_INET6 ? &address->at.v6.sin6_port
                                                 : &address->at.v4.sin_port;
}

static socklen_t size_of(const struct address *address)
{
    return address->at.any.sa_family == AF_INET6 ? sizeof(address->at.v6) : sizeof(address->at.v4);
}

/* "127.0.0.1:4317", "[::1]:4317" */
static void append_address(struct buf *out, const struct address *address)
{
    char host[NI_MAXHOST] = "?", port[NI_MAXSERV] = "?";

    getnameinfo(&address->at.any, size_of(address), host, sizeof(host), port, sizeof(port),
                NI_NUMERICHOST | NI_NUMERICSERV);
    buf_printf(out, address->at.any.sa_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

/* Splits "host:port", without resolving anything. */
static bool split_endpoint(const char *endpoint, char host[NI_MAXHOST], uint64_t *port,
                           struct error *err)
{
    const char *scheme = strstr(endpoint, "://");
    const char *colon = strrchr(endpoint, ':');
    struct str name;

    if (!*endpoint)
        return error_set(err, "empty endpoint: write host:port, such as localhost:4317");
    if (scheme)
        return error_set(err, "\"%s\" is a URL: write %s to listen there", endpoint, scheme + 3);
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

static struct address v4_address(uint32_t host, uint64_t port)
{
    struct address address = {0};

    address.at.v4.sin_family = AF_INET;
    address.at.v4.sin_addr.s_addr = htonl(host);
    address.at.v4.sin_port = htons((uint16_t)port);
    return address;
}

static struct address v6_address(struct in6_addr host, uint64_t port)
{
    struct address address = {0};

    address.at.v6.sin6_family = AF_INET6;
    address.at.v6.sin6_addr = host;
    address.at.v6.sin6_port = htons((uint16_t)port);
    return address;
}

static bool same(const struct address *a, const struct address *b)
{
    return a->at.any.sa_family == b->at.any.sa_family &&
           memcmp(&a->at.any, &b->at.any, size_of(a)) == 0;
}

/* What getaddrinfo() knows of a name or number; how many, 0 on error. */
static size_t look_up(const char *host, uint64_t port, struct address list[LISTEN_MAX_FDS],
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
        struct address address = {0};

        if (info->ai_addrlen > sizeof(address.at) ||
            (info->ai_family != AF_INET && info->ai_family != AF_INET6))
            continue;
        memcpy(&address.at, info->ai_addr, info->ai_addrlen);
        *port_of(&address) = htons((uint16_t)port);
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
static size_t resolve_any(const char *endpoint, struct address list[LISTEN_MAX_FDS],
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
static size_t keep_family(struct address list[LISTEN_MAX_FDS], size_t count, int family)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        struct address address = list[i];

        if (address.dual && family == AF_INET)
            address = v4_address(INADDR_ANY, ntohs(*port_of(&address)));
        address.dual = address.optional = false;
        if (address.at.any.sa_family == family)
            list[kept++] = address;
    }
    return kept;
}

static size_t resolve(const char *endpoint, struct address list[LISTEN_MAX_FDS], struct error *err)
{
    static const struct {
        struct str prefix;
        int family;
    } families[] = {{STR_INIT("tcp4:"), AF_INET}, {STR_INIT("tcp6:"), AF_INET6}};

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

/* ---- sockets ---- */

/* A bound socket; -1 with errno. shared: with SO_REUSEPORT. */
static int bind_socket(const struct address *address, bool shared)
{
    int fd = socket(address->at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1, v6_only = !address->dual;

    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
        (!shared || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == 0) &&
        (address->at.any.sa_family != AF_INET6 ||
         setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof(v6_only)) == 0) &&
        bind(fd, &address->at.any, size_of(address)) == 0)
        return fd;
    on = errno;
    close(fd);
    errno = on;
    return -1;
}

/* Makes sure that the address is free, and lets the kernel pick a port 0: 0, or an errno. */
static int probe(struct address *address)
{
    socklen_t len = sizeof(address->at);
    int fd = bind_socket(address, false);

    if (fd < 0)
        return errno;
    if (*port_of(address) == 0)
        getsockname(fd, &address->at.any, &len);
    close(fd);
    return 0;
}

/* Why an address cannot be listened on; returns false. */
static bool refuse(struct address *address, int code, struct error *err)
{
    struct buf text = {0};
    char owner[128];

    append_address(&text, address);
    switch (code) {
    case EADDRINUSE:
        port_owner_describe(&address->at.any, owner, sizeof(owner));
        error_set(err, "cannot listen on %s: the port is taken by %s", buf_text(&text), owner);
        break;
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
        error_set(err, "cannot listen on %s: this machine does not have that address",
                  buf_text(&text));
        break;
    case EACCES:
        error_set(err, "cannot listen on %s: ports this low need root or CAP_NET_BIND_SERVICE",
                  buf_text(&text));
        break;
    default:
        error_set(err, "cannot listen on %s: %s", buf_text(&text), strerror(code));
    }
    buf_done(&text);
    return false;
}

/* Checks all addresses and settles their port; those that need not be may drop out of the list. */
static bool probe_all(struct address *list, size_t *count, struct error *err)
{
    bool pick = *port_of(&list[0]) == 0;

    for (unsigned tries = 1;; tries++) {
        size_t kept = 0;
        int code = 0;

        for (size_t i = 0; i < *count && code == 0; i++) {
            struct address address = list[i];

            if (pick)
                *port_of(&address) = kept > 0 ? *port_of(&list[0]) : 0;
            code = probe(&address);
            if (code == 0)
                list[kept++] = address;
            else if (address.optional && (code == EADDRNOTAVAIL || code == EAFNOSUPPORT))
                code = 0;
            else if (!pick || kept == 0 || code != EADDRINUSE || tries == PICK_TRIES)
                return refuse(&address, code, err);
        }
        if (code == 0) {
            *count = kept;
            return true;
        }
    }
}

static struct endpoint *add(struct listen_set *set, const struct endpoint *made)
{
    struct endpoint *endpoint = mem_alloc(sizeof(*endpoint));

    *endpoint = *made;
    endpoint->next = set->endpoints;
    set->endpoints = endpoint;
    return endpoint;
}

/* One socket that all workers accept from. */
static struct endpoint *open_unix(struct listen_set *set, const char *name, struct error *err)
{
    struct endpoint endpoint = {.count = 1};
    int fd = unix_socket_listen(name + strlen(UNIX), BACKLOG, &endpoint.file, err);

    if (fd < 0)
        return NULL;
    endpoint.name = mem_text(name);
    endpoint.address = mem_text(name);
    endpoint.path = endpoint.name + strlen(UNIX);
    endpoint.fds = mem_alloc(set->workers * sizeof(*endpoint.fds));
    endpoint.fds[0] = fd;
    for (unsigned i = 1; i < set->workers; i++)
        endpoint.fds[i] = fcntl(fd, F_DUPFD_CLOEXEC, 0); /* -1: told when it is asked for */
    return add(set, &endpoint);
}

static struct endpoint *open_tcp(struct listen_set *set, const char *name, struct error *err)
{
    struct address list[LISTEN_MAX_FDS];
    size_t count = resolve(name, list, err), opened = 0;
    struct endpoint *endpoint;
    struct buf text = {0};
    int *fds;

    if (count == 0 || !probe_all(list, &count, err))
        return NULL;
    fds = mem_alloc(count * set->workers * sizeof(*fds));
    for (; opened < count * set->workers; opened++) {
        struct address *address = &list[opened % count];

        fds[opened] = bind_socket(address, true);
        if (fds[opened] < 0 || listen(fds[opened], BACKLOG) != 0) {
            refuse(address, errno, err);
            close_all(fds, fds[opened] < 0 ? opened : opened + 1);
            free(fds);
            return NULL;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_append_str(&text, STR(", "));
        append_address(&text, &list[i]);
    }
    endpoint = add(set, &(struct endpoint){.name = mem_text(name),
                                           .address = mem_text(buf_text(&text)),
                                           .count = count,
                                           .fds = fds});
    buf_done(&text);
    return endpoint;
}

static struct endpoint *find(const struct listen_set *set, const char *name)
{
    struct endpoint *endpoint = set->endpoints;

    while (endpoint && strcmp(endpoint->name, name) != 0)
        endpoint = endpoint->next;
    return endpoint;
}

size_t listen_set_open(struct listen_set *set, const char *endpoint, unsigned worker,
                       int fds[LISTEN_MAX_FDS], struct error *err)
{
    struct endpoint *open = find(set, endpoint);

    assert(worker < set->workers);
    if (!open && str_starts(str_of(endpoint), str_of(UNIX)))
        open = open_unix(set, endpoint, err);
    else if (!open)
        open = open_tcp(set, endpoint, err);
    if (!open)
        return 0;
    for (size_t i = 0; i < open->count; i++) {
        fds[i] = fcntl(open->fds[worker * open->count + i], F_DUPFD_CLOEXEC, 0);
        if (fds[i] < 0) {
            error_set(err, "cannot listen on %s: %s", open->address, strerror(errno));
            close_all(fds, i);
            return 0;
        }
    }
    return open->count;
}

const char *listen_set_address(const struct listen_set *set, const char *endpoint)
{
    struct endpoint *open = find(set, endpoint);

    return open ? open->address : NULL;
}
