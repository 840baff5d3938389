/*
 * Digests through OpenSSL.
 */
#include "net/digest.h"

#include <openssl/evp.h>
#include <stdlib.h>

void digest_sha256(struct str bytes, unsigned char out[SHA256_SIZE])
{
    if (EVP_Digest(bytes.at, bytes.len, out, NULL, EVP_sha256(), NULL) != 1)
        abort(); /* out of memory */
}
