/*
 * What metrics say, as one text: for tests.
 */
#pragma once

#include <check.h>
#include <string.h>

#include "base/metrics.h"

struct metrics_question {
    const char *prefix;
    struct buf out;
};

static inline void metrics_tell(void *arg, const struct metric_reading *reading)
{
    struct metrics_question *question = arg;

    if (strncmp(reading->family->name, question->prefix, strlen(question->prefix)) != 0)
        return;
    buf_printf(&question->out, "%s{%s}=%lu\n", reading->family->name + strlen(question->prefix),
               reading->labels, (unsigned long)reading->value);
}

/* Those whose names begin with the prefix, which is left out, in lines; a histogram's sum. */
static inline void metrics_say(const char *prefix, const char *expected)
{
    struct metrics_question question = {.prefix = prefix};

    metrics_each(METRICS_DETAILED, metrics_tell, &question);
    ck_assert_str_eq(buf_text(&question.out), expected);
    buf_done(&question.out);
}
