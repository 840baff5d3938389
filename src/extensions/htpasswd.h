/*
 * Users and their passwords, as Apache's htpasswd writes them: a line "name:hash" each. Taken are
 * bcrypt ($2y$), SHA-crypt ($5$, $6$), yescrypt ($y$), MD5 ($apr1$, $1$), {SHA}, {SSHA}, and the
 * plain password.
 */
#pragma once

#include "base/buf.h"
#include "base/error.h"

enum { HTPASSWD_PASSWORD_MAX = 512, HTPASSWD_HASH_MAX = 384 }; /* bytes */

struct htpasswd_user {
    struct str name, hash; /* in the text */
};

struct htpasswd { /* zeroed: nobody */
    struct htpasswd_user *users;
    size_t count, cap;
};

/*
 * Adds the users of a text, which must outlive them. An earlier one of the same name counts. False
 * and *err ("line 3: ...", never a part of the line) where a line cannot be read.
 */
bool htpasswd_add(struct htpasswd *passwords, struct str text, struct error *err);
void htpasswd_done(struct htpasswd *passwords);

/* The hash of a user's password, in the text; empty: there is no such user. */
struct str htpasswd_hash_of(const struct htpasswd *passwords, struct str name);

/* Made to be slow: 50 ms with bcrypt. The others take less than 10 us. */
bool htpasswd_is_slow(struct str hash);

/* Whether that is the hash of this password; hash: of htpasswd_hash_of(). Any thread may ask. */
bool htpasswd_matches(struct str hash, struct str password);
