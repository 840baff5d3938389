/*
 * One message of a file: what it is of, and its payload.
 */
#pragma once

#include "commands/replay_file.h"

enum { REPLAY_MESSAGE_MAX = 256 << 20 /* bytes in the file, and when it is decompressed */ };

/* Says why; returns REPLAY_SKIPPED. */
enum replay_answer replay_skip(struct replay_item *item, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

bool replay_is_zstd(struct str bytes); /* as far as the first ones tell */

/*
 * A line of JSON that is not empty; or a message of any form. REQUEST, SKIPPED or NO_ROOM. *last:
 * the signal of the message before, which is tried first; it becomes this one's.
 */
enum replay_answer replay_read_json(enum signal *last, struct str json, struct replay_item *item);
enum replay_answer replay_read_message(enum signal *last, struct str message,
                                       struct replay_item *item);
