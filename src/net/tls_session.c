/*
 * OpenSSL reads from the bytes that have come, where they lie, and writes to the buffer that is
 * sent next: a BIO of our own does that, instead of memory BIOs which would copy.
 */
#include "net/tls_session.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/mem.h"
#include "net/tls_server.h"

enum {
    HANDSHAKE_MS = 10000,
    HANDSHAKE_MAX = 64 << 10, /* bytes from the client */
    FIRST_HANDSHAKE = 22      /* the first byte of a ClientHello. RFC 8446 5.1 */
};

struct tls_session {
    struct tls_server *tls;
    const char *peer;
    SSL *ssl;
    enum tls_state state;
    uint64_t opened_ms;
    struct str in;  /* has come and is not looked at yet; borrowed */
    size_t taken;   /* bytes of it all, while in the handshake */
    struct buf own; /* what the session has to say itself */
    struct buf *to; /* where OpenSSL writes to */
};

/* ---- the BIO ---- */

static int bio_read(BIO *bio, char *to, int room)
{
    struct tls_session *s = BIO_get_data(bio);
    size_t len = s->in.len;

    BIO_clear_retry_flags(bio);
    if (len == 0 || room <= 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    if (len > (size_t)room)
        len = (size_t)room;
    memcpy(to, s->in.at, len);
    s->in.at += len;
    s->in.len -= len;
    s->taken += len;
    return (int)len;
}

static int bio_write(BIO *bio, const char *from, int len)
{
    struct tls_session *s = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);
    if (len > 0)
        buf_append(s->to, from, (size_t)len);
    return len;
}

static long bio_ctrl(BIO *bio, int command, long number, void *arg)
{
    (void)bio, (void)number, (void)arg;
    return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *method; /* for the life of the program */

static void make_method(void)
{
    method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "connection");
    if (!method)
        abort(); /* out of memory */
    BIO_meth_set_read(method, bio_read);
    BIO_meth_set_write(method, bio_write);
    BIO_meth_set_ctrl(method, bio_ctrl);
}

/* ---- what went wrong, for people ---- */

static const char *explain_verify(long result)
{
    switch (result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return "the client's certificate has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return "the client's certificate is not valid yet";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return "the client's certificate is of a CA that client_ca_file does not name";
    case X509_V_ERR_INVALID_PURPOSE:
        return "the client's certificate is not one for clients";
    default:
        return X509_verify_cert_error_string(result);
    }
}

/* Of OpenSSL's reasons those that people meet. */
static const char *explain(const struct tls_session *s, unsigned long error)
{
    static const struct {
        int reason;
        const char *words;
    } known[] = {
        {SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE,
         "the client has no certificate, which client_ca_file asks for"},
        {SSL_R_UNSUPPORTED_PROTOCOL, "the client offers no version of TLS that is spoken here"},
        {SSL_R_WRONG_VERSION_NUMBER, "the client offers no version of TLS that is spoken here"},
        {SSL_R_NO_SHARED_CIPHER, "the client offers no cipher suite that is spoken here"},
        {SSL_R_NO_SUITABLE_KEY_SHARE, "the client offers no curve that is spoken here"},
        {SSL_R_NO_APPLICATION_PROTOCOL, "the client speaks neither h2 nor http/1.1 (ALPN)"},
        {SSL_R_TLSV1_ALERT_UNKNOWN_CA,
         "the client does not know the CA of our certificate: name it there as ca_file"},
        {SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, "the client refuses our certificate"},
        {SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN, "the client refuses our certificate"},
        {SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, "the client finds our certificate expired"},
        {SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, "the client wants another version of TLS"},
        {SSL_R_EXCESSIVE_MESSAGE_SIZE, "a message of the handshake is too large"},
    };
    const char *text;

    if (ERR_GET_LIB(error) == ERR_LIB_SSL) {
        int reason = ERR_GET_REASON(error);

        if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED)
            return explain_verify(SSL_get_verify_result(s->ssl));
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
            if (known[i].reason == reason)
                return known[i].words;
    }
    text = ERR_reason_error_string(error);
    return text ? text : "it broke off";
}

static void fail(struct tls_session *s, const char *why)
{
    s->state = TLS_FAILED;
    s->in.len = 0;
    tls_server_refuse(s->tls, s->peer, why);
}

/* ---- bytes that come ---- */

/*
 * A client without TLS: one that speaks HTTP/1.1 is told in its own words. One that speaks HTTP/2
 * is only closed, which every client takes for "not here".
 */
