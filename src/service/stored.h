/*
 * What is kept on disk: which journal stands before what, by the exporters that ask for one.
 */
#pragma once

#include "service/builder.h"

/* Fills in the storage that each pipeline asks for: the first of an exporter of its own, or of one
 * behind a connector that passes on what it takes. */
void stored_find(struct builder *b);

/* The journal of a receiver's inlet for a signal: the first that is asked for behind it; or NULL.
 */
struct journal *stored_behind(const struct builder *b, const struct component_entry *receiver,
                              enum signal signal);

/* The journal that is to keep what an exporter cannot take while others go on. NULL: none is asked
 * for, or it is alone, and nothing has been left for it. */
struct journal *stored_overflow(const struct builder *b, const struct component_entry *exporter);
