/*
 * Where a server is, as labels of metrics tell it: nothing that may be a secret in a URL.
 */
#pragma once

#include <stdbool.h>

enum { PLACE_TEXT_MAX = 256 };

struct server_place { /* texts that are too long are left out: "" */
    char address[PLACE_TEXT_MAX];
    char port[8];              /* "": a unix socket */
    char path[PLACE_TEXT_MAX]; /* of a URL, without what follows '?' */
    bool https;
};

/* Of "https://user:word@host:port/path?query", which begins with http:// or https://. */
void server_place_of_url(struct server_place *place, const char *url);

/* Of a socket that listens. */
void server_place_of_socket(struct server_place *place, int fd, bool tls);
