/*
 * The words for what went wrong, of each of libcurl's errors that users meet.
 */
#include "net/http_client_priv.h"
#include "net/tls_client.h"
#include "unit/check.h"

static const struct tls_client_settings with_files = {
    .ca_file = "/ca.pem", .cert_file = "/cert.pem", .key_file = "/key.pem"};
static const struct tls_client_settings with_texts = {
    .ca_pem = "-----", .cert_pem = "-----", .key_pem = "-----"};

START_TEST(each_failure_says_what_to_look_at)
{
    static const struct {
        CURLcode code;
        const char *error; /* libcurl's own words; "": none */
        const struct tls_client_settings *tls;
        const char *expected;
    } cases[] = {
        {CURLE_COULDNT_RESOLVE_HOST, "", NULL, "cannot find the host of jaeger:14268"},
        {CURLE_COULDNT_RESOLVE_PROXY, "no proxy.example", NULL,
         "cannot find the host of the proxy: no proxy.example"},
        {CURLE_COULDNT_CONNECT, "no route", NULL, "cannot connect to jaeger:14268: no route"},
        {CURLE_OPERATION_TIMEDOUT, "", NULL, "is a firewall in between?"},
        {CURLE_PEER_FAILED_VERIFICATION, "SSL: no alternative certificate subject name matches",
         NULL, "has a certificate for another name (see tls.server_name_override)"},
        {CURLE_PEER_FAILED_VERIFICATION, "certificate has expired", NULL, "that has expired"},
        {CURLE_PEER_FAILED_VERIFICATION, "self-signed", &with_files, "that /ca.pem does not vouch"},
        {CURLE_PEER_FAILED_VERIFICATION, "self-signed", &with_texts, "that ca_pem does not vouch"},
        {CURLE_PEER_FAILED_VERIFICATION, "self-signed", NULL, "name its CA as tls.ca_file"},
        {CURLE_SSL_CACERT_BADFILE, "no such file", &with_files, "tls.ca_file /ca.pem: no such"},
        {CURLE_SSL_CACERT_BADFILE, "no such file", NULL, "tls.ca_file (the system's)"},
        {CURLE_SSL_CERTPROBLEM, "no match", &with_files, "cert_file /cert.pem with tls.key_file"},
        {CURLE_SSL_CERTPROBLEM, "no match", &with_texts, "tls.cert_file (as text) with"},
        {CURLE_SSL_CONNECT_ERROR, "wrong version number", NULL, "does not speak TLS"},
        {CURLE_SSL_CONNECT_ERROR, "handshake failure", NULL, "no TLS with jaeger:14268: handshake"},
        {CURLE_UNSUPPORTED_PROTOCOL, "Received HTTP/0.9 when not allowed", NULL,
         "does not answer in HTTP/1"},
        {CURLE_WEIRD_SERVER_REPLY, "odd", NULL, "cannot ask jaeger:14268: odd"},
        {CURLE_GOT_NOTHING, "", NULL, "closed the connection without an answer"},
        {CURLE_RECV_ERROR, "reset", NULL, "the connection to jaeger:14268 broke: reset"},
        {CURLE_WRITE_ERROR, "", NULL, "with more than 65536 bytes of headers"},
        {CURLE_TOO_MANY_REDIRECTS, "", NULL, "cannot ask jaeger:14268: "},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct http_handle handle = {.easy = curl_easy_init(), .tls = cases[i].tls};
        char text[600];

        buf_append_str(&handle.url, STR("http://user:word@jaeger:14268/api/traces"));
        buf_text(&handle.url);
        strcpy(handle.error, cases[i].error);
        http_failure_explain(&handle, cases[i].code, text, sizeof(text));
        ck_assert_msg(strstr(text, cases[i].expected), "%zu: %s", i, text);
        ck_assert_msg(!strstr(text, "word"), "%zu: %s", i, text);
        buf_done(&handle.url);
        curl_easy_cleanup(handle.easy);
    }
}
END_TEST

START_TEST(a_url_that_cannot_be_read_is_not_shown)
{
    struct http_handle handle = {.easy = curl_easy_init()};
    char text[600];

    buf_append_str(&handle.url, STR("http://user:word@[jaeger"));
    buf_text(&handle.url);
    http_failure_explain(&handle, CURLE_GOT_NOTHING, text, sizeof(text));
    ck_assert_str_eq(text, "the endpoint closed the connection without an answer");
    buf_done(&handle.url);
    curl_easy_cleanup(handle.easy);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("http failure");

    tcase_add_test(cases, each_failure_says_what_to_look_at);
    tcase_add_test(cases, a_url_that_cannot_be_read_is_not_shown);
    return run_tests("http failure", cases);
}
