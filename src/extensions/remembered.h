/*
 * Credentials that were looked at before, by their digests: a set that never grows. What is pushed
 * out has only to be looked at again.
 */
#pragma once

#include <stddef.h>

#include "net/secret.h"

struct remembered {           /* zeroed: has no room */
    struct secret_digest *at; /* owned; all zeros: nothing */
    size_t mask;
};

/* Room for so many, and some more so that they do not push each other out. */
void remembered_init(struct remembered *remembered, size_t count);
void remembered_done(struct remembered *remembered);

bool remembered_has(const struct remembered *remembered, const struct secret_digest *digest);
void remembered_add(struct remembered *remembered, const struct secret_digest *digest);
