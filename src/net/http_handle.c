/*
 * What libcurl is told in any case.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "net/http_client_priv.h"
#include "net/tls_client.h"

enum { CONNECT_TIMEOUT_MS = 5000 };

/* libcurl's own way leaves SOCK_CLOEXEC out. */
static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)arg, (void)purpose;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/*
 * The certificate's name differs from the endpoint's: libcurl is given a URL with the first, and
 * told to connect to the second.
 */
static void override_name(struct http_handle *handle, const char *url, const char *name,
                          struct buf *host_of_url)
{
    CURLU *parts = curl_url();
    char *host = NULL, *port = NULL, *changed = NULL;
    struct buf text = {0};

    if (parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
        curl_url_set(parts, CURLUPART_HOST, name, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_URL, &changed, 0) == CURLUE_OK) {
        curl_easy_setopt(handle->easy, CURLOPT_URL, changed);
        buf_printf(&text, "::%s:%s", host, port);
        handle->connect_to = curl_slist_append(NULL, buf_text(&text));
        curl_easy_setopt(handle->easy, CURLOPT_CONNECT_TO, handle->connect_to);
        buf_printf(host_of_url, "%s:%s", host, port);
    }
    buf_done(&text);
    curl_free(host);
    curl_free(port);
    curl_free(changed);
    curl_url_cleanup(parts);
}

static void set_times(struct http_handle *handle)
{
    uint64_t connect_ms = CONNECT_TIMEOUT_MS;

    if (handle->timeout_ms > 0 && handle->timeout_ms < connect_ms)
        connect_ms = handle->timeout_ms;
    curl_easy_setopt(handle->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    curl_easy_setopt(handle->easy, CURLOPT_NOSIGNAL, 1L);
    /* Does not wait for a resolver that hangs. */
    curl_easy_setopt(handle->easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(handle->easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(handle->easy, CURLOPT_TCP_NODELAY, 1L);
}

void http_handle_init(struct http_handle *handle, const char *url,
                      const struct tls_client_settings *tls, uint64_t timeout_ms, struct buf *host)
{
    static const struct tls_client_settings default_tls = {0};
    const struct tls_client_settings *used = tls ? tls : &default_tls;

    if (!handle->easy)
        handle->easy = curl_easy_init();
    if (!handle->easy)
        abort(); /* out of memory */
    buf_reset(&handle->url);
    buf_append(&handle->url, url, strlen(url) + 1);
    handle->tls = tls;
    handle->timeout_ms = timeout_ms;
    handle->error[0] = '\0';
    curl_easy_setopt(handle->easy, CURLOPT_URL, url);
    curl_easy_setopt(handle->easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle->easy, CURLOPT_REDIR_PROTOCOLS_STR, "");
    if (strncmp(url, "https:", 6) == 0) {
        tls_client_apply(used, handle->easy);
        if (used->server_name_override && *used->server_name_override)
            override_name(handle, url, used->server_name_override, host);
    }
    curl_easy_setopt(handle->easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
    curl_easy_setopt(handle->easy, CURLOPT_PRIVATE, handle);
    curl_easy_setopt(handle->easy, CURLOPT_ERRORBUFFER, handle->error);
    set_times(handle);
}

static void free_connect_to(struct http_handle *handle)
{
    curl_slist_free_all(handle->connect_to);
    handle->connect_to = NULL;
}

void http_handle_reset(struct http_handle *handle)
{
    curl_easy_reset(handle->easy);
    free_connect_to(handle);
}

void http_handle_done(struct http_handle *handle)
{
    curl_easy_cleanup(handle->easy);
    free_connect_to(handle);
    buf_done(&handle->url);
}
