/*
 * Tests of net/tls_session.c: OpenSSL as the client, no sockets, a clock that the test moves.
 */
#include "net/tls_session.h"

#include <openssl/err.h>

#include "net/tls_server.h"
#include "net/tls_settings.h"
#include "unit/certificates.h"
#include "unit/check.h"

static struct certificate *ca, *own, *stranger;
static struct tls_server_settings settings;
static struct tls_server *tls;
static struct tls_session *session;
static SSL_CTX *context;
static SSL *client;
static struct buf got;       /* what the session has decrypted */
static struct buf plain_out; /* what came out when there was no client */

static void begin(void)
{
    struct error err;

    settings.cert_pem = own->certificate_pem;
    settings.key_pem = own->key_pem;
    tls = tls_server_new(&settings, "test", &err);
    ck_assert_msg(tls != NULL, "%s", err.text);
    session = tls_session_new(tls, "127.0.0.1:5", 1000);
    context = SSL_CTX_new(TLS_client_method());
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca->x509);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    client = SSL_new(context);
    SSL_set_bio(client, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(client);
}

static void end(void)
{
    SSL_free(client);
    SSL_CTX_free(context);
    tls_session_free(session);
    tls_server_free(tls);
    buf_done(&got);
    buf_done(&plain_out);
    settings = (struct tls_server_settings){0};
}

static void read_all(void)
{
    size_t len;

    while ((len = tls_session_read(session, buf_reserve(&got, 100), 100)) > 0)
        got.len += len;
}

/* Bytes from the client to the session, in pieces. Returns whether there were any. */
static bool forward(size_t piece)
{
    char bytes[4096];
    int len;
    bool any = false;

    while ((len = BIO_read(SSL_get_wbio(client), bytes, sizeof(bytes))) > 0) {
        for (size_t at = 0; at < (size_t)len; at += piece) {
            size_t rest = (size_t)len - at;

            tls_session_feed(session, bytes + at, rest < piece ? rest : piece);
            read_all();
        }
        any = true;
    }
    return any;
}

static bool backward(void)
{
    struct buf out = {0};
    bool any;

    tls_session_output(session, &out);
    any = out.len > 0;
    if (any)
        BIO_write(SSL_get_rbio(client), out.at, (int)out.len);
    buf_done(&out);
    return any;
}

/* Until neither has anything to say. Returns whether the client is content. */
static bool shake_hands(size_t piece)
{
    bool any;

    do {
        SSL_do_handshake(client);
        any = forward(piece);
        any = backward() || any;
    } while (any);
    ERR_clear_error();
    return SSL_is_init_finished(client) && tls_session_state(session) == TLS_OPEN;
}

START_TEST(bytes_go_both_ways)
{
    char text[100000], back[100000];
    size_t len;
    struct buf out = {0};

    begin();
    ck_assert(shake_hands(_i == 0 ? 4096 : 1));
    memset(text, 'x', sizeof(text));
    ck_assert_int_eq(SSL_write(client, text, sizeof(text)), sizeof(text));
    forward(_i == 0 ? 4096 : 1);
    ck_assert_uint_eq(got.len, sizeof(text));
    ck_assert_mem_eq(got.at, text, sizeof(text));
    tls_session_write(session, (struct str){text, sizeof(text)}, &out);
    BIO_write(SSL_get_rbio(client), out.at, (int)out.len);
    buf_done(&out);
    for (size_t at = 0; at < sizeof(back); at += len)
        ck_assert_int_eq(SSL_read_ex(client, back + at, sizeof(back) - at, &len), 1);
    ck_assert_mem_eq(back, text, sizeof(text));
    end();
}
END_TEST

