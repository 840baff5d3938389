/*
 * The proxy variables of the environment, which libcurl obeys: http_proxy, https_proxy, all_proxy
 * and no_proxy.
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"

/*
 * Appends what they say about requests to a URL, for people: "https_proxy=****@proxy:3128,
 * no_proxy=localhost". A user and a password are masked. False: there is no proxy for it.
 */
bool proxy_describe(const char *url, struct buf *out);
