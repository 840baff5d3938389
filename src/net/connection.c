/*
 * Choosing the codec of a connection, and passing on to it.
 */
#include "net/connection.h"

#include <stdio.h>

#include "base/log.h"
#include "net/clients.h"
#include "net/refused.h"
#include "net/request.h"
#include "net/server_priv.h"

enum {
    FIRST_BYTES_MS = 10000, /* until they come */
    DRAIN_BYTES_MS = 200,   /* ... when draining */
    TLS_HANDSHAKE = 22
};

void connection_init(struct connection *c, struct server *server, const char *peer,
                     void (*wake)(struct connection *c), uint64_t now_ms)
{
    *c = (struct connection){.server = server, .wake = wake};
    c->now_ms = c->opened_ms = c->heard_ms = now_ms;
    list_init(&c->requests);
    snprintf(c->peer, sizeof(c->peer), "%s", peer);
}

void connection_done(struct connection *c)
{
    c->busy = true; /* nothing wakes it any more */
    while (!list_empty(&c->requests))
        request_release(LIST_ENTRY(c->requests.next, struct request, node));
    if (c->codec)
        c->codec->stop(c);
    c->codec = NULL;
    buf_done(&c->greeting);
    client_leave(c->client);
    c->client = NULL;
}

void connection_end(struct connection *c)
{
    c->state = CONNECTION_ENDING;
}

void connection_wake(struct connection *c)
{
    if (!c->busy)
        c->wake(c);
}

/* TLS record: alert (21), TLS 1.2, length 2, fatal (2), handshake_failure (40). RFC 8446 5.1, 6.2
 */
static void refuse_tls(struct connection *c)
{
    static const char alert[] = {21, 3, 3, 0, 2, 2, 40};
    static const char why[] =
        "speaks TLS, but this listener has none: set `insecure: true` in its exporter";

    buf_append(&c->greeting, alert, sizeof(alert));
    log_limited(&c->server->tls_log, LOG_WARN, c->server->settings.where, "%s %s", c->peer, why);
    refused_add(c->server->settings.where, c->peer, "a connection", "", why);
    connection_end(c);
}

/*
 * The codec that the first bytes ask for; NULL while they are too few to tell. Anything that begins
 * like HTTP/2's preface is left to HTTP/2 to check (RFC 9113 3.4), any other text to HTTP/1.1.
 */
static const struct codec *choose(const char *first, size_t len)
{
    static const char preface[] = {'P', 'R', 'I', ' '};

    if (memcmp(first, preface, len < sizeof(preface) ? len : sizeof(preface)) != 0)
        return &http1_codec;
    return len < sizeof(preface) ? NULL : &http2_codec;
}

static void start(struct connection *c, const struct codec *codec)
{
    c->codec = codec;
    c->session = codec->start(c);
}

/* Keeps the first few bytes until they tell the codec. Returns how many it has taken. */
static size_t keep_first(struct connection *c, const char *at, size_t len)
{
    const struct codec *codec;
    size_t used = sizeof(c->first) - c->first_len;

    if (used > len)
        used = len;
    memcpy(c->first + c->first_len, at, used);
    c->first_len = (unsigned char)(c->first_len + used);
    codec = choose(c->first, c->first_len);
    if (codec) {
        start(c, codec);
        codec->feed(c, c->first, c->first_len);
    }
    return used;
}

/* The first bytes, or those right after them. Returns how many need not be passed on. */
static size_t begin(struct connection *c, const char *at, size_t len)
{
    const struct codec *codec;

    if (c->first_len > 0)
        return keep_first(c, at, len);
    if (at[0] == TLS_HANDSHAKE) {
        refuse_tls(c);
        return len;
    }
    codec = choose(at, len);
    if (!codec)
        return keep_first(c, at, len);
    start(c, codec);
    return 0;
}

void connection_feed(struct connection *c, const char *at, size_t len, uint64_t now_ms)
{
    bool began = c->codec != NULL;
    size_t used = 0;

    c->now_ms = c->heard_ms = now_ms;
    c->busy = true;
    if (!c->codec && c->state == CONNECTION_OPEN && len > 0)
        used = begin(c, at, len);
    if (c->codec && c->state == CONNECTION_OPEN && used < len)
        c->codec->feed(c, at + used, len - used);
    if (c->codec && !began && c->server->draining && c->state == CONNECTION_OPEN)
        c->codec->drain(c);
    c->busy = false;
}

void connection_resume(struct connection *c)
{
    if (c->paused || !c->codec || c->state != CONNECTION_OPEN)
        return;
    c->busy = true;
    c->codec->feed(c, NULL, 0);
    c->busy = false;
}

void connection_output(struct connection *c, struct buf *out)
{
    buf_append_str(out, buf_str(&c->greeting));
    buf_done(&c->greeting);
    if (c->codec)
        c->codec->output(c, out);
}

void connection_sweep(struct connection *c, uint64_t now_ms)
{
    struct list *node, *next;

    c->now_ms = now_ms;
    c->busy = true;
    for (node = c->requests.next; node != &c->requests; node = next) {
        next = node->next;
        request_sweep(LIST_ENTRY(node, struct request, node), now_ms);
    }
    if (c->codec)
        c->codec->sweep(c);
    else if (now_ms - c->opened_ms >= (c->server->draining ? DRAIN_BYTES_MS : FIRST_BYTES_MS))
        connection_end(c);
    c->busy = false;
}

void connection_drain(struct connection *c, uint64_t now_ms)
{
    c->now_ms = now_ms;
    c->busy = true;
    if (c->codec) /* else its first bytes may be on their way */
        c->codec->drain(c);
    c->busy = false;
}

bool connection_awaits_answer(const struct connection *c)
{
    for (struct list *node = c->requests.next; node != &c->requests; node = node->next)
        if (request_waits(LIST_ENTRY(node, struct request, node)))
            return true;
    return false;
}
