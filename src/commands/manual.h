/*
 * `otelc reference --man`: the manual page otelc(1).
 */
#pragma once

/* To stdout, made from the text of --help. */
void manual_print(const char *usage_text);
