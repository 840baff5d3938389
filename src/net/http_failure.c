/*
 * What went wrong with a request, in words that say what to do about it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "net/http_client_priv.h"
#include "net/tls_client.h"

/* "jaeger:14268", of a URL. */
static void name_peer(const char *url, char *text, size_t room)
{
    CURLU *parts = curl_url();
    char *host = NULL, *port = NULL;

    if (parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK)
        snprintf(text, room, "%s:%s", host, port);
    else
        snprintf(text, room, "the endpoint"); /* which may have a password in it */
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(parts);
}

static void explain_verify(const struct http_handle *handle, const char *peer, char *text,
                           size_t room)
{
    const struct tls_client_settings *tls = handle->tls;

    if (strstr(handle->error, "subject name"))
        snprintf(text, room,
                 "%s has a certificate for another name (see tls.server_name_override): %s", peer,
                 handle->error);
    else if (strstr(handle->error, "expired"))
        snprintf(text, room, "%s has a certificate that has expired: %s", peer, handle->error);
    else if (tls && (tls->ca_file || tls->ca_pem))
        snprintf(text, room, "%s has a certificate that %s does not vouch for: %s", peer,
                 tls->ca_file ? tls->ca_file : "ca_pem", handle->error);
    else
        snprintf(text, room,
                 "%s has a certificate that this machine does not trust (%s); name its CA as "
                 "tls.ca_file",
                 peer, handle->error);
}

static void explain_timeout(const struct http_handle *handle, const char *peer, char *text,
                            size_t room)
{
    curl_off_t connected_us = 0, ready_us = 0;

    curl_easy_getinfo(handle->easy, CURLINFO_CONNECT_TIME_T, &connected_us);
    curl_easy_getinfo(handle->easy, CURLINFO_PRETRANSFER_TIME_T, &ready_us);
    if (ready_us > 0)
        snprintf(text, room, "%s gave no answer within %llu ms", peer,
                 (unsigned long long)handle->timeout_ms);
    else if (connected_us > 0)
        snprintf(text, room, "%s took the connection but did not finish the handshake in time",
                 peer);
    else
        snprintf(text, room, "cannot connect to %s: no answer in time; is a firewall in between?",
                 peer);
}

void http_failure_explain(const struct http_handle *handle, CURLcode code, char *text, size_t room)
{
    const char *why = *handle->error ? handle->error : curl_easy_strerror(code);
    const struct tls_client_settings *tls = handle->tls;
    char peer[300];
    long number = 0;

    name_peer(handle->url.at, peer, sizeof(peer));
    curl_easy_getinfo(handle->easy, CURLINFO_OS_ERRNO, &number);
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        snprintf(text, room, "cannot find the host of %s: is the name right?", peer);
        break;
    case CURLE_COULDNT_RESOLVE_PROXY:
        snprintf(text, room, "cannot find the host of the proxy: %s; see http_proxy", why);
        break;
    case CURLE_COULDNT_CONNECT:
        if (number == ECONNREFUSED)
            snprintf(text, room, "cannot connect to %s: connection refused; does it run there?",
                     peer);
        else
            snprintf(text, room, "cannot connect to %s: %s", peer,
                     number != 0 ? strerror((int)number) : why);
        break;
    case CURLE_OPERATION_TIMEDOUT:
        explain_timeout(handle, peer, text, room);
        break;
    case CURLE_PEER_FAILED_VERIFICATION:
        explain_verify(handle, peer, text, room);
        break;
    case CURLE_SSL_CACERT_BADFILE:
        snprintf(text, room, "cannot read the certificates of tls.ca_file %s: %s",
                 tls && tls->ca_file ? tls->ca_file : "(the system's)", why);
        break;
    case CURLE_SSL_CERTPROBLEM:
        snprintf(text, room, "cannot use tls.cert_file %s with tls.key_file %s: %s",
                 tls && tls->cert_file ? tls->cert_file : "(as text)",
                 tls && tls->key_file ? tls->key_file : "(as text)", why);
        break;
    case CURLE_SSL_CONNECT_ERROR:
        if (strstr(why, "wrong version number") || strstr(why, "packet length too long"))
            snprintf(text, room, "%s does not speak TLS: write http://, or tls: insecure: true",
                     peer);
        else
            snprintf(text, room, "no TLS with %s: %s", peer, why);
        break;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        if (strstr(why, "HTTP/0.9"))
            snprintf(text, room,
                     "%s does not answer in HTTP/1: that is the other port, of gRPC, or one that "
                     "wants TLS",
                     peer);
        else
            snprintf(text, room, "cannot ask %s: %s", peer, why);
        break;
    case CURLE_GOT_NOTHING:
        snprintf(text, room, "%s closed the connection without an answer", peer);
        break;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
        snprintf(text, room, "the connection to %s broke: %s%s", peer, why,
                 handle->answered ? "" : "; is that a port that wants TLS?");
        break;
    case CURLE_OUT_OF_MEMORY: /* what libcurl says of a line beyond 100 KiB */
        snprintf(text, room, "%s answered with a header field that is far too long", peer);
        break;
    case CURLE_WRITE_ERROR:
        snprintf(text, room, "%s answered with more than %d bytes of headers", peer,
                 HTTP_HEADERS_MAX);
        break;
    default:
        snprintf(text, room, "cannot ask %s: %s", peer, why);
    }
}
