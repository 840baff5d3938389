/*
 * Messages by chance, of any type that proto/ describes.
 */
#pragma once

#include "otlp/signal.h"
#include "unit/random_request.h"

/*
 * Appends a valid request of a signal: a few resources, scopes and items, with whatever they can
 * have. Now and then an id has a wrong length.
 */
void random_signal_request(struct dice *dice, enum signal signal, struct buf *out);
