/*
 * From settings to a context of OpenSSL's, again and again.
 */
#include "net/tls_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "net/refused.h"
#include "net/tls_names.h"
#include "net/tls_settings.h"

enum { CLIENT_CA_INTERVAL_MS = 1000, CLIENT_CHAIN_MAX = 32 << 10 };

struct mark { /* what tells that a file has changed; zeroed: there is none */
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec modified;
};

struct marks {
    struct mark certificate, key, client_ca;
};

struct tls_server {
    const struct tls_server_settings *settings;
    const char *where;
    SSL_CTX *context;
    struct marks marks;    /* of the files when they were read last, good or not */
    uint64_t looked_ms;    /* when certificate and key were looked at */
    uint64_t ca_looked_ms; /* ... client_ca_file */
    struct metric *refused;
    struct log_limit log;
};

static const struct metric_family refused = {
    .name = "otelc_server_tls_failed",
    .help = "TLS handshakes that came to nothing, and sessions that broke.",
    .unit = "{connections}",
};

/* ---- a context ---- */

/* Takes what both sides have, in our order. A client that offers neither is told so. */
static int choose_protocol(SSL *ssl, const unsigned char **chosen, unsigned char *chosen_len,
                           const unsigned char *offered, unsigned offered_len, void *arg)
{
    static const unsigned char ours[] = "\2h2\10http/1.1";
    unsigned char *at;

    (void)ssl, (void)arg;
    if (SSL_select_next_proto(&at, chosen_len, ours, sizeof(ours) - 1, offered, offered_len) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = at;
    return SSL_TLSEXT_ERR_OK;
}

static bool set_algorithms(SSL_CTX *context, const struct tls_server_settings *settings)
{
    struct buf list = {0};
    bool good;

    tls_suites_list(&settings->cipher_suites, &list);
    good = SSL_CTX_set_cipher_list(context, buf_text(&list)) == 1;
    buf_reset(&list);
    tls_curves_list(&settings->curve_preferences, &list);
    buf_append_char(&list, '\0');
    good = good && (list.len == 1 || SSL_CTX_set1_groups_list(context, list.at) == 1);
    buf_done(&list);
    return good && SSL_CTX_set_min_proto_version(context, tls_settings_oldest(settings)) == 1 &&
           SSL_CTX_set_max_proto_version(context, tls_settings_newest(settings)) == 1;
}

static bool set_up(SSL_CTX *context, const struct tls_server_settings *settings, struct error *err)
{
    const struct tls_source certificate = tls_settings_certificate(settings);
    const struct tls_source key = tls_settings_key(settings);
    const struct tls_source clients = {"client_ca", settings->client_ca_file, NULL};

    if (!set_algorithms(context, settings))
        return error_set(err, "OpenSSL does not take these versions, suites and curves: %s",
                         ERR_reason_error_string(ERR_peek_last_error()));
    SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
    /* Connections are few and live long: nothing is gained by resuming sessions. */
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_max_cert_list(context, CLIENT_CHAIN_MAX);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    if (!tls_use_pair(context, &certificate, &key, err))
        return false;
    if (!settings->client_ca_file)
        return true;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    return tls_use_roots(context, &clients, true, err);
}

static SSL_CTX *load(const struct tls_server_settings *settings, struct error *err)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());

    if (!context)
        abort(); /* out of memory */
    if (set_up(context, settings, err))
        return context;
    ERR_clear_error();
    SSL_CTX_free(context);
    return NULL;
}

/* "2026-11-22", of a certificate. */
static const char *day_of(const ASN1_TIME *time, char *text, size_t room)
{
    struct tm parts;

    if (ASN1_TIME_to_tm(time, &parts) != 1 || strftime(text, room, "%Y-%m-%d", &parts) == 0)
        snprintf(text, room, "an unknown day");
    return text;
}

/* Why clients will not take the certificate; empty where nothing is known. */
static void look_at_dates(SSL_CTX *context, const struct tls_server_settings *settings,
                          struct error *err)
{
    const X509 *certificate = SSL_CTX_get0_certificate(context);
    const ASN1_TIME *from = X509_get0_notBefore(certificate);
    const ASN1_TIME *until = X509_get0_notAfter(certificate);
    const char *name = settings->cert_file ? settings->cert_file : "cert_pem";
    char day[32];

    if (X509_cmp_current_time(until) < 0)
        error_set(err, "the certificate of %s has expired on %s: clients will refuse it", name,
                  day_of(until, day, sizeof(day)));
    else if (X509_cmp_current_time(from) > 0)
        error_set(err, "the certificate of %s is not valid before %s: clients will refuse it", name,
                  day_of(from, day, sizeof(day)));
}

