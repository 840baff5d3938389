/*
 * What the files of the client share: grpc_client.c has calls and who takes them, grpc_connection.c
 * HTTP/2 on one connection, grpc_answer.c what an answer means.
 */
#pragma once

#include "base/buf.h"
#include "base/bytes.h"
#include "base/list.h"
#include "net/answer_head.h"
#include "net/chunks.h"
#include "net/grpc.h"
#include "net/grpc_client.h"
#include "net/peer_socket.h"

enum { GRPC_RESPONSE_MAX = 64 << 10 };

/* ---- grpc_client.c ---- */

struct grpc_transfer { /* one call */
    struct grpc_client *client;
    struct grpc_connection *connection; /* that has it; NULL: it waits for one */
    int32_t stream;                     /* there; 0: it is over */
    uint32_t stream_error;              /* ... with this code of HTTP/2's */
    struct list node;                   /* in client->waiting, or in the connection's calls */
    unsigned tries;
    uint64_t begun_ms, deadline_ms; /* of the loop's time; 0: none */
    uint64_t begun_ns;              /* of uv_hrtime(); 0: it is not measured */
    size_t path_at;                 /* in fields: of the path's value */
    uint64_t timeout_ms;

    struct buf fields; /* of the request's head: "name\0value\0" ... */
    size_t field_count;
    size_t usual_count;     /* ... the first ones: those behind may be secrets */
    enum encoding encoding; /* of the message; the answer may be in it too */
    char prefix[GRPC_PREFIX_SIZE];
    struct pieces body;
    struct pieces_cursor sent;
    size_t sent_bytes;

    unsigned status; /* of HTTP; 0: no answer yet */
    struct answer_head head;
    struct buf response; /* up to GRPC_RESPONSE_MAX bytes */
    bool too_long;       /* ... and there were more */
    size_t counted;      /* of head and response, in the memory budget */

    grpc_answer_cb *on_answer;
    void *arg;
    struct str pieces[]; /* the prefix, and those of the message */
};

const char *grpc_client_peer(const struct grpc_client *client); /* "jaeger:14250", for messages */
uv_loop_t *grpc_client_loop(const struct grpc_client *client);
struct peer_socket *grpc_client_dial(struct grpc_client *client,
                                     const struct peer_socket_calls *calls, void *arg);

/* The call is over, its stream is gone: it is answered, and freed. */
void grpc_transfer_end(struct grpc_transfer *transfer);                   /* by what has come */
void grpc_transfer_fail(struct grpc_transfer *transfer, const char *why); /* or so */

/* More of the answer has come: what it takes is counted, as it lets go of what is held. */
void grpc_transfer_count(struct grpc_transfer *transfer);

/* It was not looked at: true: it waits again; false: it has been tried often enough. */
bool grpc_transfer_again(struct grpc_transfer *transfer);

/* A connection has more room, or is gone: then what waits is given out. */
void grpc_client_give_out(struct grpc_client *client);

/* It cannot be made: what waits fails, where no other connection takes calls. */
void grpc_client_not_connected(struct grpc_client *client, const char *why);

/* ---- grpc_connection.c ---- */

struct grpc_connection {
    struct grpc_client *client;
    struct list node; /* in client->connections */
    struct peer_socket *socket;
    struct nghttp2_session *session; /* NULL: not connected yet */
    struct list calls, over;         /* that have a stream; that had one, and are to be told */
    size_t call_count;
    uint64_t served;               /* streams that were answered */
    bool going;                    /* takes no more calls */
    bool inside;                   /* its turn(), which frees it at its end where client is NULL */
    bool more;                     /* there was more to read than it has read */
    bool settled;                  /* a frame has come: it is HTTP/2 */
    uint64_t received_ms, sent_ms; /* anything, the last time */
    char nghttp2_says[200];

    struct chunks out; /* what waits for the socket: frames, and bytes of messages */
    char why[800];
};

struct grpc_connection *grpc_connection_new(struct grpc_client *client);
void grpc_connection_free(struct grpc_connection *connection); /* has no calls */

/* Can take one more call now. */
bool grpc_connection_has_room(const struct grpc_connection *connection);

/* A call that waits is begun; or, where the connection's streams are used up, goes on waiting. */
void grpc_connection_begin(struct grpc_connection *connection, struct grpc_transfer *transfer);

/* The call is given up: takes it out, and tells the peer. */
void grpc_connection_cancel(struct grpc_connection *connection, struct grpc_transfer *transfer);

/* ---- grpc_answer.c ---- */

struct grpc_reply { /* what has come */
    unsigned status;
    struct str grpc_status, grpc_message, grpc_details; /* fields, as they came; empty: none */
    struct str body;
    uint64_t retry_after_ms;
    enum encoding encoding; /* of the request */
};

/* What it means. The answer points into the reply, the text and *decoded, which the caller frees.
 */
void grpc_reply_read(const struct grpc_reply *reply, struct grpc_answer *answer, struct buf *text,
                     struct bytes **decoded);
