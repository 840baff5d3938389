/*
 * A batch as it stands in a file: a line of OTLP/JSON for each request, or requests with their
 * length in front, as 4 bytes with the highest first.
 */
#pragma once

#include "base/buf.h"
#include "exporters/file_settings.h"
#include "otlp/batch.h"

struct file_encoder; /* used by one thread at a time */

/* Never NULL. Nothing of the settings is kept. */
struct file_encoder *file_encoder_new(const struct file_settings *settings);
void file_encoder_free(struct file_encoder *encoder); /* takes NULL */

/* Appends the batch: one message, or several of 16 MiB of protobuf each. */
void file_encode(struct file_encoder *encoder, const struct batch *batch, struct buf *out);
