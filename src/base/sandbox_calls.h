/*
 * The system calls that are left (seccomp).
 */
#pragma once

#include <stdbool.h>

/* For the calling thread and those that it makes. 0, or a code of errno. */
int sandbox_calls_restrict(bool kill);
