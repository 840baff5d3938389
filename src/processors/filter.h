/*
 * The conditions of a filter, compiled for one worker.
 */
#pragma once

#include "processors/ottl_rules.h"

struct filter; /* the conditions of one worker */

/* Of rules that were checked, which it borrows. NULL: *err says why. */
struct filter *filter_new(const struct ottl_rules *rules, struct error *err);
void filter_free(struct filter *filter); /* takes NULL */

bool filter_has(const struct filter *filter, enum signal signal, enum ottl_context context);

/* Whether a condition about the context is true. where: for the log. */
bool filter_drops(struct filter *filter, enum signal signal, enum ottl_context context,
                  const struct ottl_data *data, const char *where);

/* Some conditions refuse data when they cannot be told. */
bool filter_propagates(const struct filter *filter);

/* Of those: why, since it was last asked; NULL: none has. */
const char *filter_failure(struct filter *filter);
