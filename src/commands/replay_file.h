/*
 * Reads what the file exporter has written, ours or the official one's, and tells from the content
 * what it is:
 *
 *     {"resourceSpans": ...}\n    a request of OTLP/JSON in each line
 *     0x00 0x00 0x01 0x2c ...     requests with their length in front, 4 bytes, highest first:
 *                                 protobuf, OTLP/JSON, or one of them compressed by zstd
 *
 * What is damaged is told and passed over; reading goes on with the next message that is whole.
 */
#pragma once

#include <sys/types.h>

#include "otlp/payload.h"

struct replay_source {
    /* Up to len bytes from an offset on, as pread(); 0 at the end, negative and errno. */
    ssize_t (*read)(void *arg, void *to, size_t len, uint64_t at);
    void *arg;
    uint64_t size;
};

enum replay_answer {
    REPLAY_REQUEST, /* item->payload: one reference */
    REPLAY_SKIPPED, /* item->why */
    REPLAY_NO_ROOM, /* the memory budget is used up: the same again, later */
    REPLAY_END
};

enum { REPLAY_WHY_MAX = 320 };

struct replay_item {
    uint64_t line; /* from 1; 0: the file has none, then at */
    uint64_t at;   /* offset */
    struct payload *payload;
    uint64_t rejected;        /* items of it that were left out */
    char why[REPLAY_WHY_MAX]; /* of what is skipped, and of items that were left out */
};

struct replay_file;

/* Never NULL. */
struct replay_file *replay_file_new(const struct replay_source *source);
void replay_file_free(struct replay_file *file); /* takes NULL */

enum replay_answer replay_file_next(struct replay_file *file, struct replay_item *item);
