/*
 * One request, whatever protocol brought it: the codec tells its fields, its body and its end; here
 * it is decided who handles it, or why it is refused. What handlers may do stands in net/server.h.
 *
 *     HEAD -> BODY -> HANDLED -> ANSWERED
 *       '-------'---- refused ---^
 *
 * Credentials may take a while to look at (judging); until then no more than a window's worth of
 * the body is taken.
 */
#pragma once

#include "base/buf.h"
#include "base/list.h"
#include "net/answer_fields.h"
#include "net/body.h"
#include "net/encoding.h"
#include "net/grpc.h"
#include "net/refusal.h"
#include "net/server.h"

struct connection;

enum request_state {
    REQUEST_HEAD,
    REQUEST_BODY,
    REQUEST_HANDLED, /* has come, and is in a handler's hands or will be when it is judged */
    REQUEST_ANSWERED /* what still comes is dropped */
};

enum { REQUEST_TEXT_MAX = 128, REQUEST_FIELDS_MAX = 128 };

struct request_text { /* of the client, cut to fit: for messages and the log */
    unsigned short len;
    char at[REQUEST_TEXT_MAX];
};

struct request {
    struct list node;              /* in connection->requests */
    struct connection *connection; /* NULL: the client has gone */
    const struct route *route;     /* NULL: none has the path */
    enum request_state state;
    int32_t stream_id; /* HTTP/2 */

    /* what its head said */
    bool http2, post, grpc;
    bool old;             /* HTTP/1.0 */
    bool head_only;       /* HEAD: the answer has no body */
    unsigned credentials; /* fields that might be them */
    bool authenticated;   /* ... and the first one is right */
    bool judging;         /* ... and is being looked at: no handler gets the request yet */
    bool type_known;      /* type is what its content-type says */
    enum content_type type;
    enum encoding content_encoding, grpc_encoding;
    enum refusal refusal; /* found in the head; carried out at its end */
    unsigned fields;      /* number and bytes of all header fields */
    size_t field_bytes;
    uint64_t content_length; /* UINT64_MAX: not told */
    uint64_t timeout_ms;     /* grpc-timeout; UINT64_MAX: none */
    struct request_text method, path, type_text, encoding_text;
    struct buf target;  /* path?query, where the route wants it */
    size_t target_path; /* bytes of it that are the path */
    /* ... and where the server has CORS: as browsers tell and ask; empty: not told */
    struct buf origin, asked_method, asked_headers;
    size_t counted;         /* of all this, in the memory budget */
    struct bytes *metadata; /* all fields, where the settings keep them; else NULL */

    /* what has come of its body */
    struct grpc_prefix prefix;
    struct body body;
    size_t received;
    bool complete;        /* all of it has come */
    bool held;            /* a handler has it, or who looks at its credentials */
    size_t withheld;      /* HTTP/2: bytes that the window is not opened for while that lasts */
    uint64_t due_ms;      /* DEADLINE_EXCEEDED then; UINT64_MAX: never */
    uint64_t begun_ms;    /* the end of the head, or before */
    uint64_t begun_ns;    /* the end of the head, of uv_hrtime(); 0: it is not measured */
    uint64_t heard_ms;    /* when the last bytes came */
    uint64_t measured_ms; /* since when the rate is measured, and what had come then */
    size_t measured_bytes;
    uint64_t answered_ms;

    /* the answer, while HTTP/2 sends it */
    bool sent;       /* all of it has gone out */
    bool streams;    /* gRPC: it is messages, of which more may come */
    bool stopped;    /* the client was asked for no more */
    size_t unwanted; /* bytes of the request that have come since it was answered */
    struct buf answer;
    size_t answer_sent;
    enum grpc_code code; /* gRPC: of the trailers behind it */
};

struct response { /* what a codec has to write */
    const struct request *request;
    unsigned status;
    const char *reason;          /* HTTP/1.1: one line, for the status line; NULL: the usual one */
    enum grpc_code code;         /* gRPC */
    struct str message;          /* gRPC: grpc-message, not encoded yet */
    struct str details;          /* gRPC: grpc-status-details-bin, not encoded yet */
    const char *type;            /* content-type; NULL: 204, there is no body */
    struct str body;             /* HTTP: the body. gRPC: the message, without its prefix */
    unsigned retry_after_s;      /* HTTP; 0: none */
    const char *allow;           /* tells the methods: Allow; NULL: not */
    const char *accept_encoding; /* tells the encodings; NULL: not */
    bool closes;                 /* HTTP/1.1: the connection ends with it */
    struct answer_fields fields; /* further ones */
};

const char *content_type_name(enum content_type type);

/* Those that its route takes, as Allow has them. */
const char *request_methods(const struct request *request);

/* What a request takes without its body, about: for the memory budget. */
enum { REQUEST_COST = 2 << 10 };

struct request *request_new(struct connection *c, bool http2);

/* The codec has no more to do with it: frees it, or leaves it to the handler that holds it. */
void request_release(struct request *request);

/* It goes on when somebody else is ready. */
static inline bool request_waits(const struct request *request)
{
    return request->state == REQUEST_HANDLED ||
           (request->judging && request->state != REQUEST_ANSWERED);
}

/* ---- the head ---- */
void request_method(struct request *request, struct str method);
void request_target(struct request *request, struct str target);
void request_field(struct request *request, struct str name, struct str value);
void request_authority(struct request *request, struct str authority); /* HTTP/2's host */

/* Finds the handler, or refuses. At most one of the two: see request->state. */
void request_head_end(struct request *request);

/* ---- the body ---- */

/* What the body of this request still may need at once, as far as it is known. */
static inline size_t request_announced(const struct request *request)
{
    return request->state == REQUEST_BODY ? request->body.announced : 0;
}

void request_body(struct request *request, const char *at, size_t len);
void request_end(struct request *request); /* calls the handler */

/* Answers with an error. message: NULL for the refusal's own words. */
void request_refuse(struct request *request, enum refusal refusal, const char *message);

/* Answers a browser that asks whether it may send (CORS). */
void request_preflight(struct request *request);

/* Refuses what takes too long. */
void request_sweep(struct request *request, uint64_t now_ms);

/* ---- for the files of requests ---- */

/* To a gRPC method over HTTP/2, even one that was called wrongly: it is answered as gRPC. */
static inline bool request_answers_as_grpc(const struct request *request)
{
    return request->http2 && (request->grpc || (request->route && request->route->grpc));
}

/* It ends: counts how long it took, and its sizes, where begun_ns is set. */
void request_measure(struct request *request, const struct response *response);
void request_measure_lost(struct request *request); /* without an answer, as its client has gone */

size_t request_max_message(const struct request *request);
enum encoding request_encoding(const struct request *request);
void request_encodings(const struct request *request, char list[ENCODING_LIST_SIZE]); /* taken */
void request_drop_metadata(struct request *request);
void request_destroy(struct request *request); /* nobody has it any more */
