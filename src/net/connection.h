/*
 * One client's connection, without its socket: bytes go in, bytes come out, time is told. What the
 * first bytes say chooses the codec; TLS can come to stand between the socket and this.
 *
 *     socket -> connection_feed -> codec -> request
 *     socket <- connection_output <- codec <- request_answer
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/list.h"

struct client;
struct connection;
struct request;
struct response;
struct server;

struct codec {                            /* what HTTP/1.1 and HTTP/2 do for a connection; const */
    void *(*start)(struct connection *c); /* its session, for c->session */
    /* Takes bytes: all of them, or the connection is at its end or paused and it keeps the rest. */
    void (*feed)(struct connection *c, const char *at, size_t len);
    void (*output)(struct connection *c, struct buf *out); /* appends what can be sent now */
    void (*sweep)(struct connection *c);                   /* what is due at c->now_ms */
    void (*drain)(struct connection *c);                   /* no new requests */
    void (*respond)(struct request *request, const struct response *response);
    void (*send)(struct request *request, struct str message); /* HTTP/2, gRPC: one of several */
    void (*go_on)(struct request *request); /* it was judged: takes the rest of its body */
    void (*stop)(struct connection *c);     /* frees the session; the requests are gone already */
};

extern const struct codec http1_codec, http2_codec;

enum connection_state {
    CONNECTION_OPEN,
    CONNECTION_ENDING, /* to be closed when its output has been sent; input is dropped */
};

struct connection {
    struct server *server;
    const struct codec *codec;          /* NULL until the first bytes have told */
    void *session;                      /* the codec's */
    struct list requests;               /* all that the codec has, answered ones too */
    void (*wake)(struct connection *c); /* output has come up outside of feed and sweep */
    struct buf greeting;                /* output of a connection without a codec */
    uint64_t now_ms;                    /* the last time that was told */
    uint64_t opened_ms, heard_ms;       /* beginning; last bytes */
    size_t unfinished;                  /* memory of the bodies that are on their way */
    enum connection_state state;
    struct client *client; /* NULL: it has made no request yet */
    bool busy;             /* inside feed or sweep: who called looks for output afterwards */
    bool paused;           /* wants no input for now */
    unsigned char first_len;
    char first[4];
    char peer[64]; /* "127.0.0.1:5000" */
};

void connection_init(struct connection *c, struct server *server, const char *peer,
                     void (*wake)(struct connection *c), uint64_t now_ms);

/* Unanswered requests lose their connection; the handlers may still answer them. */
void connection_done(struct connection *c);

void connection_feed(struct connection *c, const char *at, size_t len, uint64_t now_ms);

/* After a pause: goes on with the input that was kept. */
void connection_resume(struct connection *c);

/* Appends what is to be sent now. */
void connection_output(struct connection *c, struct buf *out);

/* Acts on what is due. Called a few times in a second. */
void connection_sweep(struct connection *c, uint64_t now_ms);

/* Ends it when nothing is under way, or on its way here, any more; no more requests are wanted. */
void connection_drain(struct connection *c, uint64_t now_ms);

/* Some request is in a handler's hands, or its credentials are being looked at. */
bool connection_awaits_answer(const struct connection *c);

/* ---- for codecs and requests ---- */

/* No more input is read; the connection ends when its output has been sent. */
void connection_end(struct connection *c);

/* Output has come up: sees to it that it is sent. */
void connection_wake(struct connection *c);
