/*
 * One GET by HTTP/1.1, of which the status line is read.
 */
#include "commands/probe.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "base/buf.h"

enum { HOST_MAX = 256, PORT_MAX = 6, HEAD_MAX = 1024, STATUS_OK = 200, NS_PER_MS = 1000000 };

struct target {
    char host[HOST_MAX], port[PORT_MAX];
    struct str authority, path;
};

/* ---- the URL ---- */

static bool copy(char *to, size_t size, struct str from)
{
    if (from.len == 0 || from.len >= size)
        return false;
    memcpy(to, from.at, from.len);
    to[from.len] = '\0';
    return true;
}

/* "host", "host:port", "[::1]:port". */
static bool read_authority(struct target *target)
{
    struct str host = target->authority, port = STR("80");
    const char *end = host.at + host.len;
    const char *bracket = *host.at == '[' ? memchr(host.at, ']', host.len) : NULL;
    const char *rest = bracket ? bracket + 1 : host.at;
    const char *colon = memchr(rest, ':', (size_t)(end - rest));
    uint64_t number;

    if (colon) {
        port = (struct str){colon + 1, (size_t)(end - colon) - 1};
        host.len = (size_t)(colon - host.at);
    }
    if (bracket) {
        if (bracket + 1 != host.at + host.len)
            return false;
        host = (struct str){host.at + 1, host.len - 2};
    }
    return copy(target->host, sizeof(target->host), host) &&
           copy(target->port, sizeof(target->port), port) &&
           str_to_uint(port, UINT16_MAX, &number) && number > 0;
}

static bool read_url(struct target *target, const char *url, struct error *err)
{
    struct str scheme = STR("http://"), rest = str_of(url);

    for (const char *c = url; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7f || *c == '@' || *c == '#')
            rest.len = 0;
    if (rest.len > 0 && str_starts(rest, scheme)) {
        rest = str_of(url + scheme.len);
        target->authority = (struct str){rest.at, strcspn(rest.at, "/?")};
        target->path = str_of(rest.at + target->authority.len);
        if (read_authority(target))
            return true;
    }
    return error_set(err, "%.200s is not of the form http://HOST:PORT/PATH", url);
}

/* ---- the connection ---- */

struct call { /* that is under way */
    int fd;
    uint64_t timeout_ms, end_ms;
};

static uint64_t now_ms(void)
{
    return uv_hrtime() / NS_PER_MS;
}

/* False and *err: it takes too long. */
static bool wait_for(const struct call *call, short events, struct error *err)
{
    struct pollfd poll_fd = {.fd = call->fd, .events = events};
    uint64_t now = now_ms();
    int ready;

    do {
        uint64_t left = now < call->end_ms ? call->end_ms - now : 0;

        ready = poll(&poll_fd, 1, left < INT32_MAX ? (int)left : INT32_MAX);
        now = now_ms();
    } while (ready < 0 && errno == EINTR);
    return ready > 0 ||
           error_set(err, "no answer in %llu ms", (unsigned long long)call->timeout_ms);
}

static bool connect_to(struct call *call, const struct addrinfo *address, struct error *err)
{
    socklen_t len = sizeof(int);
    int wrong = 0;

    call->fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (call->fd < 0 || connect(call->fd, address->ai_addr, address->ai_addrlen) != 0)
        wrong = errno;
    if (wrong == EINPROGRESS) {
        if (!wait_for(call, POLLOUT, err))
            return false;
        getsockopt(call->fd, SOL_SOCKET, SO_ERROR, &wrong, &len);
    }
    errno = wrong;
    return wrong == 0 ||
           error_set(err, "cannot connect: %s: does it run, with the extension health_check?",
                     strerror(wrong));
}

/* To the first address that lets us; *absent: none of them is listened at. */
static bool dial(struct call *call, const struct target *target, bool *absent, struct error *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *addresses;
    int rc = getaddrinfo(target->host, target->port, &hints, &addresses);
    bool ok = false;

    *absent = rc == 0;
    if (rc != 0)
        return error_set(err, "cannot look up %s: %s", target->host, gai_strerror(rc));
    for (const struct addrinfo *address = addresses; address && !ok; address = address->ai_next) {
        errno = 0;
        ok = connect_to(call, address, err);
        *absent &= !ok && errno == ECONNREFUSED;
        if (!ok && call->fd >= 0)
            close(call->fd);
    }
    freeaddrinfo(addresses);
    return ok;
}

/* ---- the request ---- */

static bool ask(const struct call *call, const struct target *target, struct error *err)
{
    struct buf head = {0};
    bool ok;

    buf_printf(&head,
               "GET %s%.*s HTTP/1.1\r\nHost: %.*s\r\nUser-Agent: otelc-health\r\n"
               "Connection: close\r\n\r\n",
               target->path.len > 0 && target->path.at[0] == '/' ? "" : "/", STR_ARG(target->path),
               STR_ARG(target->authority));
    ok = send(call->fd, head.at, head.len, MSG_NOSIGNAL) == (ssize_t)head.len ||
         error_set(err, "cannot send the request");
    buf_done(&head);
    return ok;
}

/* The status; 0 and *err: none comes. */
static unsigned hear(const struct call *call, struct error *err)
{
    char head[HEAD_MAX];
    struct str status = {head, 3};
    size_t len = 0, before = strlen("HTTP/1.1 ");
    uint64_t number;

    while (len < before + status.len) {
        ssize_t got;

        if (!wait_for(call, POLLIN, err))
            return 0;
        got = recv(call->fd, head + len, sizeof(head) - len, 0);
        if (got > 0)
            len += (size_t)got;
        else if (got == 0 || (errno != EAGAIN && errno != EINTR))
            break;
    }
    status.at += before;
    if (len >= before + status.len && memcmp(head, "HTTP/1.", strlen("HTTP/1.")) == 0 &&
        str_to_uint(status, 599, &number) && number >= 100)
        return (unsigned)number;
    error_set(err, "what answers there does not speak HTTP");
    return 0;
}

bool probe_run(const struct probe *probe, struct error *err)
{
    struct call call = {.timeout_ms = probe->timeout_ms, .end_ms = now_ms() + probe->timeout_ms};
    struct target target = {.port = ""};
    unsigned status;
    bool absent;

    if (!read_url(&target, probe->url, err))
        return false;
    if (!dial(&call, &target, &absent, err))
        return (absent && probe->if_served) || error_prefix(err, probe->url);
    status = ask(&call, &target, err) ? hear(&call, err) : 0;
    close(call.fd);
    if (status != STATUS_OK && status != 0)
        error_set(err, "answers %u", status);
    return status == STATUS_OK || error_prefix(err, probe->url);
}
