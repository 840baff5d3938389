/*
 * What a reload leaves as it is.
 */
#pragma once

#include "service/generation.h"

/*
 * The member of the generation before that goes on as the component of an entry: it has the same
 * settings, and the extensions that these name go on too. NULL: the component is to be made. The
 * extensions of the generation that is being built have to be there.
 */
const struct member *kept_find(const struct generation *building, const struct generation *before,
                               const struct component_entry *entry,
                               const struct pipeline_entry *pipeline);
