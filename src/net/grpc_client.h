/*
 * Unary gRPC calls to one peer, over HTTP/2 of our own on sockets of libcurl's: messages go out
 * from where they lie. (libcurl 7.88, Debian's, sends bytes of a body twice over HTTP/2 when the
 * socket is full at the wrong moment.)
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/pieces.h"
#include "net/encoding.h"
#include "net/status.h"

struct grpc_answer {
    enum grpc_code code;
    const char *message;     /* for people: the server's, or why there is no answer; never NULL */
    bool retry_info;         /* the server's google.rpc.RetryInfo came with it */
    uint64_t retry_after_ms; /* of RetryInfo, or Retry-After; at most 300 s; 0: none */
    struct str response;     /* of OK: the message, without its prefix; at most 64 KiB */
};

/* Called once, never from inside grpc_client_call; the answer is good until it returns. */
typedef void grpc_answer_cb(void *arg, const struct grpc_answer *answer);

struct grpc_call {
    const char *path;           /* "/package.Service/Method" */
    const char *const *headers; /* more of them, "name: value"; NULL-terminated, or NULL */
    uint64_t timeout_ms;        /* DEADLINE_EXCEEDED after it; 0: none */
    struct pieces message;      /* without its prefix; its bytes are borrowed until the answer */
    enum encoding encoding;     /* that the message is in already; else IDENTITY */
    grpc_answer_cb *on_answer;
    void *arg;
    bool unmeasured; /* the program's metrics leave it out */
};

struct grpc_client;
struct http_client;
struct tls_client_settings;

/*
 * For one peer; connects when there is a call, and keeps the connection. url: "http://jaeger:14250"
 * or https; no path. http: opens the sockets, borrowed. tls: for https, borrowed; NULL: the
 * defaults.
 */
struct grpc_client *grpc_client_new(struct http_client *http, const char *url,
                                    const struct tls_client_settings *tls);

/* Ends all calls without calling back. Takes NULL. Before the HTTP client is freed. */
void grpc_client_free(struct grpc_client *client);

struct grpc_transfer; /* one call under way */

/* Starts a call. Strings are copied, and the list of pieces. */
struct grpc_transfer *grpc_client_call(struct grpc_client *client, const struct grpc_call *call);

/* Ends it without calling back; not from its own on_answer. */
void grpc_transfer_cancel(struct grpc_transfer *transfer);

/*
 * The delay that the RetryInfo in a grpc-status-details-bin asks for (base64, padded or not), at
 * most 300 s. False where there is none, or it is malformed.
 */
bool grpc_retry_info(struct str details, uint64_t *retry_after_ms);
