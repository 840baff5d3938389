/*
 * For processors that rewrite: the batch goes on as the calls have left it.
 */
#pragma once

#include "otlp/rewrite.h"
#include "pipeline/component.h"

/*
 * A consume() for processors: rewrites the batch and hands the rest of it to what follows. Who
 * waits for the batch that came (batch_hold) waits for the one that went on. Refused for now where
 * the memory budget has no room; accepted where nothing is left.
 */
struct result rewrite_and_pass(struct component *self, struct batch *batch,
                               const struct rewriter *rewriter, void *arg);
