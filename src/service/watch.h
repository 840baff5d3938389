/*
 * Looks whether the files of a configuration change.
 */
#pragma once

#include <uv.h>

#include "config/source.h"

struct watch;

/* changed comes some time after one of the files was written, replaced or linked anew, once for
 * changes that come together. The paths are copied. */
struct watch *watch_new(uv_loop_t *loop, const struct config_file *files,
                        void (*changed)(void *arg), void *arg);

/* Memory goes when the handles are closed. Takes NULL. */
void watch_free(struct watch *watch);
