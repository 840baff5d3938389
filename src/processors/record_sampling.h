/*
 * Sampling of log records: what decides is their trace id or an attribute, and what has been
 * decided stands in attributes of theirs, sampling.randomness and sampling.threshold.
 */
#pragma once

#include "otlp/attributes.h"
#include "otlp/log_record.h"
#include "processors/sampler.h"

struct record_sampling {
    bool by_attribute;                /* hash_seed: what decides is the attribute */
    const char *attribute;            /* or NULL, "" */
    const char *percentage_attribute; /* whose number is the least percentage; or NULL, "" */
};

/* What the sampler is to know of a record. The text may have the key. */
void record_sampling_read(const struct record_sampling *settings, const struct sampler *sampler,
                          const struct log_record_view *record, struct buf *text,
                          struct sampler_item *item);

/* Appends the record with what was decided. The list is used for it. */
void record_sampling_write(const struct ot_member *ot, struct str record, struct attributes *list,
                           struct buf *out);
