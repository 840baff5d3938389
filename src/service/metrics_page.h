/*
 * Serves the program's own metrics to Prometheus, as service.telemetry.metrics asks for: one for
 * each reader that pulls. To the service it is an extension that no section defines.
 */
#pragma once

#include "base/metric_text.h"
#include "pipeline/component.h"
#include "pipeline/server_settings.h"

struct metrics_page_settings {
    struct http_settings server;
    struct metric_text text;
};

extern const struct component_type metrics_page;
