/*
 * Series of counters and histograms never go, and keep their order: two walks meet the same ones,
 * but for those that are new.
 */
#include "service/metric_baseline.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct counted {
    const struct metric_family *family;
    char *labels;
    uint64_t value, count;
    uint64_t *buckets; /* owned; NULL: it is no histogram */
};

static size_t bucket_count(const struct metric_family *family)
{
    return family->kind == FAMILY_HISTOGRAM ? family->bound_count + 1 : 0;
}

void metric_baseline_add(struct metric_baseline *baseline, const struct metric_reading *reading)
{
    size_t size = bucket_count(reading->family) * sizeof(reading->buckets[0]);
    struct counted *counted;

    baseline->at = mem_room(baseline->at, baseline->count, &baseline->cap, sizeof(*baseline->at));
    counted = &baseline->at[baseline->count++];
    *counted = (struct counted){
        .family = reading->family,
        .labels = mem_text(reading->labels),
        .value = reading->value,
        .count = reading->count,
    };
    if (size == 0)
        return;
    counted->buckets = mem_alloc(size);
    memcpy(counted->buckets, reading->buckets, size);
}

void metric_baseline_subtract(struct metric_baseline *baseline, struct metric_reading *reading,
                              uint64_t *buckets)
{
    const struct counted *before = &baseline->at[baseline->next];

    if (baseline->next == baseline->count || before->family != reading->family ||
        strcmp(before->labels, reading->labels) != 0)
        return; /* a new one */
    baseline->next++;
    reading->value -= before->value;
    reading->count -= before->count;
    for (size_t i = 0; i < bucket_count(reading->family); i++)
        buckets[i] -= before->buckets[i];
}

void metric_baseline_done(struct metric_baseline *baseline)
{
    for (size_t i = 0; i < baseline->count; i++) {
        free(baseline->at[i].labels);
        free(baseline->at[i].buckets);
    }
    free(baseline->at);
    *baseline = (struct metric_baseline){0};
}
