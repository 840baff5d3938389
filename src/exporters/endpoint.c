/*
 * Reading an endpoint. Every form that has one meaning is taken.
 */
#include "exporters/endpoint.h"

static bool take_prefix(struct str *s, struct str prefix)
{
    if (s->len < prefix.len || !str_eq_nocase((struct str){s->at, prefix.len}, prefix))
        return false;
    s->at += prefix.len;
    s->len -= prefix.len;
    return true;
}

static struct str up_to(struct str s, const char *ends)
{
    size_t len = 0;

    while (len < s.len && !strchr(ends, s.at[len]))
        len++;
    return (struct str){s.at, len};
}

static struct str without_user(struct str s)
{
    const char *at = s.len > 0 ? memrchr(s.at, '@', s.len) : NULL;

    return at ? (struct str){at + 1, (size_t)(s.at + s.len - at) - 1} : s;
}

/* The port of "host:port", "[::1]:port"; 0: there is none. UINT64_MAX: it is no port. */
static uint64_t port_of(struct str authority)
{
    struct str host = without_user(authority);
    const char *colon = host.len > 0 ? memrchr(host.at, ':', host.len) : NULL;
    const char *bracket = host.len > 0 ? memrchr(host.at, ']', host.len) : NULL;
    uint64_t port;

    if (!colon || (bracket && colon < bracket))
        return 0;
    if (!str_to_uint((struct str){colon + 1, (size_t)(host.at + host.len - colon) - 1}, 65535,
                     &port) ||
        port == 0)
        return UINT64_MAX;
    return port;
}

const char *endpoint_read(struct endpoint *e, struct str text)
{
    struct str rest = str_trim(text);

    *e = (struct endpoint){0};
    e->https = take_prefix(&rest, STR("https://"));
    e->scheme = e->https || take_prefix(&rest, STR("http://"));
    if (!e->scheme && take_prefix(&rest, STR("unix:")))
        return "is a unix socket, which is not supported here; write host:port";
    if (!e->scheme && !take_prefix(&rest, STR("dns:///")))
        take_prefix(&rest, STR("passthrough:///"));
    e->authority = up_to(rest, "/?");
    e->path = (struct str){rest.at + e->authority.len, rest.len - e->authority.len};
    if (!e->scheme && e->path.len > 2 && str_starts(e->path, STR("//")))
        return "has a scheme that means nothing here; write http://host:port, or host:port";
    if (e->authority.len == 0 || e->authority.at[0] == ':')
        return "has no host; this machine is localhost";
    for (size_t i = 0; i < e->authority.len; i++)
        if ((unsigned char)e->authority.at[i] <= ' ' || e->authority.at[i] == 0x7f)
            return "has a blank or a control character in it";
    if (port_of(e->authority) == UINT64_MAX)
        return "has no port number behind its last colon";
    return NULL;
}

unsigned endpoint_port(const struct endpoint *endpoint)
{
    return (unsigned)port_of(endpoint->authority);
}

struct str endpoint_shown(struct str text)
{
    return up_to(without_user(text), "?");
}
