/*
 * Digests of what attributes hold, by OpenSSL.
 */
#pragma once

#include "base/str.h"

enum { SHA256_SIZE = 32 };

void digest_sha256(struct str bytes, unsigned char out[SHA256_SIZE]);
