/*
 * Components that record what happens to them: receivers r, processors p, exporters x, extensions e
 * and e_lasting, connectors c; processors one and exporters one_x, for which data is brought to
 * worker 0. Their settings: v (a number, shown behind the name where it is not 1), fails (start()
 * does), needs (an extension).
 */
#pragma once

#include "base/buf.h"
#include "pipeline/component.h"

struct configuration;

extern const struct component_type *const probe_types[];

/* "start exporters/x; drain receivers/r=1; bequeath exporters/x=1 exporters/x=2; ..." */
extern struct buf probe_events;

extern const char *probe_slow; /* "processors/p": its drain waits for probe_finish(); NULL: none */
extern const char *probe_refuses; /* "exporters/x": refuses for now what comes to it; NULL: none */

/* The instance that was made last, of those that are not destroyed. Fails the test where there is
 * none. */
struct component *probe_at(const char *where);

/* The drain of this one is over. */
void probe_finish(struct component *probe);

/* How many there are. */
size_t probe_count(void);

/* The two texts of YAML as one configuration. */
struct configuration *probes_load(const char *components, const char *pipelines);
