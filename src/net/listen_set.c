/*
 * One socket for each worker at each address; the set keeps them open and hands out duplicates.
 */
#include "net/listen_set.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "base/buf.h"
#include "base/mem.h"
#include "net/listen_address.h"
#include "net/listen_socket.h"
#include "net/unix_socket.h"

#define UNIX "unix:"

struct endpoint { /* one that is open */
    struct endpoint *next;
    char *name;       /* as configured */
    char *address;    /* where it really listens */
    size_t count;     /* addresses */
    int *fds;         /* count for worker 0, count for worker 1, ...; -1: closed */
    unsigned *users;  /* of each worker's sockets */
    const char *path; /* of a unix socket, in name; else NULL */
    struct unix_socket_file file;
};

struct listen_set {
    unsigned workers;
    uv_mutex_t lock;            /* of what follows */
    struct endpoint *endpoints; /* owned */
};

struct listen_set *listen_set_new(unsigned workers)
{
    struct listen_set *set = mem_zero(sizeof(*set));

    set->workers = workers;
    uv_mutex_init(&set->lock);
    return set;
}

static void close_all(int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
        fds[i] = -1;
    }
}

static void endpoint_free(struct listen_set *set, struct endpoint *endpoint)
{
    if (endpoint->path)
        unix_socket_remove(endpoint->path, &endpoint->file);
    close_all(endpoint->fds, endpoint->count * set->workers);
    free(endpoint->fds);
    free(endpoint->users);
    free(endpoint->name);
    free(endpoint->address);
    free(endpoint);
}

void listen_set_free(struct listen_set *set)
{
    struct endpoint *endpoint, *next;

    if (!set)
        return;
    for (endpoint = set->endpoints; endpoint; endpoint = next) {
        next = endpoint->next;
        endpoint_free(set, endpoint);
    }
    uv_mutex_destroy(&set->lock);
    free(set);
}

const char *listen_default_host(void)
{
    const char *host = getenv("OTELC_LISTEN_HOST");

    return host && *host ? host : "localhost";
}

enum { NO_WORKER = -1 };

/* Whether a worker has sockets of an endpoint that is opened for one alone. */
static bool is_for(unsigned worker, int alone)
{
    return alone == NO_WORKER || (unsigned)alone == worker;
}

static struct endpoint *add(struct listen_set *set, const struct endpoint *made)
{
    struct endpoint *endpoint = mem_alloc(sizeof(*endpoint));

    *endpoint = *made;
    endpoint->users = mem_zero(set->workers * sizeof(*endpoint->users));
    endpoint->next = set->endpoints;
    set->endpoints = endpoint;
    return endpoint;
}

/* One socket that all workers accept from, or one alone. */
static struct endpoint *open_unix(struct listen_set *set, const char *name, int alone,
                                  struct error *err)
{
    struct endpoint endpoint = {.count = 1};
    int fd = unix_socket_listen(name + strlen(UNIX), LISTEN_BACKLOG, &endpoint.file, err);

    if (fd < 0)
        return NULL;
    endpoint.name = mem_text(name);
    endpoint.address = mem_text(name);
    endpoint.path = endpoint.name + strlen(UNIX);
    endpoint.fds = mem_alloc(set->workers * sizeof(*endpoint.fds));
    for (unsigned i = 0; i < set->workers; i++) /* -1: told when it is asked for */
        endpoint.fds[i] = is_for(i, alone) ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
    close(fd);
    return add(set, &endpoint);
}

static bool is_udp(const char *name)
{
    return str_starts(str_of(name), STR("udp:"));
}

/* Whether one that is open has the same port: then it is no stranger who listens there, but what a
 * reload is about to replace. */
static bool has_port(const struct listen_set *set, const char *name)
{
    const char *port = strrchr(name, ':');

    for (const struct endpoint *open = set->endpoints; open && port; open = open->next) {
        const char *other = strrchr(open->name, ':');

        if (!open->path && other && is_udp(open->name) == is_udp(name) &&
            strcmp(other, port) == 0 && strcmp(port, ":0") != 0)
            return true;
    }
    return false;
}

