/*
 * `otelc completion`: what shells complete.
 */
#pragma once

#include <stdbool.h>

/* The shell's script, to stdout, made from the text of --help; false: there is no such shell. */
bool completion_print(const char *shell, const char *usage_text);
