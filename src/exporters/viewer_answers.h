/*
 * Who has asked the viewer, and waits: one after the other is answered, a slice of the work (see
 * viewer/work.h) in each round of the loop, so that spans come in meanwhile.
 */
#pragma once

#include <uv.h>

#include "net/server.h"
#include "viewer/trace_store.h"

struct viewer_answers;

/* The store is borrowed, and asked by nobody else. */
struct viewer_answers *viewer_answers_new(uv_loop_t *loop, struct trace_store *store);

/* Those that still wait are refused. Takes NULL. */
void viewer_answers_free(struct viewer_answers *answers);

/* Answers the request, at once or later. */
void viewer_answers_take(struct viewer_answers *answers, struct request *request);

/* why: with what to do. */
void viewer_answers_refuse(struct request *request, unsigned status, const char *why);
