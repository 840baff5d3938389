/*
 * A server for requests over HTTP/2 (gRPC or not) and HTTP/1.1, on any of its sockets: the first
 * bytes of a connection tell what it speaks, so a client on the wrong port is served, or told so in
 * its own protocol. One server belongs to one worker and runs on its loop.
 *
 *     bytes -> connection -> HTTP/2 (nghttp2) or HTTP/1.1 (llhttp) -> request: route, limits, body,
 *           encoding, gRPC framing -> handler(message) -> request_answer() -> the protocol's answer
 *
 * Everything that can be refused before the handler is refused here: unknown paths and methods,
 * types and encodings, sizes, deadlines. RFC 9113, RFC 9112, gRPC over HTTP/2 (PROTOCOL-HTTP2.md).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/str.h"
#include "net/credentials.h"
#include "net/status.h"

struct cors_settings;
struct header_list;
struct request;
struct server;
struct tls_server_settings;

enum content_type { CONTENT_PROTOBUF, CONTENT_JSON, CONTENT_THRIFT, CONTENT_TEXT };

/* The handler of a route has the whole message, decompressed and without framing. */
typedef void request_handler_fn(void *arg, struct request *request, struct bytes *message);

/* Writes the body of an HTTP error for OTLP (a google.rpc.Status) in the given type. */
struct buf;
typedef void status_body_fn(struct buf *out, enum content_type type, enum grpc_code code,
                            const char *message);

struct route {
    const char *path; /* exact; of gRPC "/package.Service/Method" */
    bool below;       /* also what begins with the path */
    bool grpc;        /* a gRPC method, else an HTTP POST; a route serves one of the two. It is
                         called with one message, and answers with one, or see request_send() */
    bool get;         /* an HTTP GET (or HEAD) in place of the POST; what body it has is ignored */
    bool target;      /* of that, keeps what request_path() and request_query() give */
    unsigned types;   /* of a POST: 1u << CONTENT_PROTOBUF, ... that its body may have */
    /*
     * Takes over the reference to the message. Answers with request_answer(), at once or later,
     * exactly once. Called for requests without a body too (an empty message; of a GET: NULL).
     */
    request_handler_fn *handler;
    void *arg;
    bool open; /* where the server wants credentials, this route wants none */
};

struct server_auth {       /* who may send */
    const char *field;     /* the header field with the secret, in lower case */
    const char *challenge; /* WWW-Authenticate of a 401 */
    /*
     * Looks at the value of that field. CREDENTIALS_LATER: keeps hold of the request and calls
     * request_judge(), once, and not before it has returned.
     */
    enum credentials (*check)(void *arg, struct request *request, struct str value);
    void *arg;
};

enum { HEADER_LIST_MAX = 128 << 10, READ_BUFFER_MIN = 32 << 10 };

struct server_settings {
    const char *where;                     /* for the log: "receivers/otlp" */
    const struct tls_server_settings *tls; /* borrowed; NULL: plain text, TLS is refused */
    const struct route *routes;            /* borrowed; path NULL ends it */
    /*
     * The message of UNIMPLEMENTED for a gRPC path that no route has, and of 404 for an HTTP path:
     * a constant, or NULL for the usual words. May be NULL itself.
     */
    const char *(*unknown_path)(void *arg, bool grpc, struct str path);
    /*
     * Asked after each read: true makes the connection rest for some milliseconds before the next
     * one. NULL: never.
     */
    bool (*congested)(void *arg);
    void *arg;                                  /* of both */
    status_body_fn *status_body;                /* NULL: errors of HTTP have plain text */
    struct server_auth auth;                    /* texts borrowed; check NULL: everybody may */
    const struct cors_settings *cors;           /* HTTP: borrowed; NULL: no pages of other sites */
    const struct header_list *response_headers; /* HTTP: borrowed; NULL: none. At most
                                                   RESPONSE_HEADERS_MAX, names in lower case */
    bool metadata_grpc, metadata_http;          /* keeps the header fields: request_metadata() */
    size_t max_message_grpc;         /* bytes, compressed and not: RESOURCE_EXHAUSTED beyond */
    size_t max_message_http;         /* 413 beyond */
    unsigned max_concurrent_streams; /* of each HTTP/2 connection */
    uint64_t
        header_timeout_ms; /* first byte to the end of the header block; 0: the default, 30 s */
    uint64_t http_read_timeout_ms; /* a whole request over HTTP, not gRPC; 0: none */
    uint64_t write_timeout_ms;     /* a client takes nothing of its answers for so long: it is
                                      closed, or its stream is reset; 0: the default, 30 s */
    size_t max_header_list;   /* bytes of a request's fields, 32 for each besides its own, at most
                                 HEADER_LIST_MAX: 431 beyond. One may have half. 0: 32 KiB */
    size_t read_buffer;       /* bytes that one read takes; 0: the default, 256 KiB. At least
                                 READ_BUFFER_MIN are used */
    size_t write_buffer;      /* bytes that are gathered for one write, while so many wait nothing
                                 more is read of the connection; 0: the default, 64 KiB */
    unsigned encodings;       /* of HTTP bodies: 1u << ENCODING_GZIP, ... others get 415; 0: all */
    bool http1_closes;        /* the connection ends with each answer */
    bool spared;              /* the limit of connections, and of what memory they may have, does
                                 not hold for its first SPARED_CONNECTIONS: it serves probes */
    uint64_t http1_idle_ms;   /* keep-alive without a request; 0: the default, 60 s */
    uint64_t http2_idle_ms;   /* a connection without a stream; 0: the default, 10 min */
    uint64_t ping_after_ms;   /* HTTP/2: PING when nothing came for so long; 0: 2 min */
    uint64_t ping_timeout_ms; /* ... and close without an answer in this time; 0: 20 s */
    uint64_t client_ping_ms;  /* between two PINGs of a client, else it is closed; 0: any
                                 time, as long as they are no flood */
    bool client_pings_need_stream;        /* without a stream, that time is 2 h at least */
    uint64_t max_connection_age_ms;       /* HTTP/2: GOAWAY then; 0: never */
    uint64_t max_connection_age_grace_ms; /* ... and close after; 0: never */
};

