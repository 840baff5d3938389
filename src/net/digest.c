/*
 * Digests through OpenSSL, whose objects are looked up once.
 */
#include "net/digest.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "base/mem.h"

struct digester {
    EVP_MD *md; /* NULL: it is an HMAC */
    EVP_MD_CTX *md_context;
    EVP_MAC_CTX *mac_context;
};

static const struct {
    const char *name;
    bool is_hmac;
} kinds[] = {
    [DIGEST_SHA256] = {"SHA2-256", false},   [DIGEST_SHA1] = {"SHA1", false},
    [DIGEST_SHA3_256] = {"SHA3-256", false}, [DIGEST_MD5] = {"MD5", false},
    [DIGEST_HMAC_SHA256] = {"SHA256", true}, [DIGEST_HMAC_SHA512] = {"SHA512", true},
};

/* OpenSSL fails where memory has run out, or where it has been built without a digest. */
static void insist(bool ok)
{
    if (!ok)
        abort();
}

static void init_hmac(struct digester *d, const char *name, struct str key)
{
    char digest[16];
    OSSL_PARAM params[2] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);

    insist(mac != NULL && strlen(name) < sizeof(digest));
    memcpy(digest, name, strlen(name) + 1);
    d->mac_context = EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac);
    insist(d->mac_context != NULL &&
           EVP_MAC_init(d->mac_context, (const unsigned char *)key.at, key.len, params) == 1);
}

struct digester *digester_new(enum digest_kind kind, struct str key)
{
    struct digester *d = mem_zero(sizeof(*d));

    if (kinds[kind].is_hmac) {
        init_hmac(d, kinds[kind].name, key);
        return d;
    }
    d->md = EVP_MD_fetch(NULL, kinds[kind].name, NULL);
    d->md_context = EVP_MD_CTX_new();
    insist(d->md != NULL && d->md_context != NULL);
    return d;
}

void digester_free(struct digester *d)
{
    if (!d)
        return;
    EVP_MD_CTX_free(d->md_context);
    EVP_MD_free(d->md);
    EVP_MAC_CTX_free(d->mac_context);
    free(d);
}

static size_t run(struct digester *d, struct str bytes, unsigned char out[EVP_MAX_MD_SIZE])
{
    unsigned len = 0;
    size_t mac_len = 0;

    if (d->md) {
        insist(EVP_DigestInit_ex2(d->md_context, d->md, NULL) == 1 &&
               EVP_DigestUpdate(d->md_context, bytes.at, bytes.len) == 1 &&
               EVP_DigestFinal_ex(d->md_context, out, &len) == 1);
        return len;
    }
    insist(EVP_MAC_init(d->mac_context, NULL, 0, NULL) == 1 &&
           EVP_MAC_update(d->mac_context, (const unsigned char *)bytes.at, bytes.len) == 1 &&
           EVP_MAC_final(d->mac_context, out, &mac_len, EVP_MAX_MD_SIZE) == 1);
    return mac_len;
}

struct str digester_hex(struct digester *d, struct str bytes, char hex[DIGEST_HEX_MAX])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[EVP_MAX_MD_SIZE];
    size_t len = run(d, bytes, digest);

    for (size_t i = 0; i < len; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    return (struct str){hex, 2 * len};
}
