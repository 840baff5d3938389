/*
 * Which of all running collectors this process is.
 */
#pragma once

#include <stdint.h>

/* A random UUID, the same as long as the process lives: service.instance.id. */
const char *instance_id(void);

/* When that was made, which is when the process began: in ns since 1970. */
uint64_t instance_since_ns(void);