struct server_counts { /* since the start */
    uint64_t connections, requests,
        refused;         /* refused: answered with an error, or a preflight with no */
    uint64_t tls_failed; /* handshakes that came to nothing, sessions that broke */
    size_t open_connections;
};

enum { SERVER_CONNECTIONS = 10000, SPARED_CONNECTIONS = 16 };

/*
 * So many connections may be open, of all servers together (SERVER_CONNECTIONS where this was never
 * called), and never more than the limit of open files less 64: beyond that, new ones wait in the
 * kernel until others are closed. Any thread may call.
 */
void server_limit_connections(unsigned most);

/* The settings are copied (what they point to is borrowed). Never NULL. */
struct server *server_new(uv_loop_t *loop, const struct server_settings *settings);

/*
 * Accepts connections from a socket that is bound and listening; takes over the descriptor. The
 * first call reads the files of settings.tls.
 */
bool server_listen(struct server *server, int fd, struct error *err);

/* Looks at the files of settings.tls now, whatever their reload_interval. */
void server_reread(struct server *server);

/*
 * Stops listening; connections get GOAWAY or Connection: close, what is in flight is answered, idle
 * ones are closed. drained comes once, when the last connection is gone; at once where none is
 * open.
 */
void server_drain(struct server *server, void (*drained)(void *arg), void *arg);

/*
 * Closes everything, at once; memory goes when the handles are closed. Not from inside a handler.
 * Takes NULL.
 */
void server_free(struct server *server);

struct server_counts server_counts(const struct server *server);

/*
 * What server_auth.check() has found later. Also right when the client or the server has gone
 * meanwhile; the request must not be used afterwards.
 */
void request_judge(struct request *request, enum credentials verdict);

/* ---- what a handler may ask and do ---- */

struct answer {
    enum grpc_code code;
    unsigned status;         /* OK: of HTTP, 0 is 200; another one has plain text as its body */
    const char *message;     /* of an error; copied */
    unsigned retry_after_ms; /* of an error: 0 none; HTTP Retry-After (whole seconds, rounded up) */
    struct str body;         /* OK: the response message in the request's type. HTTP errors: the
                                google.rpc.Status in that type; where empty, status_body is asked */
    const char *type;        /* HTTP, OK: the body's type; NULL: the request's */
    const char *encoding;    /* HTTP, OK: what the body is compressed with; NULL: it is not */
    const char *disposition; /* HTTP, OK: Content-Disposition; copied; NULL: none */
    struct str details;      /* gRPC errors: grpc-status-details-bin before base64; may be empty */
};

enum content_type request_type(const struct request *request); /* PROTOBUF for gRPC */
bool request_is_grpc(const struct request *request);
const char *request_peer(const struct request *request); /* "127.0.0.1:5000", or "unix" */

/*
 * What stands before and behind the first '?' of the target, as it came: percent-encoded, at most
 * TARGET_MAX bytes together. Borrowed; empty where the route does not say that it is asked for.
 */
enum { TARGET_MAX = 8 << 10 };

struct str request_path(const struct request *request);
struct str request_query(const struct request *request);

/*
 * The header fields (base/metadata.h), with "host" and, of HTTP/2, ":authority". Borrowed; NULL
 * where the settings do not say that they are kept.
 */
struct bytes *request_metadata(const struct request *request);

/*
 * Sends one of several messages of a gRPC method whose answer is a stream; copied. The request is
 * still the handler's: request_answer() ends the stream with its code, and nothing else of the
 * answer. False: nobody waits for it any more, as its client or its time has gone.
 */
bool request_send(struct request *request, struct str message);
bool request_is_over(const struct request *request); /* the same */

/*
 * Something of the request is not taken, though its answer is no error: keeps why, for who looks
 * into it (net/refused.h). Errors and refusals are kept in any case.
 */
void request_note(const struct request *request, const char *why);

/*
 * Ends the request; texts of the answer are copied. Also right when the client has gone meanwhile:
 * then nothing is sent. The request must not be used afterwards.
 */
void request_answer(struct request *request, const struct answer *answer);
