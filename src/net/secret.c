/*
 * Digests through OpenSSL.
 */
#include "net/secret.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdlib.h>

enum { MD5_SIZE = 16, APR1_ROUNDS = 1000, APR1_SALT_MAX = 8, APR1_TEXT_SIZE = 22 };

void secret_key_make(struct secret_key *key)
{
    if (RAND_bytes(key->at, sizeof(key->at)) != 1)
        abort();
}

struct secret_digest secret_digest(const struct secret_key *key, struct str secret)
{
    struct secret_digest digest;
    unsigned len = sizeof(digest.at);

    if (!HMAC(EVP_sha256(), key->at, sizeof(key->at), (const unsigned char *)secret.at, secret.len,
              digest.at, &len))
        abort(); /* out of memory */
    return digest;
}

bool secret_equal(const struct secret_digest *a, const struct secret_digest *b)
{
    return CRYPTO_memcmp(a->at, b->at, sizeof(a->at)) == 0;
}

void secret_sha1(struct str text, unsigned char out[20])
{
    if (EVP_Digest(text.at, text.len, out, NULL, EVP_sha1(), NULL) != 1)
        abort();
}

/* ---- apr1 ---- */

static void feed(EVP_MD_CTX *md5, const void *at, size_t len)
{
    if (EVP_DigestUpdate(md5, at, len) != 1)
        abort();
}

static void begin(EVP_MD_CTX *md5)
{
    if (EVP_DigestInit_ex(md5, EVP_md5(), NULL) != 1)
        abort();
}

static void finish(EVP_MD_CTX *md5, unsigned char sum[MD5_SIZE])
{
    if (EVP_DigestFinal_ex(md5, sum, NULL) != 1)
        abort();
}

static void apr1_sum(struct str password, struct str salt, unsigned char sum[MD5_SIZE])
{
    EVP_MD_CTX *md5 = EVP_MD_CTX_new();

    if (!md5)
        abort();
    begin(md5);
    feed(md5, password.at, password.len);
    feed(md5, salt.at, salt.len);
    feed(md5, password.at, password.len);
    finish(md5, sum);
    begin(md5);
    feed(md5, password.at, password.len);
    feed(md5, "$apr1$", 6);
    feed(md5, salt.at, salt.len);
    for (size_t left = password.len; left > 0; left -= left < MD5_SIZE ? left : MD5_SIZE)
        feed(md5, sum, left < MD5_SIZE ? left : MD5_SIZE);
    for (size_t bits = password.len; bits > 0; bits >>= 1)
        feed(md5, bits & 1 ? "" : password.at, 1); /* a NUL, or the first character */
    finish(md5, sum);
    for (unsigned round = 0; round < APR1_ROUNDS; round++) {
        struct str old = {(const char *)sum, MD5_SIZE};

        begin(md5);
        feed(md5, round & 1 ? password.at : old.at, round & 1 ? password.len : old.len);
        if (round % 3 != 0)
            feed(md5, salt.at, salt.len);
        if (round % 7 != 0)
            feed(md5, password.at, password.len);
        feed(md5, round & 1 ? old.at : password.at, round & 1 ? old.len : password.len);
        finish(md5, sum);
    }
    EVP_MD_CTX_free(md5);
}

/* Four digits for three bytes, the last byte's two digits alone. */
static void apr1_text(const unsigned char sum[MD5_SIZE], char text[APR1_TEXT_SIZE])
{
    static const char digits[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    static const unsigned char order[5][3] = {
        {0, 6, 12}, {1, 7, 13}, {2, 8, 14}, {3, 9, 15}, {4, 10, 5}};

    for (unsigned i = 0; i < 5; i++) {
        unsigned value =
            (unsigned)sum[order[i][0]] << 16 | (unsigned)sum[order[i][1]] << 8 | sum[order[i][2]];

        for (unsigned d = 0; d < 4; d++, value >>= 6)
            *text++ = digits[value & 63];
    }
    *text++ = digits[sum[11] & 63];
    *text = digits[sum[11] >> 6];
}

bool secret_apr1_matches(struct str password, struct str hash)
{
    struct str salt, text;
    unsigned char sum[MD5_SIZE];
    char made[APR1_TEXT_SIZE];
    const char *end;

    if (!str_starts(hash, STR("$apr1$")))
        return false;
    hash = (struct str){hash.at + 6, hash.len - 6};
    end = hash.len > 0 ? memchr(hash.at, '$', hash.len) : NULL;
    if (!end)
        return false;
    salt = (struct str){hash.at, (size_t)(end - hash.at)};
    text = (struct str){end + 1, hash.len - salt.len - 1};
    if (salt.len > APR1_SALT_MAX || text.len != APR1_TEXT_SIZE)
        return false;
    apr1_sum(password, salt, sum);
    apr1_text(sum, made);
    return CRYPTO_memcmp(made, text.at, APR1_TEXT_SIZE) == 0;
}
