/*
 * Users and their passwords, as Apache's htpasswd writes them: a line "name:hash" each. Taken are
 * bcrypt ($2y$), SHA-crypt ($5$, $6$), yescrypt ($y$), MD5 ($apr1$, $1$), {SHA}, {SSHA}, and the
 * plain password.
 */
#pragma once

#include "base/buf.h"
#include "base/error.h"

struct crypt_data;

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

/*
 * Whether this is the password of that user. Slow on purpose: 50 ms and more with bcrypt. work:
 * room of its own for crypt_r(), zeroed before the first use.
 */
bool htpasswd_matches(const struct htpasswd *passwords, struct str name, struct str password,
                      struct crypt_data *work);
