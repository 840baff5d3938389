/*
 * Reading PEM.
 */
#include "net/tls_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/buf.h"
#include "base/sandbox.h"

enum { PEM_MAX = 1 << 20 }; /* bytes of a file */

/* Sets "cert_file: /etc/server.crt holds no certificate". Returns false. */
static bool wrong(const struct tls_source *source, struct error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static bool wrong(const struct tls_source *source, struct error *err, const char *format, ...)
{
    char what[300];
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    ERR_clear_error();
    return error_set(err, "%s_%s: %s %s", source->what, source->file ? "file" : "pem",
                     source->file ? source->file : "the text", what);
}

static const char *reason(void)
{
    const char *text = ERR_reason_error_string(ERR_peek_last_error());

    return text ? text : "of an unknown reason";
}

static bool read_file(const struct tls_source *source, struct buf *content, struct error *err)
{
    ssize_t got = -1;
    int fd;

    sandbox_allow(source->file, false);
    fd = open(source->file, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        while (content->len <= PEM_MAX && (got = read(fd, buf_reserve(content, 16384), 16384)) > 0)
            content->len += (size_t)got;
    }
    if (got < 0)
        error_set(err, "%s_file: cannot read %s: %s", source->what, source->file,
                  sandbox_error(source->file, false, errno));
    if (fd >= 0)
        close(fd);
    if (got > 0)
        return wrong(source, err, "is larger than 1 MiB");
    return got == 0;
}

/* The text of a source as OpenSSL reads it; NULL and *err where it cannot be read. */
static BIO *open_source(const struct tls_source *source, struct buf *content, struct error *err)
{
    ERR_clear_error();
    if (source->text)
        buf_append_str(content, str_of(source->text));
    else if (!read_file(source, content, err))
        return NULL;
    return BIO_new_mem_buf(buf_text(content), (int)content->len);
}

static void close_source(BIO *bio, struct buf *content)
{
    BIO_free(bio);
    if (content->at)
        OPENSSL_cleanse(content->at, content->cap);
    buf_done(content);
    ERR_clear_error(); /* the end of the file is one */
}

/* OpenSSL would ask at the terminal. */
static int no_passphrase(char *to, int size, int writing, void *arg)
{
    (void)to, (void)size, (void)writing, (void)arg;
    return -1;
}

static bool add_chain(SSL_CTX *context, BIO *bio, const struct tls_source *source,
                      struct error *err)
{
    X509 *certificate = PEM_read_bio_X509_AUX(bio, NULL, no_passphrase, NULL);
    bool good;

    if (!certificate)
        return wrong(source, err, "holds no certificate in PEM form");
    good = SSL_CTX_use_certificate(context, certificate) == 1;
    X509_free(certificate);
    if (!good)
        return wrong(source, err, "cannot be used: %s", reason());
    while ((certificate = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)))
        if (SSL_CTX_add0_chain_cert(context, certificate) != 1) {
            X509_free(certificate);
            return wrong(source, err, "has a chain that cannot be used: %s", reason());
        }
    return true;
}

static bool add_key(SSL_CTX *context, BIO *bio, const struct tls_source *source,
                    const struct buf *content, struct error *err)
{
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    bool belongs, good;

    if (!key && memmem(content->at, content->len, "ENCRYPTED", 9))
        return wrong(source, err, "is encrypted: write it without a passphrase");
    if (!key)
        return wrong(source, err, "holds no private key in PEM form");
    belongs = X509_check_private_key(SSL_CTX_get0_certificate(context), key) == 1;
    good = belongs && SSL_CTX_use_PrivateKey(context, key) == 1;
    EVP_PKEY_free(key);
    if (!belongs)
        return wrong(source, err, "is not the key of the certificate");
    return good || wrong(source, err, "cannot be used: %s", reason());
}

bool tls_use_pair(SSL_CTX *context, const struct tls_source *certificate,
                  const struct tls_source *key, struct error *err)
{
    struct buf content = {0};
    BIO *bio = open_source(certificate, &content, err);
    bool good = bio && add_chain(context, bio, certificate, err);

    close_source(bio, &content);
    if (!good)
        return false;
    bio = open_source(key, &content, err);
    good = bio && add_key(context, bio, key, &content, err);
    close_source(bio, &content);
    return good;
}

bool tls_use_roots(SSL_CTX *context, const struct tls_source *source, bool of_clients,
                   struct error *err)
{
    X509_STORE *store = SSL_CTX_get_cert_store(context);
    struct buf content = {0};
    BIO *bio = open_source(source, &content, err);
    X509 *certificate;
    unsigned count = 0;

    if (!bio) {
        close_source(bio, &content);
        return false;
    }
    while ((certificate = PEM_read_bio_X509_AUX(bio, NULL, no_passphrase, NULL))) {
        if (X509_STORE_add_cert(store, certificate) == 1 &&
            (!of_clients || SSL_CTX_add_client_CA(context, certificate) == 1))
            count++;
        X509_free(certificate);
    }
    close_source(bio, &content);
    return count > 0 || wrong(source, err, "holds no certificate in PEM form");
}

bool tls_sources_agree(const struct tls_source *certificate, const struct tls_source *key,
                       const struct tls_source *roots, struct error *err)
{
    const struct tls_source *const all[] = {certificate, key, roots};

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (all[i]->file && all[i]->text)
            return error_set(err, "%s_file and %s_pem exclude each other", all[i]->what,
                             all[i]->what);
    if (tls_source_is_set(certificate) != tls_source_is_set(key))
        return error_set(err, tls_source_is_set(certificate) ? "cert_file needs key_file"
                                                             : "key_file needs cert_file");
    return true;
}

void tls_key_file_check(const char *path, const struct node *node, struct problems *problems)
{
    struct stat status;

    if (path && stat(path, &status) == 0 && (status.st_mode & (S_IRGRP | S_IROTH)) != 0)
        warning_at(problems, node_near(node, "key_file"),
                   "%s can be read by other users: run chmod 600 %s", path, path);
}
