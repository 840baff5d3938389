/*
 * Which series a span counts in: those of its dimensions, as the settings have them.
 */
#pragma once

#include "connectors/series.h"
#include "connectors/spanmetrics_settings.h"
#include "otlp/batch.h"

/* The duration is in a family of its own where its dimensions are not those of the calls. */
enum { FAMILY_CALLS, FAMILY_DURATION, FAMILY_EVENTS };

struct spanmetrics_counter;

/* Borrows both. */
struct spanmetrics_counter *spanmetrics_counter_new(const struct spanmetrics_settings *settings,
                                                    struct series_table *table);
void spanmetrics_counter_free(struct spanmetrics_counter *counter); /* takes NULL */

/* Whether durations have a family of their own. */
bool spanmetrics_own_durations(const struct spanmetrics_settings *settings);

/* How many exemplars a series keeps. */
unsigned spanmetrics_exemplars(const struct spanmetrics_settings *settings);

/* Counts the spans of a batch. now_ms: by the loop's clock. */
void spanmetrics_counter_take(struct spanmetrics_counter *counter, const struct batch *batch,
                              uint64_t now_ms);
