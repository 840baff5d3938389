/*
 * Passwords whose hash is slow on purpose: looked at by libuv's threads, one at a time for each
 * worker, so that it goes on serving others whatever it is asked.
 *
 *     ask -> the same is being looked at?   yes: told when that is
 *              '-> the peer was wrong in the last minute, and such peers have had their share? BUSY
 *                    '-> too many wait, of all or of this peer?   BUSY
 *                          '-> waits -> a thread -> checked, told
 *
 * So who guesses costs a share of one thread, and is told "busy" soon. Peers that were not wrong
 * are always taken, unless the whole queue is full: then they too are told to come again.
 */
#pragma once

#include <uv.h>

#include "net/secret.h"
#include "pipeline/authenticator.h"

enum {
    SLOW_CHECKS_MAX = 16,    /* that wait or are under way */
    SLOW_CHECKS_OF_PEER = 4, /* ... of one address */
    SLOW_CHECKS_BURST = 8,   /* for peers that were wrong: at once */
    SLOW_CHECKS_A_SECOND = 1 /* ... and after that */
};

struct slow_checks;

struct slow_check {
    struct secret_digest digest; /* of the credentials */
    struct str password, hash;   /* copied */
};

/* checked comes once for each check that came to an end, before those who asked are told. */
struct slow_checks *slow_checks_new(uv_loop_t *loop,
                                    void (*checked)(void *arg, const struct secret_digest *digest,
                                                    bool right),
                                    void *arg);

/* Tells all who wait that we are busy. Takes NULL. */
void slow_checks_free(struct slow_checks *checks);

/* CREDENTIALS_LATER (told from the loop) or CREDENTIALS_BUSY. */
enum credentials slow_checks_ask(struct slow_checks *checks, const struct slow_check *check,
                                 const struct asker *asker);

/* The hashes have changed: what is being looked at ends as "busy", and is asked again. */
void slow_checks_outdate(struct slow_checks *checks);
