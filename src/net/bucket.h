/*
 * A bucket of tokens: so many at once, and so many a second after that. For what a peer may do, but
 * not without end.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct bucket {
    uint64_t at_ms; /* when spent was last right */
    uint64_t spent; /* thousandths of a token that are taken and have not flowed back */
};

/* Takes a token: false where the bucket is empty. A zeroed bucket is full. */
static inline bool bucket_take(struct bucket *bucket, unsigned burst, unsigned per_second,
                               uint64_t now_ms)
{
    uint64_t back = now_ms > bucket->at_ms ? (now_ms - bucket->at_ms) * per_second : 0;

    bucket->spent -= back < bucket->spent ? back : bucket->spent;
    bucket->at_ms = now_ms;
    if (bucket->spent + 1000 > (uint64_t)burst * 1000)
        return false;
    bucket->spent += 1000;
    return true;
}
