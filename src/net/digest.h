/*
 * Digests of what attributes hold, by OpenSSL.
 */
#pragma once

#include "base/str.h"

enum digest_kind {
    DIGEST_SHA256,
    DIGEST_SHA1,
    DIGEST_SHA3_256,
    DIGEST_MD5,
    DIGEST_HMAC_SHA256,
    DIGEST_HMAC_SHA512
};

enum { DIGEST_HEX_MAX = 128 };

struct digester; /* of one thread: what OpenSSL prepares for one digest serves for all */

/* key: for an HMAC. The program ends where OpenSSL has no such digest. */
struct digester *digester_new(enum digest_kind kind, struct str key);
void digester_free(struct digester *digester); /* takes NULL */

/* The digest in hexadecimal digits, small letters; the text lies in hex. */
struct str digester_hex(struct digester *digester, struct str bytes, char hex[DIGEST_HEX_MAX]);
