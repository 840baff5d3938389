/*
 * The keys of a client's `tls:`: their table, their check, and the options of libcurl that they
 * are.
 */
#include "net/tls_client.h"

#include <curl/curl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/sandbox.h"
#include "net/tls_files.h"
#include "net/tls_names.h"

/* By the number behind "1." */
static const long curl_min[] = {CURL_SSLVERSION_TLSv1_0, CURL_SSLVERSION_TLSv1_1,
                                CURL_SSLVERSION_TLSv1_2, CURL_SSLVERSION_TLSv1_3};
static const long curl_max[] = {CURL_SSLVERSION_MAX_TLSv1_0, CURL_SSLVERSION_MAX_TLSv1_1,
                                CURL_SSLVERSION_MAX_TLSv1_2, CURL_SSLVERSION_MAX_TLSv1_3};

const struct field tls_client_fields[] = {
    FIELD_BOOL(struct tls_client_settings, insecure, "insecure", "false",
               "plain text instead of TLS, where the endpoint has no scheme"),
    FIELD_BOOL(struct tls_client_settings, insecure_skip_verify, "insecure_skip_verify", "false",
               "TLS without checking the server's certificate: anybody could be that server"),
    FIELD_STRING(struct tls_client_settings, ca_file, "ca_file", NULL,
                 "PEM file with the certificates to trust, instead of the system's"),
    FIELD_SECRET(struct tls_client_settings, ca_pem, "ca_pem", "the same, as text"),
    FIELD_BOOL(struct tls_client_settings, include_system_ca_certs_pool,
               "include_system_ca_certs_pool", "false",
               "trusts the system's certificates as well as ca_file or ca_pem"),
    FIELD_STRING(struct tls_client_settings, cert_file, "cert_file", NULL,
                 "PEM file with this client's certificate; needs key_file"),
    FIELD_SECRET(struct tls_client_settings, cert_pem, "cert_pem", "the same, as text"),
    FIELD_STRING(struct tls_client_settings, key_file, "key_file", NULL,
                 "PEM file with the key of cert_file"),
    FIELD_SECRET(struct tls_client_settings, key_pem, "key_pem", "the same, as text"),
    FIELD_STRING(struct tls_client_settings, server_name_override, "server_name_override", NULL,
                 "the name that the server's certificate must have, instead of the endpoint's"),
    FIELD_CHOICE(struct tls_client_settings, min_version, "min_version", "1.2", tls_min_versions,
                 "the oldest version of TLS that is spoken"),
    FIELD_CHOICE(struct tls_client_settings, max_version, "max_version", "1.3", tls_max_versions,
                 "the newest version of TLS that is spoken"),
    FIELD_STRINGS(struct tls_client_settings, cipher_suites, "cipher_suites",
                  "for TLS 1.2, by Go's names: TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256; default: "
                  "OpenSSL's; what is not safe is left out"),
    FIELD_IGNORED("include_insecure_cipher_suites", "has no effect: insecure suites stay off"),
    FIELD_STRINGS(struct tls_client_settings, curve_preferences, "curve_preferences",
                  "X25519, P256, P384, P521; default: all"),
    FIELD_IGNORED("reload_interval",
                  "has no effect yet: certificates are read anew with each new connection"),
    FIELD_IGNORED("tpm", "has no effect: keys are read from files only"),
    FIELD_END,
};

static unsigned min_minor(const struct tls_client_settings *settings)
{
    return tls_minor(tls_min_versions[settings->min_version]);
}

static unsigned max_minor(const struct tls_client_settings *settings)
{
    return tls_minor(tls_max_versions[settings->max_version]);
}

/* The roots that are not in the configuration: OpenSSL's variables, which Go's programs obey too.
 */
static const char *system_roots(const char *variable)
{
    const char *path = getenv(variable);

    return path && *path ? path : NULL;
}

static void allow_system_roots(void)
{
    const char *file = system_roots("SSL_CERT_FILE"), *folder = system_roots("SSL_CERT_DIR");
    struct buf path = {0};

    if (file)
        sandbox_allow(file, false);
    if (folder) {
        buf_printf(&path, "%s/", folder);
        sandbox_allow(buf_text(&path), false);
    }
    buf_done(&path);
}

