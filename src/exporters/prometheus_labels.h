/*
 * The labels of one series: gathered from where they come, then written in one order, so that the
 * text is the series' name as well.
 */
#pragma once

#include "exporters/prometheus_names.h"
#include "otlp/span.h"

enum label_rank {                    /* of two of one name the higher one counts */
                  LABEL_OF_POINT,    /* attributes of data points */
                  LABEL_OF_RESOURCE, /* those of the resource, where the settings make them labels
                                      */
                  LABEL_OF_SCOPE,    /* otel_scope_... */
                  LABEL_OF_TARGET,   /* job, instance */
                  LABEL_OF_THE_SETTINGS /* const_labels */
};

struct prometheus_label {
    struct str key; /* as it came; borrowed */
    enum label_rank rank;
    uint32_t name_at, name_len, value_at, value_len; /* in the text */
};

struct prometheus_labels { /* zeroed: none */
    struct prometheus_label *at;
    size_t count, cap;
    struct buf text, scratch;
    const struct prometheus_label **sorted;
    size_t sorted_cap;
};

struct labels_mark {
    size_t count, len;
};

void prometheus_labels_done(struct prometheus_labels *labels);

/* The name of a label is made of its key; the value is copied. */
void prometheus_labels_add(struct prometheus_labels *labels, enum label_rank rank, struct str key,
                           struct str value);

/* ... of an attribute, with a prefix before its key. reserved: names that parts of the metric have
 * ("le"), NULL-terminated: such a label is called "exported_le". */
void prometheus_labels_add_attribute(struct prometheus_labels *labels, enum label_rank rank,
                                     const char *prefix, const char *const *reserved,
                                     const struct attribute_view *attribute);

/* For what many series begin with: back to how it was. */
static inline struct labels_mark prometheus_labels_mark(const struct prometheus_labels *labels)
{
    return (struct labels_mark){labels->count, labels->text.len};
}

static inline void prometheus_labels_cut(struct prometheus_labels *labels, struct labels_mark mark)
{
    labels->count = mark.count;
    labels->text.len = mark.len;
}

/* Appends all, as a="x",b="y", in the order of their names. Values of one name and rank are joined
 * by ";", in the order of their keys. */
void prometheus_labels_write(struct prometheus_labels *labels, struct buf *out);

/* Appends a number: the fewest digits that read back to it; NaN, +Inf, -Inf. */
void prometheus_number(struct buf *out, double number);
