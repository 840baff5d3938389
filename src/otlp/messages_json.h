/*
 * Answers of OTLP/HTTP as JSON; otlp/messages.h has them as protobuf.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "otlp/messages.h"
#include "otlp/signal.h"

/*
 * Export...ServiceResponse. rejected counts the items that were not taken, rejected_name is what
 * the signal calls that ("rejectedSpans"); why is for people, or NULL. With 0 and NULL it is {}.
 */
void message_put_export_json(struct buf *out, const char *rejected_name, uint64_t rejected,
                             const char *why);

/* google.rpc.Status; retry_after_ms adds a RetryInfo, except where it is MESSAGE_NO_RETRY. */
void message_put_status_json(struct buf *out, int grpc_code, const char *why,
                             unsigned retry_after_ms);

/*
 * Reads an Export...ServiceResponse of a signal; its text is in *read, to be given back with
 * bytes_unref by the caller. False: it is none.
 */
bool message_read_export_json(enum signal signal, struct str text, struct export_response *response,
                              struct bytes **read);
