/*
 * Receives nothing: a placeholder in configurations.
 */
#include "pipeline/component.h"

const struct component_type nop_receiver = {
    .name = "nop",
    .kind = RECEIVER,
    .signals = SIGNALS_ALL,
    .help = "receives nothing",
    STATELESS_COMPONENT,
};
