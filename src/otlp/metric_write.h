/*
 * Writing metrics whose data points change.
 */
#pragma once

#include "otlp/metric.h"
#include "otlp/rewrite.h"

/* What becomes of a data point: as in a rewriter, for CHANGE the new message is appended to out. */
typedef enum rewrite metric_point_fn(void *arg, enum metric_kind kind, struct str point,
                                     struct buf *out);

/*
 * Asks for each data point. KEEP: none has changed; DROP: there were some, and none is left; else
 * the new Metric has been appended to out. It has the data that counts, where there was more.
 */
enum rewrite metric_rewrite(struct str metric, metric_point_fn *point, void *arg, struct buf *out);

/* The number of the field that a data point of this kind has its attributes in. */
uint32_t point_attributes_number(enum metric_kind kind);