static struct endpoint *open_ports(struct listen_set *set, const char *name, int alone,
                                   struct error *err)
{
    struct listen_address list[LISTEN_MAX_FDS];
    size_t count = listen_address_resolve(name, list, err), opened = 0;
    struct endpoint *endpoint;
    struct buf text = {0};
    int *fds;

    if (count == 0 || (!has_port(set, name) && !listen_socket_probe(list, &count, err)))
        return NULL;
    fds = mem_alloc(count * set->workers * sizeof(*fds));
    for (; opened < count * set->workers; opened++) {
        bool wanted = is_for((unsigned)(opened / count), alone);

        fds[opened] = wanted ? listen_socket_open(&list[opened % count], err) : -1;
        if (wanted && fds[opened] < 0) {
            close_all(fds, opened);
            free(fds);
            return NULL;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_append_str(&text, STR(", "));
        listen_address_write(&text, &list[i]);
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

/* The endpoint, opened where it is not; NULL and *err. */
static struct endpoint *find_or_open(struct listen_set *set, const char *name, int alone,
                                     struct error *err)
{
    struct endpoint *open = find(set, name);

    if (open)
        return open;
    return str_starts(str_of(name), str_of(UNIX)) ? open_unix(set, name, alone, err)
                                                  : open_ports(set, name, alone, err);
}

static size_t open_for(struct listen_set *set, const char *endpoint, unsigned worker, int alone,
                       int fds[LISTEN_MAX_FDS], struct error *err)
{
    struct endpoint *open;
    size_t count = 0;

    assert(worker < set->workers);
    uv_mutex_lock(&set->lock);
    open = find_or_open(set, endpoint, alone, err);
    for (; open && count < open->count; count++) {
        fds[count] = fcntl(open->fds[worker * open->count + count], F_DUPFD_CLOEXEC, 0);
        if (fds[count] < 0) {
            error_set(err, "cannot listen on %s: %s", open->address, strerror(errno));
            close_all(fds, count);
            count = 0;
            break;
        }
    }
    if (count > 0)
        open->users[worker]++;
    uv_mutex_unlock(&set->lock);
    return count;
}

size_t listen_set_open(struct listen_set *set, const char *endpoint, unsigned worker,
                       int fds[LISTEN_MAX_FDS], struct error *err)
{
    return open_for(set, endpoint, worker, NO_WORKER, fds, err);
}

size_t listen_set_open_alone(struct listen_set *set, const char *endpoint, unsigned worker,
                             int fds[LISTEN_MAX_FDS], struct error *err)
{
    return open_for(set, endpoint, worker, (int)worker, fds, err);
}

static bool is_used(const struct listen_set *set, const struct endpoint *endpoint)
{
    for (unsigned i = 0; i < set->workers; i++)
        if (endpoint->users[i] > 0)
            return true;
    return false;
}

void listen_set_close(struct listen_set *set, const char *endpoint, unsigned worker)
{
    struct endpoint **at = &set->endpoints, *open;

    uv_mutex_lock(&set->lock);
    while ((open = *at) && strcmp(open->name, endpoint) != 0)
        at = &open->next;
    if (open && --open->users[worker] == 0)
        close_all(open->fds + worker * open->count, open->count);
    if (open && !is_used(set, open)) {
        *at = open->next;
        endpoint_free(set, open);
    }
    uv_mutex_unlock(&set->lock);
}

const char *listen_set_address(struct listen_set *set, const char *endpoint)
{
    struct endpoint *open;
    const char *address;

    uv_mutex_lock(&set->lock);
    open = find(set, endpoint);
    address = open ? open->address : NULL;
    uv_mutex_unlock(&set->lock);
    return address;
}
