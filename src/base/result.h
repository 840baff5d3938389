/*
 * What became of data that was handed over: accepted, refused for now, or refused for good.
 */
#pragma once

struct result { /* the receiver turns it into its protocol's answer */
    enum { ACCEPTED, RETRY_LATER, REJECTED } verdict;
    unsigned retry_after_ms; /* advice for RETRY_LATER; 0: none */
    const char *why;         /* a constant, or in a callback: valid inside it; NULL for ACCEPTED */
};

static inline struct result result_accepted(void)
{
    return (struct result){.verdict = ACCEPTED};
}

static inline struct result result_retry(unsigned after_ms, const char *why)
{
    return (struct result){.verdict = RETRY_LATER, .retry_after_ms = after_ms, .why = why};
}

static inline struct result result_rejected(const char *why)
{
    return (struct result){.verdict = REJECTED, .why = why};
}
