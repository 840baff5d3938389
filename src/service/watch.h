/*
 * Looks whether the files of a configuration change.
 */
#pragma once

#include <stdbool.h>
#include <uv.h>

#include "config/source.h"

struct watch;

/* changed comes some time after one of the files was written, replaced or linked anew, once for
 * changes that come together. The paths are copied. */
struct watch *watch_new(uv_loop_t *loop, const struct config_file *files,
                        void (*changed)(void *arg), void *arg);

/* Whether it looks at just these files: then it sees also what happened to them meanwhile. */
bool watch_is_of(struct watch *watch, const struct config_file *files);

/* Memory goes when the handles are closed. Takes NULL. */
void watch_free(struct watch *watch);
