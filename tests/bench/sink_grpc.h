/*
 * The sink's other half: OTLP by gRPC, as much of HTTP/2 as a well-behaved client needs. What the
 * fields of a header say is not looked at, so that HPACK has not to be read.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PREFACE_BYTES = 24 }; /* "PRI * HTTP/2.0" and so on */

struct grpc; /* a connection */

struct grpc *grpc_new(int fd); /* greets the client */
void grpc_free(struct grpc *grpc);

/*
 * Takes the frames that are whole and answers the calls that are; *used: bytes of them. spans:
 * told how many each call has, -1 where it is wrong. False: the connection is of no more use.
 */
bool grpc_take(struct grpc *grpc, const unsigned char *at, size_t len, size_t *used,
               void (*on_call)(int64_t spans, size_t bytes));
