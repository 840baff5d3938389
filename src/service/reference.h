/*
 * The reference of all settings, printed from the components' tables of fields.
 */
#pragma once

/* Markdown to stdout: what docs/configuration.md holds. */
void reference_print(void);
