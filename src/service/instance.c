#include "service/instance.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

enum { NS_PER_S = 1000000000 };

static char id[37];
static uint64_t since_ns;

static void make(void)
{
    struct timespec now;
    uint8_t b[16];

    clock_gettime(CLOCK_REALTIME, &now);
    since_ns = (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
    if (getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b))
        abort();                            /* never for so few bytes */
    b[6] = (uint8_t)(0x40 | (b[6] & 0x0f)); /* RFC 9562, 5.4: version 4 */
    b[8] = (uint8_t)(0x80 | (b[8] & 0x3f));
    snprintf(id, sizeof(id), "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
             b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
             b[14], b[15]);
}

static void make_once(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, make);
}

const char *instance_id(void)
{
    make_once();
    return id;
}

uint64_t instance_since_ns(void)
{
    make_once();
    return since_ns;
}
