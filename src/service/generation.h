/*
 * What one configuration's components are in one worker. A reload makes the next generation beside
 * the one that runs; components whose settings have not changed belong to both.
 *
 *     level n      receivers
 *     level n - 1  inlets, where data is kept on disk (pipeline/journal.h)
 *     level n - 2  fan-outs, of receivers of several pipelines
 *              ...  the same again, of pipelines that feed connectors
 *                   a connector, above it its relay, below it fan-outs to the pipelines that it
 * feeds level 3 ...  processors, and above each its relay where it needs one (pipeline/relay.h)
 *     level 2      fan-outs, of pipelines with several exporters
 *     level 1 ...  relays of exporters; overflows, of several exporters where data is kept on disk
 *                  (pipeline/overflow.h)
 *     level 0      exporters
 *
 * Started from level 0 upwards; extensions are made and started before, and end behind.
 */
#pragma once

#include "base/error.h"
#include "pipeline/worker.h"
#include "service/members.h"

struct link { /* for a kept component: what follows it in this generation */
    struct component *from, *to;
    enum signal signal;
    const char *not_served;
};

struct generation {
    struct worker *worker;
    struct configuration *configuration; /* one reference */
    struct members extensions;           /* in the order of service.extensions */
    struct component **extension_list;   /* the same, for the worker */
    struct members members;              /* level 0 first */
    struct link *links;
    size_t link_count, link_cap;
};

/*
 * Makes and starts what before (NULL: nothing) does not have. Kept components go on as they are
 * until generation_switch(). With its end the worker's extensions are this generation's. False and
 * *err: something cannot be made or started. Then *generation has what has been started, and what
 * is kept; the rest is destroyed at once, so that nothing comes to it.
 */
bool generation_build(struct generation *generation, struct configuration *configuration,
                      struct worker *worker, const struct generation *before, struct error *err);

/* Joins the kept components as this configuration says, and tells them. */
void generation_switch(struct generation *generation);

/* The worker finds this generation's extensions. */
void generation_offer_extensions(struct generation *generation);

/* Gives back the lists and the references to configurations, no components. */
void generation_done(struct generation *generation);
