/*
 * Names and addresses. RFC 9110 7.2, RFC 6761 6.3.
 */
#include "viewer/host.h"

#include <arpa/inet.h>

enum { ADDRESS_SIZE = 64 };

/* "name" of "name:port", "::1" of "[::1]:port". */
static struct str without_port(struct str host)
{
    const char *end;

    if (host.len > 0 && host.at[0] == '[') {
        end = memchr(host.at, ']', host.len);
        return end ? (struct str){host.at + 1, (size_t)(end - host.at - 1)} : (struct str){0};
    }
    end = host.len > 0 ? memrchr(host.at, ':', host.len) : NULL;
    return end ? (struct str){host.at, (size_t)(end - host.at)} : host;
}

static bool is_address(struct str name)
{
    unsigned char address[sizeof(struct in6_addr)];
    char text[ADDRESS_SIZE];

    if (name.len >= sizeof(text))
        return false;
    memcpy(text, name.at, name.len);
    text[name.len] = '\0';
    return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

bool host_is_ours(struct str host, const char *endpoint, const struct string_list *allowed)
{
    struct str name = without_port(host);

    if (name.len == 0)
        return false;
    if (is_address(name) || str_is_like(name, "localhost") || str_is_like(name, "*.localhost") ||
        str_eq_nocase(name, without_port(str_of(endpoint))))
        return true;
    for (size_t i = 0; i < allowed->count; i++)
        if (str_is_like(name, allowed->at[i]) || str_is_like(host, allowed->at[i]))
            return true;
    return false;
}

bool host_is_origin(struct str host, struct str origin)
{
    const char *slashes = memmem(origin.at, origin.len, "://", 3);
    size_t scheme = slashes ? (size_t)(slashes + 3 - origin.at) : 0;

    return slashes && str_eq_nocase((struct str){origin.at + scheme, origin.len - scheme}, host);
}
