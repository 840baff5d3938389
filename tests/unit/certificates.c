/*
 * Making certificates.
 */
#include "unit/certificates.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/mem.h"

enum { DAY_S = 86400 };

static void must(bool good)
{
    if (!good)
        abort();
}

static char *text_of(BIO *bio)
{
    char *at, *text;
    long len = BIO_get_mem_data(bio, &at);

    text = mem_zero((size_t)len + 1);
    memcpy(text, at, (size_t)len);
    BIO_free(bio);
    return text;
}

static void add_extension(X509 *x509, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

    must(extension && X509_add_ext(x509, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

struct certificate *certificate_new(const char *name, const struct certificate *issuer,
                                    int from_days, int until_days)
{
    static long serial;
    struct certificate *made = mem_zero(sizeof(*made));
    X509_NAME *subject;
    char alternative[100];
    BIO *bio;

    made->key = EVP_EC_gen("P-256");
    made->x509 = X509_new();
    must(made->key && made->x509);
    X509_set_version(made->x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made->x509), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(made->x509), (long)from_days * DAY_S);
    X509_gmtime_adj(X509_getm_notAfter(made->x509), (long)until_days * DAY_S);
    X509_set_pubkey(made->x509, made->key);
    subject = X509_get_subject_name(made->x509);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(made->x509, issuer ? X509_get_subject_name(issuer->x509) : subject);
    snprintf(alternative, sizeof(alternative), "DNS:%s", name);
    add_extension(made->x509, NID_subject_alt_name, alternative);
    if (!issuer)
        add_extension(made->x509, NID_basic_constraints, "critical,CA:TRUE");
    must(X509_sign(made->x509, issuer ? issuer->key : made->key, EVP_sha256()) > 0);
    bio = BIO_new(BIO_s_mem());
    must(PEM_write_bio_X509(bio, made->x509) == 1);
    made->certificate_pem = text_of(bio);
    bio = BIO_new(BIO_s_mem());
    must(PEM_write_bio_PrivateKey(bio, made->key, NULL, NULL, 0, NULL, NULL) == 1);
    made->key_pem = text_of(bio);
    return made;
}

void certificate_free(struct certificate *certificate)
{
    if (!certificate)
        return;
    X509_free(certificate->x509);
    EVP_PKEY_free(certificate->key);
    free(certificate->certificate_pem);
    free(certificate->key_pem);
    free(certificate);
}

char *file_with(const char *directory, const char *name, const char *text)
{
    char path[300];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    file = fopen(path, "we");
    must(file && fputs(text, file) >= 0 && fclose(file) == 0);
    return strdup(path);
}
