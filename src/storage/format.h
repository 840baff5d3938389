/*
 * How segments and marks look on the disk. Numbers are little-endian; a checksum is XXH3 (64 bits)
 * with a seed.
 *
 *     head of a segment  "otelcseg", u32 version, u32 0, u64 id, u64 salt, u64 sum of these (0)
 *     record             frame, head, body, zeros up to a multiple of 8
 *     frame              u32 magic, u32 version, u32 length of the head, u32 length of the body,
 *                        u32 number, u32 at, u64 salt,
 *                        u64 sum of the body (seed: sum of the head (0)),
 *                        u64 sum of the 40 bytes before (the segment's id)
 *     mark               u64 number, u64 sum of it (the salt)
 *
 * The salt is random, another one for each segment: bytes in a body that look like a record, by
 * chance or because somebody sent them, are none; nor are marks of a segment that had the same id.
 * It stands in each record so that a damaged head costs no more than itself. With its own sum, a
 * frame's lengths are known to be right before anything is read by them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum { FORMAT_VERSION = 1, SEGMENT_HEAD = 40, RECORD_FRAME = 48, MARK = 16, RECORD_ALIGN = 8 };

struct segment_head {
    uint32_t version;
    uint64_t id, salt;
};

void segment_head_write(char to[SEGMENT_HEAD], const struct segment_head *head);
bool segment_head_read(struct segment_head *head, const char from[SEGMENT_HEAD]); /* any version */

struct record_frame {
    uint32_t head_len, body_len, number, at;
    uint64_t salt, sum;
};

/* The sum of a record's head and body. */
uint64_t record_sum(struct str head, struct str body);

/* All of a record, padding included. */
uint64_t record_size(uint32_t head_len, uint32_t body_len);

void record_frame_write(char to[RECORD_FRAME], const struct record_frame *frame, uint64_t segment);

/* False: no frame of this segment and version, or its lengths are beyond the limits. */
bool record_frame_read(struct record_frame *frame, const char from[RECORD_FRAME], uint64_t segment);

/* Whether a frame may begin so. */
bool record_frame_begins(const char from[4]);

void mark_write(char to[MARK], uint64_t number, uint64_t salt);
bool mark_read(uint64_t *number, const char from[MARK], uint64_t salt);
