/*
 * The ports of Jaeger's agent: one message in each packet, and no answer. What cannot be taken is
 * dropped, counted, and told in the log once in a while.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "base/mem.h"
#include "jaeger/from_thrift.h"
#include "net/listen_address.h"
#include "net/listen_set.h"
#include "receivers/jaeger_receiver_priv.h"

enum { LAST_PACKETS = 1000 }; /* that are read at the end of each socket */

struct udp_socket {
    uv_udp_t handle; /* data: the port */
    struct udp_socket *next;
};

struct packet {
    struct str bytes;
    const struct sockaddr *from;
};

static void write_peer(const struct sockaddr *from, char text[64])
{
    char host[INET6_ADDRSTRLEN] = "?";

    uv_ip_name(from, host, sizeof(host));
    snprintf(text, 64, "%s", host);
}

static void drop(struct udp_port *port, const struct packet *packet, uint64_t spans,
                 const char *why)
{
    struct jaeger_receiver *self = port->receiver;
    char peer[64];

    self->dropped_packets++;
    self->dropped_spans += spans;
    write_peer(packet->from, peer);
    log_limited(&self->drops, LOG_WARN, self->base.where, "dropped a packet from %s: %s", peer,
                why);
}

static void drop_malformed(struct udp_port *port, const struct packet *packet,
                           const struct from_report *report)
{
    const char *other = port->protocol == THRIFT_COMPACT ? "binary" : "compact";
    bool head = report->at == 0;
    char why[256];

    snprintf(why, sizeof(why), "%s (at byte %zu)%s%s%s", report->why, report->at,
             head ? ": this is the port of thrift_" : "",
             head ? (port->protocol == THRIFT_COMPACT ? "compact, not of thrift_"
                                                      : "binary, not of thrift_")
                  : "",
             head ? other : "");
    drop(port, packet, 0, why);
}

static void hand_on(struct udp_port *port, const struct packet *packet, struct payload *payload)
{
    struct component *next = port->receiver->base.next[TRACES];
    struct result result = result_rejected("no pipeline takes traces any more");
    struct batch *batch;

    if (payload->counted == 0)
        return;
    batch = batch_of(payload);
    if (next) {
        result = consume(next, batch);
        if (result.verdict == ACCEPTED)
            result = batch->wait.result;
    }
    receiver_metrics_count(port->receiver->metrics, BY_UDP, TRACES, result, payload->counted);
    if (result.verdict != ACCEPTED)
        drop(port, packet, payload->counted, result.why);
    batch_unref(batch);
}

static void take(struct udp_port *port, const struct packet *packet)
{
    struct payload_report report;
    struct from_report read;
    struct bytes *otlp = from_thrift_message(packet->bytes, port->protocol, &read);
    struct payload *payload;
    char peer[64];

    if (!otlp) {
        if (read.no_room)
            drop(port, packet, 0, read.why);
        else
            drop_malformed(port, packet, &read);
        return;
    }
    payload = payload_read(TRACES, otlp, &report);
    if (!payload) {
        drop(port, packet, 0, report.why);
        return;
    }
    payload->came_ms = uv_now(port->receiver->worker->loop);
    write_peer(packet->from, peer);
    jaeger_handlers_note_invalid(port->receiver, &report, peer);
    hand_on(port, packet, payload);
    payload_unref(payload);
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    const struct udp_port *port = handle->data;

    (void)suggested;
    *buf = uv_buf_init(port->receiver->packet, (unsigned)port->settings->max_packet_size);
}

static void on_packet(uv_udp_t *handle, ssize_t got, const uv_buf_t *buf,
                      const struct sockaddr *from, unsigned flags)
{
    struct udp_port *port = handle->data;
    struct packet packet = {.from = from};

    if (!from || got < 0) /* nothing more waits; what a socket reports is over when it is read */
        return;
    packet.bytes = (struct str){buf->base, (size_t)got};
    if (flags & UV_UDP_PARTIAL)
        drop(port, &packet, 0, "it is larger than max_packet_size");
    else
        take(port, &packet);
}

static void on_closed(uv_handle_t *handle)
{
    free((struct udp_socket *)handle);
}

/* Takes over the descriptor. */
static bool add_socket(struct udp_port *port, int fd, struct error *err)
{
    struct udp_socket *s = mem_zero(sizeof(*s));
    int size = (int)port->settings->socket_buffer_size, rc;

    rc = uv_udp_init(port->receiver->worker->loop, &s->handle);
    if (rc != 0) {
        free(s);
        close(fd);
        return error_set(err, "cannot make a UDP socket: %s", uv_strerror(rc));
    }
    s->handle.data = port;
    s->next = port->sockets;
    port->sockets = s;
    rc = uv_udp_open(&s->handle, fd);
    if (rc != 0)
        close(fd);
    else
        rc = uv_udp_recv_start(&s->handle, on_room, on_packet);
    if (rc == 0 && size > 0)
        rc = uv_recv_buffer_size((uv_handle_t *)&s->handle, &size);
    return rc == 0 ||
           error_set(err, "cannot receive on %s: %s", port->settings->endpoint, uv_strerror(rc));
}

bool jaeger_udp_open(struct udp_port *port, struct error *err)
{
    const struct worker *worker = port->receiver->worker;
    const char *endpoint = port->settings->listens;
    int fds[LISTEN_MAX_FDS];
    size_t count;
    bool ok;

    if (!port->settings->enabled)
        return true;
    count = listen_set_open(worker->sockets, endpoint, worker->index, fds, err);
    ok = count > 0;
    port->open = ok ? endpoint : NULL;
    for (size_t i = 0; i < count; i++) {
        if (ok)
            ok = add_socket(port, fds[i], err);
        else
            close(fds[i]);
    }
    if (ok && worker->index == 0)
        log_info(port->receiver->base.where, "listening on %s (UDP, %s)",
                 listen_set_address(worker->sockets, endpoint),
                 port->protocol == THRIFT_COMPACT ? "thrift_compact" : "thrift_binary");
    return ok;
}

/* What waits in the socket: nobody else would read it. */
static void read_rest(struct udp_port *port, struct udp_socket *s)
{
    struct sockaddr_storage from;
    uv_os_fd_t fd;

    if (uv_fileno((uv_handle_t *)&s->handle, &fd) != 0)
        return;
    for (unsigned i = 0; i < LAST_PACKETS; i++) {
        socklen_t from_size = sizeof(from);
        ssize_t got = recvfrom(fd, port->receiver->packet, port->settings->max_packet_size,
                               MSG_DONTWAIT | MSG_TRUNC, (struct sockaddr *)&from, &from_size);
        uv_buf_t buf = uv_buf_init(port->receiver->packet, 0);

        if (got < 0)
            return;
        on_packet(&s->handle, got, &buf, (struct sockaddr *)&from,
                  (size_t)got > port->settings->max_packet_size ? UV_UDP_PARTIAL : 0);
    }
}

void jaeger_udp_drain(struct udp_port *port)
{
    for (struct udp_socket *s = port->sockets; s; s = s->next)
        read_rest(port, s);
    jaeger_udp_close(port);
}

void jaeger_udp_close(struct udp_port *port)
{
    const struct worker *worker = port->receiver->worker;
    struct udp_socket *s;

    while ((s = port->sockets)) {
        port->sockets = s->next;
        uv_close((uv_handle_t *)&s->handle, on_closed);
    }
    if (port->open)
        listen_set_close(worker->sockets, port->open, worker->index);
    port->open = NULL;
}