static void refuse_plain(struct tls_session *s)
{
    static const char answer[] = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n"
                                 "Content-Length: 32\r\nConnection: close\r\n\r\n"
                                 "this port speaks TLS: use https\n";
    char first = s->in.at[0];
    bool http2 = memcmp(s->in.at, "PRI", s->in.len < 3 ? s->in.len : 3) == 0;

    if (first < 'A' || first > 'Z') {
        fail(s, "what came is not TLS");
        return;
    }
    if (!http2)
        buf_append(&s->own, answer, sizeof(answer) - 1);
    fail(s, http2 ? "it speaks HTTP/2 without TLS: use https:// there, or remove insecure: true"
                  : "it speaks HTTP without TLS: use https:// there");
}

static void on_error(struct tls_session *s, int result)
{
    switch (SSL_get_error(s->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        if (s->state == TLS_HANDSHAKE && s->taken > HANDSHAKE_MAX)
            fail(s, "the handshake is too long");
        break;
    case SSL_ERROR_ZERO_RETURN:
        s->state = TLS_ENDED;
        s->in.len = 0; /* nothing may follow */
        break;
    default:
        fail(s, explain(s, ERR_peek_error()));
    }
    ERR_clear_error();
}

static bool shake_hands(struct tls_session *s)
{
    int result;

    if (s->taken == 0 && s->in.len > 0 && s->in.at[0] != FIRST_HANDSHAKE) {
        refuse_plain(s);
        return false;
    }
    ERR_clear_error();
    result = SSL_do_handshake(s->ssl);
    if (result == 1)
        s->state = TLS_OPEN;
    else
        on_error(s, result);
    return s->state == TLS_OPEN;
}

void tls_session_feed(struct tls_session *s, const char *at, size_t len)
{
    s->in = (struct str){at, len};
}

size_t tls_session_read(struct tls_session *s, char *to, size_t room)
{
    size_t got = 0, len = 0;

    if (s->state == TLS_HANDSHAKE && !shake_hands(s))
        return 0;
    if (s->state != TLS_OPEN)
        return 0;
    ERR_clear_error();
    while (got < room && SSL_read_ex(s->ssl, to + got, room - got, &len) == 1)
        got += len;
    if (got < room)
        on_error(s, 0);
    return got;
}

/* ---- bytes that go ---- */

/* The peer may have said goodbye and wait for an answer. */
static bool may_send(const struct tls_session *s)
{
    return (s->state == TLS_OPEN || s->state == TLS_ENDED) &&
           (SSL_get_shutdown(s->ssl) & SSL_SENT_SHUTDOWN) == 0;
}

void tls_session_write(struct tls_session *s, struct str plain, struct buf *out)
{
    size_t written;

    if (!may_send(s) || plain.len == 0)
        return;
    tls_session_output(s, out);
    ERR_clear_error();
    s->to = out;
    if (SSL_write_ex(s->ssl, plain.at, plain.len, &written) != 1)
        on_error(s, 0);
    s->to = &s->own;
}

void tls_session_output(struct tls_session *s, struct buf *out)
{
    buf_append_str(out, buf_str(&s->own));
    buf_done(&s->own);
}

void tls_session_end(struct tls_session *s)
{
    if (!may_send(s))
        return;
    s->state = TLS_ENDED;
    ERR_clear_error();
    SSL_shutdown(s->ssl); /* once only: the peer's goodbye is not waited for */
    ERR_clear_error();
}

void tls_session_lost(struct tls_session *s)
{
    if (s->state == TLS_HANDSHAKE && s->taken > 0)
        fail(s, "it closed the connection in the midst of the handshake");
}

void tls_session_sweep(struct tls_session *s, uint64_t now_ms)
{
    if (s->state != TLS_HANDSHAKE || now_ms - s->opened_ms < HANDSHAKE_MS)
        return;
    if (s->taken > 0)
        fail(s, "the handshake did not end in 10 s");
    else
        s->state = TLS_FAILED; /* nothing came: a probe, or a client that keeps one in store */
}

enum tls_state tls_session_state(const struct tls_session *s)
{
    return s->state;
}

/* ---- the session ---- */

struct tls_session *tls_session_new(struct tls_server *tls, const char *peer, uint64_t now_ms)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct tls_session *s = mem_zero(sizeof(*s));
    BIO *bio;

    pthread_once(&once, make_method);
    s->tls = tls;
    s->peer = peer;
    s->opened_ms = now_ms;
    s->to = &s->own;
    s->ssl = tls_server_open(tls, now_ms);
    bio = BIO_new(method);
    if (!bio)
        abort(); /* out of memory */
    BIO_set_data(bio, s);
    BIO_set_init(bio, 1);
    SSL_set_bio(s->ssl, bio, bio);
    return s;
}

void tls_session_free(struct tls_session *s)
{
    if (!s)
        return;
    SSL_free(s->ssl);
    buf_done(&s->own);
    free(s);
}