START_TEST(both_say_goodbye)
{
    char byte;

    begin();
    ck_assert(shake_hands(4096));
    SSL_shutdown(client);
    forward(4096);
    ck_assert_int_eq(tls_session_state(session), TLS_ENDED);
    tls_session_end(session);
    tls_session_end(session);
    backward();
    ck_assert_int_eq(SSL_read(client, &byte, 1), 0);
    ck_assert_int_eq(SSL_get_shutdown(client), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    end();
}
END_TEST

START_TEST(the_protocol_is_chosen_by_alpn)
{
    static const struct {
        const char *offered, *chosen;
    } cases[] = {
        {"\2h2", "h2"},
        {"\10http/1.1\2h2", "h2"},
        {"\10http/1.1", "http/1.1"},
        {"\6spdy/1", NULL},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const unsigned char *chosen;
        unsigned len;

        begin();
        SSL_set_alpn_protos(client, (const unsigned char *)cases[i].offered,
                            (unsigned)strlen(cases[i].offered));
        ck_assert_int_eq(shake_hands(4096), cases[i].chosen != NULL);
        SSL_get0_alpn_selected(client, &chosen, &len);
        if (cases[i].chosen)
            ck_assert(str_is((struct str){(const char *)chosen, len}, cases[i].chosen));
        else
            ck_assert_int_eq(tls_session_state(session), TLS_FAILED);
        ck_assert_uint_eq(tls_server_refused(tls), !cases[i].chosen);
        end();
    }
}
END_TEST

START_TEST(only_safe_versions_and_suites_are_spoken)
{
    static const struct {
        int version;
        const char *suites;
        bool good;
    } cases[] = {
        {TLS1_3_VERSION, NULL, true},
        {TLS1_2_VERSION, NULL, true},
        {TLS1_2_VERSION, "ECDHE-ECDSA-AES256-GCM-SHA384", true},
        {TLS1_2_VERSION, "ECDHE-ECDSA-CHACHA20-POLY1305", true},
        {TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA", false},
        {TLS1_2_VERSION, "ECDHE-ECDSA-AES256-SHA384", false},
        {TLS1_1_VERSION, "ALL:@SECLEVEL=0", false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin();
        SSL_set_max_proto_version(client, cases[i].version);
        SSL_set_min_proto_version(client, cases[i].version);
        if (cases[i].suites)
            SSL_set_cipher_list(client, cases[i].suites);
        ck_assert_msg(shake_hands(4096) == cases[i].good, "case %zu", i);
        end();
    }
}
END_TEST

START_TEST(versions_and_suites_are_as_set)
{
    static const char *suite[] = {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"};
    static const char *curve[] = {"P384"};

    settings = (struct tls_server_settings){
        .max_version = 1, .cipher_suites = {suite, 1}, .curve_preferences = {curve, 1}};
    begin();
    ck_assert(shake_hands(4096));
    ck_assert_int_eq(SSL_version(client), TLS1_2_VERSION);
    ck_assert_str_eq(SSL_get_cipher_name(client), "ECDHE-ECDSA-CHACHA20-POLY1305");
    ck_assert_str_eq(OBJ_nid2sn((int)SSL_get_negotiated_group(client)), "secp384r1");
    end();
    settings = (struct tls_server_settings){.min_version = 1};
    begin();
    SSL_set_max_proto_version(client, TLS1_2_VERSION);
    ck_assert(!shake_hands(4096));
    end();
}
END_TEST

START_TEST(clients_show_a_certificate_where_that_is_asked)
{
    char directory[] = "/tmp/test-tls-XXXXXX", *path;
    struct certificate *good = certificate_new("client", ca, -1, 1);
    struct certificate *expired = certificate_new("client", ca, -2, -1);
    const struct {
        const struct certificate *certificate;
        bool good;
    } cases[] = {{good, true}, {NULL, false}, {stranger, false}, {expired, false}};

    ck_assert_ptr_nonnull(mkdtemp(directory));
    path = file_with(directory, "ca.pem", ca->certificate_pem);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        settings.client_ca_file = path;
        begin();
        if (cases[i].certificate) {
            SSL_use_certificate(client, cases[i].certificate->x509);
            SSL_use_PrivateKey(client, cases[i].certificate->key);
        }
        ck_assert_int_eq(shake_hands(4096), cases[i].good);
        ck_assert_int_eq(tls_session_state(session), cases[i].good ? TLS_OPEN : TLS_FAILED);
        end();
    }
    remove(path);
    remove(directory);
    free(path);
    certificate_free(good);
    certificate_free(expired);
}
END_TEST

START_TEST(plain_text_is_told_where_it_is)
{
    static const struct {
        const char *sent;
        bool answered;
    } cases[] = {
        {"GET / HTTP/1.1\r\n\r\n", true},
        {"POST", true},
        {"PRI * HTTP/2.0\r\n", false},
        {"PR", false},
        {"\x15\3\1", false},
        {"\x80\x2e\1\3\1", false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin();
        tls_session_feed(session, cases[i].sent, strlen(cases[i].sent));
        read_all();
        ck_assert_int_eq(tls_session_state(session), TLS_FAILED);
        tls_session_output(session, &plain_out);
        ck_assert_int_eq(plain_out.len > 0, cases[i].answered);
        if (cases[i].answered)
            ck_assert_ptr_nonnull(strstr(buf_text(&plain_out), "this port speaks TLS: use https"));
        ck_assert_uint_eq(tls_server_refused(tls), 1);
        ck_assert_uint_eq(got.len, 0);
        end();
    }
}
END_TEST

START_TEST(clients_that_go_in_the_midst_are_counted)
{
    begin();
    tls_session_lost(session); /* a probe: it said nothing */
    ck_assert_uint_eq(tls_server_refused(tls), 0);
    SSL_do_handshake(client);
    forward(4096);
    tls_session_lost(session);
    ck_assert_int_eq(tls_session_state(session), TLS_FAILED);
    tls_session_lost(session);
    ck_assert_uint_eq(tls_server_refused(tls), 1);
    end();
    begin();
    ck_assert(shake_hands(4096));
    tls_session_lost(session);
    ck_assert_uint_eq(tls_server_refused(tls), 0);
    end();
}
END_TEST

START_TEST(a_handshake_has_ten_seconds)
{
    begin();
    tls_session_sweep(session, 10999);
    ck_assert_int_eq(tls_session_state(session), TLS_HANDSHAKE);
    SSL_do_handshake(client);
    forward(1);
    tls_session_sweep(session, 11000);
    ck_assert_int_eq(tls_session_state(session), TLS_FAILED);
    end();
    begin();
    ck_assert(shake_hands(4096));
    tls_session_sweep(session, 1000000);
    ck_assert_int_eq(tls_session_state(session), TLS_OPEN);
    end();
}
END_TEST

START_TEST(a_handshake_is_bounded)
{
    static const char head[] = {22, 3, 1, 0, 4, 1, 1, 0, 0}; /* of a ClientHello of 64 KiB */
    static const char more[] = {22, 3, 1, 0, 1, 0};          /* a byte of it */
    size_t sent = sizeof(head);

    begin();
    tls_session_feed(session, head, sizeof(head));
    read_all();
    while (tls_session_state(session) == TLS_HANDSHAKE) {
        tls_session_feed(session, more, sizeof(more));
        read_all();
        sent += sizeof(more);
        ck_assert_uint_le(sent, (64 << 10) + sizeof(more));
    }
    ck_assert_int_eq(tls_session_state(session), TLS_FAILED);
    ck_assert_uint_gt(sent, 64 << 10);
    end();
}
END_TEST

START_TEST(renegotiation_is_refused)
{
    begin();
    SSL_set_max_proto_version(client, TLS1_2_VERSION);
    ck_assert(shake_hands(4096));
    SSL_renegotiate(client);
    SSL_do_handshake(client);
    forward(4096);
    backward();
    ck_assert_int_ne(SSL_do_handshake(client), 1);
    end();
}
END_TEST

START_TEST(damage_ends_the_session)
{
    char record[200];
    int len;

    begin();
    ck_assert(shake_hands(4096));
    SSL_write(client, "hello", 5);
    len = BIO_read(SSL_get_wbio(client), record, sizeof(record));
    record[len - 1] ^= 1;
    tls_session_feed(session, record, (size_t)len);
    read_all();
    ck_assert_int_eq(tls_session_state(session), TLS_FAILED);
    ck_assert_uint_eq(got.len, 0);
    ck_assert(backward()); /* an alert */
    end();
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("tls_session");
    int code;

    ca = certificate_new("ca", NULL, -1, 2);
    own = certificate_new("localhost", ca, -1, 1);
    stranger = certificate_new("stranger", NULL, -1, 1);
    tcase_add_loop_test(cases, bytes_go_both_ways, 0, 2);
    tcase_add_test(cases, both_say_goodbye);
    tcase_add_test(cases, the_protocol_is_chosen_by_alpn);
    tcase_add_test(cases, only_safe_versions_and_suites_are_spoken);
    tcase_add_test(cases, versions_and_suites_are_as_set);
    tcase_add_test(cases, clients_show_a_certificate_where_that_is_asked);
    tcase_add_test(cases, plain_text_is_told_where_it_is);
    tcase_add_test(cases, clients_that_go_in_the_midst_are_counted);
    tcase_add_test(cases, a_handshake_has_ten_seconds);
    tcase_add_test(cases, a_handshake_is_bounded);
    tcase_add_test(cases, renegotiation_is_refused);
    tcase_add_test(cases, damage_ends_the_session);
    code = run_tests("tls_session", cases);
    certificate_free(ca);
    certificate_free(own);
    certificate_free(stranger);
    return code;
}
