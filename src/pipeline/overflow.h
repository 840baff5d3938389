/*
 * What stands in front of an exporter where others are behind the same journal
 * (pipeline/journal.h): what that exporter cannot take for now waits on disk for it alone, in a
 * lane of the journal, while the others go on.
 *
 *     fan-out -> overflow ---------------- passed on ---------------> exporter
 *                   |                                                   ^
 *                   '-- refused, or too much held --> written and       | read back in order
 *                       synced; the record that it came by is done -----'
 *
 * Else what one exporter does not take would stay in memory for it, until the journal had no memory
 * for the data of the others. While the lane is behind, all that comes for the exporter goes by it.
 */
#pragma once

#include "pipeline/journal.h"

/* Before an exporter (borrowed, as its id and where), which takes all signals that come. Reading
 * begins when it is started. NULL and *err: its lane cannot be opened. */
struct component *overflow_new(struct journal *journal, struct component *exporter,
                               struct error *err);

/* Whether a component is an overflow, and in front of this exporter. */
bool overflow_leads_to(const struct component *component, const struct component *exporter);
