/*
 * What a scraper takes, by the header fields of its request.
 */
#pragma once

#include "base/metadata.h"

/* Whether OpenMetrics 1.0 is liked at least as well as the text format. fields: may be NULL. */
bool prometheus_accepts_open_metrics(const struct bytes *fields);

bool prometheus_accepts_gzip(const struct bytes *fields);