static void set_system_roots(CURL *easy, bool file)
{
    const char *ca_file = system_roots("SSL_CERT_FILE"), *ca_path = system_roots("SSL_CERT_DIR");

    if (file && ca_file)
        curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
    if (ca_path)
        curl_easy_setopt(easy, CURLOPT_CAPATH, ca_path);
}

bool tls_client_check(const struct tls_client_settings *settings, struct error *err)
{
    const struct tls_source roots = {"ca", settings->ca_file, settings->ca_pem};
    const struct tls_source certificate = {"cert", settings->cert_file, settings->cert_pem};
    const struct tls_source key = {"key", settings->key_file, settings->key_pem};
    SSL_CTX *context;
    bool good;

    allow_system_roots();
    if (!tls_sources_agree(&certificate, &key, &roots, err) ||
        !tls_suites_check(&settings->cipher_suites, err) ||
        !tls_curves_check(&settings->curve_preferences, err))
        return false;
    if (min_minor(settings) > max_minor(settings))
        return error_set(err, "min_version is above max_version");
    context = SSL_CTX_new(TLS_client_method());
    if (!context)
        return error_set(err, "OpenSSL does not start: %s",
                         ERR_reason_error_string(ERR_peek_last_error()));
    good = (!tls_source_is_set(&roots) || tls_use_roots(context, &roots, false, err)) &&
           (!tls_source_is_set(&certificate) || tls_use_pair(context, &certificate, &key, err));
    SSL_CTX_free(context);
    return good;
}

void tls_client_report(const struct tls_client_settings *settings, const struct node *node,
                       struct problems *problems)
{
    struct error err;

    if (tls_client_check(settings, &err))
        tls_key_file_check(settings->key_file, node, problems);
    else
        error_at(problems, node, "%s", err.text);
}

static void set_blob(CURL *easy, CURLoption option, const char *text)
{
    struct curl_blob blob;

    if (!text)
        return;
    blob.data = (void *)(uintptr_t)text; /* libcurl only reads it */
    blob.len = strlen(text);
    blob.flags = CURL_BLOB_NOCOPY;
    curl_easy_setopt(easy, option, &blob);
}

static void set_algorithms(CURL *easy, const struct tls_client_settings *tls)
{
    struct buf list = {0};

    if (tls->cipher_suites.count > 0) {
        tls_suites_list(&tls->cipher_suites, &list);
        curl_easy_setopt(easy, CURLOPT_SSL_CIPHER_LIST, buf_text(&list));
        buf_reset(&list);
    }
    tls_curves_list(&tls->curve_preferences, &list);
    if (list.len > 0)
        curl_easy_setopt(easy, CURLOPT_SSL_EC_CURVES, buf_text(&list));
    buf_done(&list);
}

void tls_client_apply(const struct tls_client_settings *tls, void *easy)
{
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, curl_min[min_minor(tls)] | curl_max[max_minor(tls)]);
    set_algorithms(easy, tls);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, tls->insecure_skip_verify ? 0L : 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, tls->insecure_skip_verify ? 0L : 2L);
    set_system_roots(easy, !tls->ca_file && !tls->ca_pem);
    if (tls->ca_file) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, tls->ca_file);
        curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L); /* else it is read once a day */
    }
    /* A session that is resumed is vouched for by the files that it began with. */
    curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    set_blob(easy, CURLOPT_CAINFO_BLOB, tls->ca_pem);
    if ((tls->ca_file || tls->ca_pem) && !tls->include_system_ca_certs_pool)
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    if (tls->cert_file)
        curl_easy_setopt(easy, CURLOPT_SSLCERT, tls->cert_file);
    if (tls->key_file)
        curl_easy_setopt(easy, CURLOPT_SSLKEY, tls->key_file);
    set_blob(easy, CURLOPT_SSLCERT_BLOB, tls->cert_pem);
    set_blob(easy, CURLOPT_SSLKEY_BLOB, tls->key_pem);
}
