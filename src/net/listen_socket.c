/*
 * Binding addresses, and saying why one cannot be had.
 */
#include "net/listen_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/port_owner.h"

enum { PICK_TRIES = 8 };

/*
 * A bound socket; -1 with errno. shared: with SO_REUSEPORT. (SO_REUSEADDR would share a UDP port
 * silently; of TCP it says that what a closed connection leaves does not matter.)
 */
static int bind_socket(const struct listen_address *address, bool shared)
{
    int type = address->datagrams ? SOCK_DGRAM : SOCK_STREAM;
    int fd = socket(address->at.any.sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1, v6_only = !address->dual, reuse = !address->datagrams;

    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof(reuse)) == 0 &&
        (!shared || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == 0) &&
        (address->at.any.sa_family != AF_INET6 ||
         setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof(v6_only)) == 0) &&
        bind(fd, &address->at.any, listen_address_size(address)) == 0)
        return fd;
    on = errno;
    close(fd);
    errno = on;
    return -1;
}

/* Makes sure that the address is free, and lets the kernel pick a port 0: 0, or an errno. */
static int probe(struct listen_address *address)
{
    socklen_t len = sizeof(address->at);
    int fd = bind_socket(address, false);

    if (fd < 0)
        return errno;
    if (*listen_address_port(address) == 0)
        getsockname(fd, &address->at.any, &len);
    close(fd);
    return 0;
}

/* Why an address cannot be listened on; returns false. */
static bool refuse(const struct listen_address *address, int code, struct error *err)
{
    struct buf text = {0};
    char owner[128];

    listen_address_write(&text, address);
    switch (code) {
    case EADDRINUSE:
        if (address->datagrams) {
            error_set(err, "cannot listen on %s: the UDP port is taken", buf_text(&text));
            break;
        }
        port_owner_describe(&address->at.any, owner, sizeof(owner));
        error_set(err,
                  "cannot listen on %s: the port is taken by %s: stop that, or listen elsewhere",
                  buf_text(&text), owner);
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

bool listen_socket_probe(struct listen_address *list, size_t *count, struct error *err)
{
    bool pick = *listen_address_port(&list[0]) == 0;

    for (unsigned tries = 1;; tries++) {
        size_t kept = 0;
        int code = 0;

        for (size_t i = 0; i < *count && code == 0; i++) {
            struct listen_address address = list[i];

            if (pick)
                *listen_address_port(&address) = kept > 0 ? *listen_address_port(&list[0]) : 0;
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

int listen_socket_open(const struct listen_address *address, struct error *err)
{
    int fd = bind_socket(address, true), code;

    if (fd >= 0 && (address->datagrams || listen(fd, LISTEN_BACKLOG) == 0))
        return fd;
    code = errno;
    if (fd >= 0)
        close(fd);
    refuse(address, code, err);
    return -1;
}
