/*
 * The pages of the zpages extension that need no script: tables in HTML. All that the configuration
 * and clients say is escaped.
 */
#pragma once

#include "base/buf.h"
#include "pipeline/overview.h"
#include "pipeline/worker.h"

struct zpages_view {                    /* what they show */
    const struct overview *overview;    /* borrowed, as the graph */
    const struct overview_graph *graph; /* NULL: nothing runs yet */
    enum phase phase;
    uint64_t now_unix_ms;
};

typedef void zpages_write_fn(struct buf *out, const struct zpages_view *view);

zpages_write_fn zpages_write_servicez, zpages_write_pipelinez, zpages_write_extensionz,
    zpages_write_featurez;
