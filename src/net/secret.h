/*
 * Comparing secrets: by digests with a key that only this process has, so that neither time nor a
 * look at the memory tells anything of what they were compared with.
 */
#pragma once

#include <stdbool.h>

#include "base/str.h"

enum { SECRET_KEY_SIZE = 32, SECRET_DIGEST_SIZE = 32 };

struct secret_key {
    unsigned char at[SECRET_KEY_SIZE];
};

struct secret_digest {
    unsigned char at[SECRET_DIGEST_SIZE];
};

/* A random key; the program ends where the system gives no random bytes. */
void secret_key_make(struct secret_key *key);

/* HMAC-SHA-256. */
struct secret_digest secret_digest(const struct secret_key *key, struct str secret);

/* Takes the same time wherever they differ. */
bool secret_equal(const struct secret_digest *a, const struct secret_digest *b);

/* The 20 bytes of SHA-1, which the oldest password files have. */
void secret_sha1(struct str text, unsigned char out[20]);

/* Apache's own "$apr1$SALT$...": MD5, a thousand times. hash: the whole field with its prefix. */
bool secret_apr1_matches(struct str password, struct str hash);
