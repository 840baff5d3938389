/*
 * CURLOPT_CONNECT_ONLY: libcurl is done when the connection stands. In plain text, bytes go by the
 * socket itself, from where they lie; through TLS or a proxy, by libcurl.
 */
#include "net/peer_socket.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/http_client_priv.h"
#include "net/proxy.h"

enum { WHY_MAX = 800, RECORD_SIZE = 16 << 10 /* of TLS */ };

struct peer_socket {
    struct http_handle handle;
    struct http_client *client;
    const struct peer_socket_calls *calls;
    void *arg;
    uv_poll_t *poll; /* NULL: not connected */
    int fd;
    bool plain, wants_write, broken;

    /* Not plain: what libcurl has been given and has not taken. OpenSSL wants it from the same
     * place when it is tried again. */
    char record[RECORD_SIZE];
    size_t record_len, record_sent;
};

static bool record_waits(const struct peer_socket *socket)
{
    return socket->record_sent < socket->record_len;
}

static void record_send(struct peer_socket *socket)
{
    while (record_waits(socket)) {
        size_t sent = 0;
        CURLcode code = curl_easy_send(socket->handle.easy, socket->record + socket->record_sent,
                                       socket->record_len - socket->record_sent, &sent);

        if (code == CURLE_AGAIN)
            return;
        if (code != CURLE_OK) {
            socket->broken = true;
            return;
        }
        socket->record_sent += sent;
    }
}

static void poll_start(struct peer_socket *socket);

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct peer_socket *socket = poll->data;

    (void)status, (void)events; /* who reads or writes finds out */
    if (record_waits(socket)) {
        record_send(socket);
        poll_start(socket);
    }
    socket->calls->ready(socket->arg);
}

static void poll_start(struct peer_socket *socket)
{
    bool writes = socket->wants_write || record_waits(socket);

    uv_poll_start(socket->poll, UV_READABLE | (writes ? UV_WRITABLE : 0), on_poll);
}

static bool watch(struct peer_socket *socket)
{
    curl_socket_t fd = CURL_SOCKET_BAD;

    if (curl_easy_getinfo(socket->handle.easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK ||
        fd == CURL_SOCKET_BAD)
        return false;
    socket->fd = fd;
    socket->poll = mem_zero(sizeof(*socket->poll));
    if (uv_poll_init_socket(socket->client->loop, socket->poll, fd) != 0) {
        free(socket->poll);
        socket->poll = NULL;
        return false;
    }
    socket->poll->data = socket;
    poll_start(socket);
    return true;
}

static void on_done(struct http_handle *handle, CURLcode code)
{
    struct peer_socket *socket = LIST_ENTRY(handle, struct peer_socket, handle);
    char why[WHY_MAX];

    if (code == CURLE_OK && !watch(socket))
        code = CURLE_FAILED_INIT;
    if (code == CURLE_OK) {
        socket->calls->connected(socket->arg);
        return;
    }
    http_failure_explain(handle, code, why, sizeof(why));
    socket->calls->failed(socket->arg, why, code == CURLE_OPERATION_TIMEDOUT);
}

static CURLcode offer_http2(CURL *easy, void *context, void *arg)
{
    static const unsigned char protocols[] = "\x02h2";

    (void)easy, (void)arg;
    return SSL_CTX_set_alpn_protos(context, protocols, sizeof(protocols) - 1) == 0
               ? CURLE_OK
               : CURLE_OUT_OF_MEMORY;
}

struct peer_socket *peer_socket_new(struct http_client *client, const char *url,
                                    const struct tls_client_settings *tls,
                                    const struct peer_socket_calls *calls, void *arg)
{
    struct peer_socket *socket = mem_zero(sizeof(*socket));
    struct buf text = {0};
    CURL *easy;

    socket->client = client;
    socket->calls = calls;
    socket->arg = arg;
    socket->handle.done = on_done;
    http_handle_init(&socket->handle, url, tls, 0, &text);
    buf_reset(&text);
    socket->plain = str_starts(str_of(url), STR("http:")) && !proxy_describe(url, &text);
    buf_done(&text);
    easy = socket->handle.easy;
    curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    /* What is spoken is not libcurl's business: it would begin to speak HTTP/2 itself. */
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_SSL_ENABLE_ALPN, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, offer_http2);
    if (curl_multi_add_handle(client->multi, easy) != CURLM_OK)
        abort(); /* out of memory */
    return socket;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

void peer_socket_free(struct peer_socket *socket)
{
    if (!socket)
        return;
    if (socket->poll)
        uv_close((uv_handle_t *)socket->poll, on_closed);
    curl_multi_remove_handle(socket->client->multi, socket->handle.easy); /* closes it */
    http_handle_done(&socket->handle);
    free(socket);
}

static ssize_t send_plain(struct peer_socket *socket, const struct str *pieces, size_t count)
{
    struct iovec vectors[PEER_SOCKET_PIECES];
    ssize_t sent;

    for (size_t i = 0; i < count; i++)
        vectors[i] = (struct iovec){(void *)(uintptr_t)pieces[i].at, pieces[i].len};
    sent = writev(socket->fd, vectors, (int)count);
    if (sent >= 0)
        return sent;
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : -1;
}

/* Takes a record's worth, so that what is small goes out together. */
static ssize_t send_by_curl(struct peer_socket *socket, const struct str *pieces, size_t count)
{
    size_t len = 0;

    record_send(socket);
    if (socket->broken)
        return -1;
    if (record_waits(socket))
        return 0;
    for (size_t i = 0; i < count && len < RECORD_SIZE; i++) {
        size_t part = pieces[i].len < RECORD_SIZE - len ? pieces[i].len : RECORD_SIZE - len;

        memcpy(socket->record + len, pieces[i].at, part);
        len += part;
    }
    socket->record_len = len;
    socket->record_sent = 0;
    record_send(socket);
    poll_start(socket);
    return socket->broken ? -1 : (ssize_t)len;
}

ssize_t peer_socket_send(struct peer_socket *socket, const struct str *pieces, size_t count)
{
    if (count > PEER_SOCKET_PIECES)
        count = PEER_SOCKET_PIECES;
    return socket->plain ? send_plain(socket, pieces, count) : send_by_curl(socket, pieces, count);
}

ssize_t peer_socket_receive(struct peer_socket *socket, char *to, size_t room)
{
    size_t got = 0;
    ssize_t plain;

    if (!socket->plain)
        switch (curl_easy_recv(socket->handle.easy, to, room, &got)) {
        case CURLE_OK:
            return got > 0 ? (ssize_t)got : PEER_SOCKET_END;
        case CURLE_AGAIN:
            return socket->broken ? PEER_SOCKET_BROKEN : 0;
        default:
            return PEER_SOCKET_BROKEN;
        }
    plain = read(socket->fd, to, room);
    if (plain > 0)
        return plain;
    if (plain == 0)
        return PEER_SOCKET_END;
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : PEER_SOCKET_BROKEN;
}

void peer_socket_want_write(struct peer_socket *socket, bool want)
{
    if (want == socket->wants_write)
        return;
    socket->wants_write = want;
    poll_start(socket);
}
