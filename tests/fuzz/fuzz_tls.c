/*
 * The bytes of a TLS client. The first byte says in how large pieces they come (0: at once).
 *
 * The session ends or waits; what it says stays bounded, and it decrypts no more than came. Nothing
 * stays taken.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/log.h"
#include "fuzz/fuzz.h"
#include "net/tls_server.h"
#include "net/tls_session.h"
#include "net/tls_settings.h"
#include "unit/certificates.h"

enum { OUTPUT_MAX = 64 << 10, STEP_MS = 10000 };

static struct tls_server *make_server(void)
{
    static struct tls_server_settings settings;
    static struct certificate *own;
    struct error err;

    own = certificate_new("localhost", NULL, -1, 1);
    log_set_level(LOG_ERROR);
    settings.cert_pem = own->certificate_pem;
    settings.key_pem = own->key_pem;
    return tls_server_new(&settings, "fuzz", &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tls_server *server;
    struct tls_session *session;
    struct buf out = {0};
    char plain[1000];
    size_t piece, decrypted = 0;

    if (!server)
        server = make_server();
    if (size == 0)
        return 0;
    session = tls_session_new(server, "peer", 0);
    piece = data[0] > 0 ? data[0] : size;
    for (size_t at = 1; at < size; at += piece) {
        size_t len;

        tls_session_feed(session, (const char *)data + at, size - at < piece ? size - at : piece);
        while ((len = tls_session_read(session, plain, sizeof(plain))) > 0)
            decrypted += len;
        tls_session_write(session, STR("answer"), &out);
        tls_session_output(session, &out);
    }
    tls_session_sweep(session, STEP_MS);
    assert(tls_session_state(session) != TLS_HANDSHAKE);
    tls_session_end(session);
    tls_session_output(session, &out);
    assert(decrypted <= size && out.len <= OUTPUT_MAX);
    buf_done(&out);
    tls_session_free(session);
    return 0;
}
