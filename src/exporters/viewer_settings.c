/*
 * The keys of the viewer.
 */
#include "exporters/viewer_settings.h"

#define PORT       "16686"
#define KEPT_HERE  "traces are kept here: nothing waits and nothing is sent"
#define MEMORY_MAX 1024
#define MAX_TRACES 1000000

const struct field viewer_fields[] = {
    FIELD_STRING(struct viewer_settings, pages.server.endpoint, "endpoint", "localhost:" PORT,
                 "host:port where the page and Jaeger's query API are served"),
    PAGES_HOSTS_FIELD,
    FIELD_UINT(struct viewer_settings, max_memory_mib, "max_memory_mib", "64", 1, MEMORY_MAX,
               "what the traces may take; never more than a quarter of the memory budget"),
    FIELD_UINT(struct viewer_settings, max_traces, "max_traces", "10000", 1, MAX_TRACES,
               "beyond it, or beyond the memory, the oldest traces go"),
    HTTP_SERVER_FIELDS,
    FIELD_IGNORED("sending_queue", KEPT_HERE),
    FIELD_IGNORED("retry_on_failure", KEPT_HERE),
    FIELD_IGNORED("timeout", KEPT_HERE),
    FIELD_END,
};

void viewer_check(void *settings, const struct node *node, struct problems *problems)
{
    pages_settings_check(&((struct viewer_settings *)settings)->pages, PORT, node, problems);
}
