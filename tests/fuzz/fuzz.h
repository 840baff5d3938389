/*
 * What a fuzz target defines, for libFuzzer and for replay.c.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Takes any bytes; a finding aborts. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
