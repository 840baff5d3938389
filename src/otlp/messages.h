/*
 * The messages that are not per span: answers to exports, the details of an error, health checks.
 * The writers append one message to a buffer that belongs to the caller.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/*
 * Export{Trace,Metrics,Logs}ServiceResponse: on the wire the three are the same. rejected counts
 * the items that were not taken; why is for people: UTF-8, or NULL. With 0 and NULL all is well,
 * and the message is empty: 0 bytes.
 */
void message_put_export_response(struct buf *out, uint64_t rejected, const char *why);

enum { MESSAGE_NO_RETRY = 0 };

/*
 * google.rpc.Status, for the trailer grpc-status-details-bin and for the body of an HTTP error. why
 * is for people: UTF-8. retry_after_ms adds a RetryInfo, except where it is MESSAGE_NO_RETRY.
 */
void message_put_status(struct buf *out, int grpc_code, const char *why, unsigned retry_after_ms);

/*
 * Reads the message of a google.rpc.Status, without copying. False, and nothing set: these bytes
 * are none, or have no message; it may be text of a server that is none of OTLP's.
 */
bool message_read_status(struct str message, struct str *why);

struct export_response { /* what a peer says of a request that it has taken */
    uint64_t rejected;   /* items that it has not */
    struct str why;      /* for people; empty: none */
};

/* Reads an Export...ServiceResponse, without copying. False: these bytes are none. */
bool message_read_export_response(struct str message, struct export_response *response);

/*
 * Reads a grpc.health.v1.HealthCheckRequest, without copying: service is a range of the message,
 * empty where the health of the whole server is asked for. False: these bytes are no such message.
 */
bool message_read_health_request(struct str message, struct str *service);

/* As grpc.health.v1.HealthCheckResponse has them; the last one is Watch()'s. */
enum serving { SERVING_UNKNOWN, SERVING, NOT_SERVING, SERVICE_UNKNOWN };

void message_put_health_response(struct buf *out, enum serving status);
