/*
 * Which of all running collectors this process is.
 */
#pragma once

/* A random UUID, the same as long as the process lives: service.instance.id. */
const char *instance_id(void);
