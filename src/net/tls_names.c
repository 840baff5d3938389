/*
 * The tables of names. What is not ECDHE with an AEAD cipher is known, but not spoken.
 */
#include "net/tls_names.h"

#include <string.h>

#include "config/nearest.h"

const char *const tls_min_versions[] = {"1.2", "1.3", "1.0", "1.1", NULL};
const char *const tls_max_versions[] = {"1.3", "1.2", "1.0", "1.1", NULL};

unsigned tls_minor(const char *version)
{
    return (unsigned)(version[2] - '0');
}

static const struct {
    const char *go;
    const char *openssl; /* NULL: not safe. Empty: of TLS 1.3, where all are on */
} suites[] = {
    {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"},
    {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"},
    {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305", "ECDHE-ECDSA-CHACHA20-POLY1305"},
    {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"},
    {"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384"},
    {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305"},
    {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305", "ECDHE-RSA-CHACHA20-POLY1305"},
    {"TLS_AES_128_GCM_SHA256", ""},
    {"TLS_AES_256_GCM_SHA384", ""},
    {"TLS_CHACHA20_POLY1305_SHA256", ""},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", NULL},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", NULL},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", NULL},
    {"TLS_ECDHE_ECDSA_WITH_RC4_128_SHA", NULL},
    {"TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", NULL},
    {"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", NULL},
    {"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", NULL},
    {"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", NULL},
    {"TLS_ECDHE_RSA_WITH_RC4_128_SHA", NULL},
    {"TLS_RSA_WITH_3DES_EDE_CBC_SHA", NULL},
    {"TLS_RSA_WITH_AES_128_CBC_SHA", NULL},
    {"TLS_RSA_WITH_AES_128_CBC_SHA256", NULL},
    {"TLS_RSA_WITH_AES_128_GCM_SHA256", NULL},
    {"TLS_RSA_WITH_AES_256_CBC_SHA", NULL},
    {"TLS_RSA_WITH_AES_256_GCM_SHA384", NULL},
    {"TLS_RSA_WITH_RC4_128_SHA", NULL},
};
enum { SUITES = sizeof(suites) / sizeof(suites[0]) };

static const struct {
    const char *go, *openssl; /* NULL: OpenSSL 3.0 does not have it */
} curves[] = {
    {"X25519", "X25519"},   {"P256", "P-256"},        {"P384", "P-384"},
    {"P521", "P-521"},      {"CurveP256", "P-256"},   {"CurveP384", "P-384"},
    {"CurveP521", "P-521"}, {"X25519MLKEM768", NULL},
};
enum { CURVES = sizeof(curves) / sizeof(curves[0]) };

static size_t find_suite(const char *name)
{
    size_t i = 0;

    while (i < SUITES && strcmp(suites[i].go, name) != 0)
        i++;
    return i;
}

static size_t find_curve(const char *name)
{
    size_t i = 0;

    while (i < CURVES && strcmp(curves[i].go, name) != 0)
        i++;
    return i;
}

static void add_name(struct buf *list, const char *name)
{
    buf_printf(list, "%s%s", list->len > 0 ? ":" : "", name);
}

bool tls_suite_is_spoken(const char *name)
{
    size_t at = find_suite(name);

    return at < SUITES && suites[at].openssl;
}

bool tls_curve_is_spoken(const char *name)
{
    size_t at = find_curve(name);

    return at < CURVES && curves[at].openssl;
}

bool tls_suites_check(const struct string_list *names, struct error *err)
{
    const char *known[SUITES + 1] = {NULL}, *nearest;
    bool any = names->count == 0;

    for (size_t i = 0; i < SUITES; i++)
        known[i] = suites[i].go;
    for (size_t i = 0; i < names->count; i++) {
        any = any || tls_suite_is_spoken(names->at[i]);
        if (find_suite(names->at[i]) < SUITES)
            continue;
        nearest = nearest_name(names->at[i], known);
        return error_set(err, "unknown cipher suite \"%s\"%s%s%s", names->at[i],
                         nearest ? "; did you mean " : "", nearest ? nearest : "",
                         nearest ? "?" : "");
    }
    return any || error_set(err, "cipher_suites names no suite that is safe: ECDHE with GCM or "
                                 "CHACHA20 is");
}

bool tls_curves_check(const struct string_list *names, struct error *err)
{
    for (size_t i = 0; i < names->count; i++)
        if (find_curve(names->at[i]) == CURVES)
            return error_set(err, "unknown curve \"%s\": X25519, P256, P384 and P521 are known",
                             names->at[i]);
    return true;
}

void tls_suites_list(const struct string_list *names, struct buf *list)
{
    for (size_t i = 0; i < names->count; i++) {
        size_t at = find_suite(names->at[i]);

        if (at < SUITES && suites[at].openssl && *suites[at].openssl)
            add_name(list, suites[at].openssl);
    }
    if (list->len == 0)
        add_name(list, "ECDHE+AESGCM:ECDHE+CHACHA20");
}

void tls_curves_list(const struct string_list *names, struct buf *list)
{
    for (size_t i = 0; i < names->count; i++) {
        size_t at = find_curve(names->at[i]);

        if (at < CURVES && curves[at].openssl)
            add_name(list, curves[at].openssl);
    }
}
