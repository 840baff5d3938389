/*
 * Asks a viewer without its server, in slices of so much work.
 */
#pragma once

#include "viewer/api.h"

static inline void viewer_ask(struct trace_store *store, struct str target, uint64_t now_ns,
                              size_t work, struct api_answer *answer)
{
    const char *mark = target.len > 0 ? memchr(target.at, '?', target.len) : NULL;
    size_t path = mark ? (size_t)(mark - target.at) : target.len, behind = path + (mark != NULL);
    struct api_call *call =
        api_begin(store, (struct str){target.at, path},
                  (struct str){target.at + behind, target.len - behind}, now_ns, answer);

    while (call && !api_go_on(call, work))
        ;
}
