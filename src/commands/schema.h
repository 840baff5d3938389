/*
 * `otelc schema`: the configuration as a JSON Schema (draft 7), with which editors complete it and
 * mark what is wrong.
 */
#pragma once

/* To stdout. */
void schema_print(void);
