/*
 * Bytes from and to structs.
 */
#include "storage/format.h"

#include <endian.h>
#include <string.h>

#include <xxhash.h>

#include "storage/spool.h"

enum { RECORD_MAGIC = 0x7ec0be9b }; /* no text, no protobuf that is valid */

static const char segment_magic[8] = {'o', 't', 'e', 'l', 'c', 's', 'e', 'g'};

static void put32(char *to, uint32_t value)
{
    value = htole32(value);
    memcpy(to, &value, sizeof(value));
}

static void put64(char *to, uint64_t value)
{
    value = htole64(value);
    memcpy(to, &value, sizeof(value));
}

static uint32_t get32(const char *from)
{
    uint32_t value;

    memcpy(&value, from, sizeof(value));
    return le32toh(value);
}

static uint64_t get64(const char *from)
{
    uint64_t value;

    memcpy(&value, from, sizeof(value));
    return le64toh(value);
}

static uint64_t sum(const void *bytes, size_t len, uint64_t seed)
{
    return XXH3_64bits_withSeed(bytes, len, seed);
}

void segment_head_write(char to[SEGMENT_HEAD], const struct segment_head *head)
{
    memcpy(to, segment_magic, sizeof(segment_magic));
    put32(to + 8, head->version);
    put32(to + 12, 0);
    put64(to + 16, head->id);
    put64(to + 24, head->salt);
    put64(to + 32, sum(to, 32, 0));
}

bool segment_head_read(struct segment_head *head, const char from[SEGMENT_HEAD])
{
    head->version = get32(from + 8);
    head->id = get64(from + 16);
    head->salt = get64(from + 24);
    return memcmp(from, segment_magic, sizeof(segment_magic)) == 0 &&
           get64(from + 32) == sum(from, 32, 0);
}

uint64_t record_sum(struct str head, struct str body)
{
    return sum(body.at, body.len, sum(head.at, head.len, 0));
}

uint64_t record_size(uint32_t head_len, uint32_t body_len)
{
    uint64_t size = (uint64_t)RECORD_FRAME + head_len + body_len;

    return (size + RECORD_ALIGN - 1) / RECORD_ALIGN * RECORD_ALIGN;
}

void record_frame_write(char to[RECORD_FRAME], const struct record_frame *frame, uint64_t segment)
{
    put32(to, RECORD_MAGIC);
    put32(to + 4, FORMAT_VERSION);
    put32(to + 8, frame->head_len);
    put32(to + 12, frame->body_len);
    put32(to + 16, frame->number);
    put32(to + 20, frame->at);
    put64(to + 24, frame->salt);
    put64(to + 32, frame->sum);
    put64(to + 40, sum(to, 40, segment));
}

bool record_frame_begins(const char from[4])
{
    return get32(from) == RECORD_MAGIC;
}

bool record_frame_read(struct record_frame *frame, const char from[RECORD_FRAME], uint64_t segment)
{
    if (!record_frame_begins(from) || get32(from + 4) != FORMAT_VERSION ||
        get64(from + 40) != sum(from, 40, segment))
        return false;
    frame->head_len = get32(from + 8);
    frame->body_len = get32(from + 12);
    frame->number = get32(from + 16);
    frame->at = get32(from + 20);
    frame->salt = get64(from + 24);
    frame->sum = get64(from + 32);
    return frame->head_len <= SPOOL_HEAD_MAX && frame->body_len <= SPOOL_BODY_MAX;
}

void mark_write(char to[MARK], uint64_t number, uint64_t salt)
{
    put64(to, number);
    put64(to + 8, sum(to, 8, salt));
}

bool mark_read(uint64_t *number, const char from[MARK], uint64_t salt)
{
    *number = get64(from);
    return get64(from + 8) == sum(from, 8, salt);
}