bool tls_server_try(const struct tls_server_settings *settings, struct error *err)
{
    SSL_CTX *context = load(settings, err);

    if (!context)
        return false;
    err->text[0] = '\0';
    look_at_dates(context, settings, err);
    SSL_CTX_free(context);
    return true;
}

/* ---- reading anew ---- */

static struct mark mark_of(const char *path)
{
    struct stat status;

    if (!path || stat(path, &status) != 0)
        return (struct mark){0};
    return (struct mark){status.st_dev, status.st_ino, status.st_size, status.st_mtim};
}

static struct marks marks_of(const struct tls_server_settings *settings)
{
    return (struct marks){mark_of(settings->cert_file), mark_of(settings->key_file),
                          mark_of(settings->client_ca_file)};
}

static bool same(const struct mark *a, const struct mark *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->modified.tv_sec == b->modified.tv_sec && a->modified.tv_nsec == b->modified.tv_nsec;
}

static bool is_changed(struct tls_server *tls, uint64_t now_ms, struct marks *now)
{
    const struct tls_server_settings *settings = tls->settings;
    bool pair_due =
        settings->reload_interval_ms > 0 && now_ms - tls->looked_ms >= settings->reload_interval_ms;
    bool ca_due =
        settings->client_ca_file_reload && now_ms - tls->ca_looked_ms >= CLIENT_CA_INTERVAL_MS;

    if (!pair_due && !ca_due)
        return false;
    *now = marks_of(settings);
    if (pair_due)
        tls->looked_ms = now_ms;
    if (ca_due)
        tls->ca_looked_ms = now_ms;
    return (pair_due && (!same(&now->certificate, &tls->marks.certificate) ||
                         !same(&now->key, &tls->marks.key))) ||
           (ca_due && !same(&now->client_ca, &tls->marks.client_ca));
}

static void reload(struct tls_server *tls)
{
    struct error err = {""};
    SSL_CTX *context = load(tls->settings, &err);

    if (!context) {
        log_error(tls->where,
                  "the new certificates cannot be used, the old ones stay: %s; put good files in "
                  "place, and they are read again",
                  err.text);
        return;
    }
    SSL_CTX_free(tls->context);
    tls->context = context;
    look_at_dates(context, tls->settings, &err);
    if (*err.text)
        log_warn(tls->where, "new certificates are used, but %s; put others in place", err.text);
    else
        log_info(tls->where, "new certificates are used");
}

void tls_server_reread(struct tls_server *tls)
{
    struct marks now = marks_of(tls->settings), *then = &tls->marks;

    if (same(&now.certificate, &then->certificate) && same(&now.key, &then->key) &&
        same(&now.client_ca, &then->client_ca))
        return;
    *then = now;
    reload(tls);
}

SSL *tls_server_open(struct tls_server *tls, uint64_t now_ms)
{
    struct marks now;
    SSL *ssl;

    if (is_changed(tls, now_ms, &now)) {
        tls->marks = now; /* from before they are read: what changes meanwhile is seen next time */
        reload(tls);
    }
    ssl = SSL_new(tls->context);
    if (!ssl)
        abort(); /* out of memory */
    SSL_set_accept_state(ssl);
    return ssl;
}

/* ---- the server ---- */

struct tls_server *tls_server_new(const struct tls_server_settings *settings, const char *where,
                                  struct error *err)
{
    struct marks marks = marks_of(settings);
    SSL_CTX *context = load(settings, err);
    struct tls_server *tls;

    if (!context)
        return NULL;
    tls = mem_zero(sizeof(*tls));
    tls->settings = settings;
    tls->where = where;
    tls->context = context;
    tls->marks = marks;
    tls->refused = metric_open(&refused, "component", where ? where : "", NULL);
    return tls;
}

void tls_server_free(struct tls_server *tls)
{
    if (!tls)
        return;
    SSL_CTX_free(tls->context);
    metric_close(tls->refused);
    free(tls);
}

void tls_server_refuse(struct tls_server *tls, const char *peer, const char *why)
{
    metric_add(tls->refused, 1);
    log_limited(&tls->log, LOG_WARN, tls->where, "no TLS with %s: %s", peer, why);
    refused_add(tls->where, peer, "a TLS handshake", "", why);
}

uint64_t tls_server_refused(const struct tls_server *tls)
{
    return tls ? metric_value(tls->refused) : 0;
}
