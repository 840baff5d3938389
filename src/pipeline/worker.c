/*
 * Finding an extension.
 */
#include "pipeline/worker.h"

#include <string.h>

#include "pipeline/component.h"

struct component *worker_extension(const struct worker *worker, const char *id)
{
    for (size_t i = 0; i < worker->extension_count; i++)
        if (strcmp(worker->extensions[i]->id, id) == 0)
            return worker->extensions[i];
    return NULL;
}
