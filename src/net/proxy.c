/*
 * Which variable counts is libcurl's rule: the scheme's own before all_proxy, small letters before
 * capitals, HTTP_PROXY never (in CGI a client could set it). Which hosts no_proxy means is left to
 * libcurl: it is shown as it stands.
 */
#include "net/proxy.h"

#include <stdlib.h>

struct variable {
    const char *name, *value;
};

/* The first that is set and not empty. */
static struct variable first_of(const char *const *names)
{
    for (; *names; names++) {
        const char *value = getenv(*names);

        if (value && *value)
            return (struct variable){*names, value};
    }
    return (struct variable){NULL, NULL};
}

static struct variable proxy_of(const char *url)
{
    static const char *const http[] = {"http_proxy", "all_proxy", "ALL_PROXY", NULL};
    static const char *const https[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
                                        NULL};

    return first_of(str_starts(str_of(url), STR("https:")) ? https : http);
}

static void put_masked(struct buf *out, struct str value)
{
    const char *at = memrchr(value.at, '@', value.len);
    const char *colon = memchr(value.at, ':', value.len); /* of a scheme, or before a password */
    const char *from = colon && strncmp(colon, "://", 3) == 0 ? colon + 3 : value.at;

    if (at) {
        buf_append(out, value.at, (size_t)(from - value.at));
        buf_append_str(out, STR("****"));
        value = (struct str){at, (size_t)(value.at + value.len - at)};
    }
    buf_append_str(out, value);
}

bool proxy_describe(const char *url, struct buf *out)
{
    static const char *const no_names[] = {"no_proxy", "NO_PROXY", NULL};
    struct variable proxy = proxy_of(url), no = first_of(no_names);

    if (!proxy.name || (no.name && str_is(str_of(no.value), "*")))
        return false;
    buf_printf(out, "%s=", proxy.name);
    put_masked(out, str_of(proxy.value));
    if (no.name)
        buf_printf(out, ", %s=%s", no.name, no.value);
    return true;
}
