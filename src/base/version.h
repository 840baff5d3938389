/*
 * The program's version: told by --version, in the log, and to the servers that it talks to.
 */
#pragma once

#define OTELC_VERSION "0.1.0"
#define OTELC_DATE    "2026-11-23" /* of the manual page */
