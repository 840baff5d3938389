/*
 * A batch as bodies of POST /api/v2/spans, one after the other, each about as large as is wanted.
 */
#pragma once

#include "otlp/batch.h"
#include "zipkin/form.h"

struct zipkin_writer;

/* The batch and the name are borrowed. default_name: the service that a resource without a name is.
 * Never NULL. */
struct zipkin_writer *zipkin_writer_new(const struct batch *batch, const struct zipkin_form *form,
                                        struct str default_name);
void zipkin_writer_free(struct zipkin_writer *writer); /* takes NULL */

/*
 * Appends the next body, of up to so many spans (not 0), to an empty buffer; it goes beyond so many
 * bytes with its last span only. Returns how many spans it has: 0 when there are no more.
 */
size_t zipkin_writer_next(struct zipkin_writer *writer, size_t most_bytes, size_t most_spans,
                          struct buf *out);

/* Back to the spans of the body that came last. */
void zipkin_writer_again(struct zipkin_writer *writer);
