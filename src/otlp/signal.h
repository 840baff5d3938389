/*
 * OTLP's signals: what a pipeline, a request and a batch are of.
 */
#pragma once

enum signal { TRACES, METRICS, LOGS, SIGNAL_KINDS };

struct signal_words {     /* for messages */
    const char *name;     /* "traces" */
    const char *items;    /* what is counted: "spans" */
    const char *rejected; /* what OTLP/JSON calls those that were not taken */
    const struct shape *request;
};

extern const struct signal_words signal_words[SIGNAL_KINDS];
