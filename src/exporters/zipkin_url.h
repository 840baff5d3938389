/*
 * Where spans go to Zipkin.
 *
 *     http://zipkin:9411/api/v2/spans    https:// too
 *     zipkin:9411                        the same, without what can only be so
 */
#pragma once

#include "base/buf.h"

struct zipkin_url {
    struct buf url;      /* http:// or https://, NUL-terminated */
    const char *note;    /* what was added to it; NULL: nothing. A constant */
    const char *warning; /* why it will hardly work; NULL: it looks well. A constant */
};

/* Returns NULL, or what is wrong with the text, a constant. url is filled in, to be given back with
 * _done, in any case. */
const char *zipkin_url_read(struct zipkin_url *url, struct str text);
void zipkin_url_done(struct zipkin_url *url);
