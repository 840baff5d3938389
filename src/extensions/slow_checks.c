/*
 * A queue of checks in front of libuv's threads. The one that a thread has belongs to it: it may
 * outlive everything else.
 */
#include "extensions/slow_checks.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/mem.h"
#include "extensions/htpasswd.h"
#include "net/bucket.h"

enum { WRONG_PEERS = 256, WRONG_MS = 60000 };

struct network { /* a peer belongs to: the first 64 bits of an IPv6 address */
    unsigned char at[8];
};

struct waiter {
    struct list node;
    void (*told)(void *arg, enum credentials verdict);
    void *arg;
};

struct job {
    uv_work_t work;
    struct list node;           /* in checks->jobs */
    struct slow_checks *checks; /* NULL: nobody wants to know any more */
    struct list waiters;
    struct secret_digest digest;
    struct network network;
    bool outdated, right;
    size_t password_len, hash_len;
    char password[HTPASSWD_PASSWORD_MAX];
    char hash[HTPASSWD_HASH_MAX];
};

struct slow_checks {
    uv_loop_t *loop;
    void (*checked)(void *arg, const struct secret_digest *digest, bool right);
    void *arg;
    struct list jobs; /* the first is under way */
    size_t count;
    struct bucket guesses;
    struct wrong_peer {
        struct network network;
        uint64_t until_ms;
    } wrong[WRONG_PEERS];
};

/* ---- peers ---- */

static struct network network_of(const char *peer)
{
    struct network network = {{0}};
    unsigned char address[16];
    char host[INET6_ADDRSTRLEN] = "";
    const char *colon = strrchr(peer, ':');
    size_t len = colon ? (size_t)(colon - peer) : 0;

    if (len >= 2 && peer[0] == '[') { /* "[::1]:5000" */
        peer++;
        len -= 2;
    }
    if (len < sizeof(host))
        memcpy(host, peer, len);
    if (inet_pton(AF_INET6, host, address) == 1)
        memcpy(network.at, address, sizeof(network.at));
    else if (inet_pton(AF_INET, host, address) == 1)
        memcpy(network.at + 4, address, 4);
    return network;
}

static struct wrong_peer *wrong_peer(struct slow_checks *checks, const struct network *network)
{
    unsigned hash = 0;

    for (size_t i = 0; i < sizeof(network->at); i++)
        hash = hash * 31 + network->at[i];
    return &checks->wrong[hash % WRONG_PEERS];
}

static bool is_same(const struct network *a, const struct network *b)
{
    return memcmp(a->at, b->at, sizeof(a->at)) == 0;
}

static bool was_wrong(struct slow_checks *checks, const struct network *network)
{
    const struct wrong_peer *peer = wrong_peer(checks, network);

    return is_same(&peer->network, network) && uv_now(checks->loop) < peer->until_ms;
}

static size_t jobs_of(const struct slow_checks *checks, const struct network *network)
{
    size_t count = 0;

    for (struct list *node = checks->jobs.next; node != &checks->jobs; node = node->next)
        count += is_same(&LIST_ENTRY(node, struct job, node)->network, network);
    return count;
}

static bool has_room(struct slow_checks *checks, const struct network *network)
{
    if (checks->count >= SLOW_CHECKS_MAX || jobs_of(checks, network) >= SLOW_CHECKS_OF_PEER)
        return false;
    return !was_wrong(checks, network) || bucket_take(&checks->guesses, SLOW_CHECKS_BURST,
                                                      SLOW_CHECKS_A_SECOND, uv_now(checks->loop));
}

/* ---- jobs ---- */

/* Nobody waits for it afterwards: it is looked at no more. */
static void tell(struct job *job, enum credentials verdict)
{
    struct list *node, *next;

    for (node = job->waiters.next; node != &job->waiters; node = next) {
        struct waiter *waiter = LIST_ENTRY(node, struct waiter, node);

        next = node->next;
        waiter->told(waiter->arg, verdict);
        free(waiter);
    }
}

static void job_free(struct job *job)
{
    explicit_bzero(job, sizeof(*job));
    free(job);
}

static void look(uv_work_t *work) /* on a thread of libuv's */
{
    struct job *job = work->data;

    job->right = htpasswd_matches((struct str){job->hash, job->hash_len},
                                  (struct str){job->password, job->password_len});
}

static void on_looked(uv_work_t *work, int status);

static void begin_next(struct slow_checks *checks)
{
    struct job *job;

    if (list_empty(&checks->jobs))
        return;
    job = LIST_ENTRY(checks->jobs.next, struct job, node);
    uv_queue_work(checks->loop, &job->work, look, on_looked);
}

static void finish(struct slow_checks *checks, struct job *job)
{
    enum credentials verdict = job->right ? CREDENTIALS_RIGHT : CREDENTIALS_WRONG;

    list_remove(&job->node);
    checks->count--;
    if (job->outdated) {
        verdict = CREDENTIALS_BUSY;
    } else {
        checks->checked(checks->arg, &job->digest, job->right);
        if (!job->right)
            *wrong_peer(checks, &job->network) =
                (struct wrong_peer){job->network, uv_now(checks->loop) + WRONG_MS};
    }
    begin_next(checks);
    tell(job, verdict);
}

static void on_looked(uv_work_t *work, int status)
{
    struct job *job = work->data;

    (void)status; /* it is never cancelled */
    if (job->checks)
        finish(job->checks, job);
    job_free(job);
}

static struct job *job_new(struct slow_checks *checks, const struct slow_check *check,
                           const struct network *network)
{
    struct job *job = mem_zero(sizeof(*job));

    job->work.data = job;
    job->checks = checks;
    job->digest = check->digest;
    job->network = *network;
    job->password_len = check->password.len;
    job->hash_len = check->hash.len;
    memcpy(job->password, check->password.at, check->password.len);
    memcpy(job->hash, check->hash.at, check->hash.len);
    list_init(&job->waiters);
    list_push_back(&checks->jobs, &job->node);
    checks->count++;
    return job;
}

/* The one that looks at the same; NULL: none does. */
static struct job *find_job(struct slow_checks *checks, const struct secret_digest *digest)
{
    for (struct list *node = checks->jobs.next; node != &checks->jobs; node = node->next) {
        struct job *job = LIST_ENTRY(node, struct job, node);

        if (!job->outdated && secret_equal(&job->digest, digest))
            return job;
    }
    return NULL;
}

enum credentials slow_checks_ask(struct slow_checks *checks, const struct slow_check *check,
                                 const struct asker *asker)
{
    struct job *job = find_job(checks, &check->digest);
    struct network network = network_of(asker->peer);
    struct waiter *waiter;

    if (check->password.len > HTPASSWD_PASSWORD_MAX || check->hash.len > HTPASSWD_HASH_MAX)
        return CREDENTIALS_WRONG;
    if (!job) {
        if (!has_room(checks, &network))
            return CREDENTIALS_BUSY;
        job = job_new(checks, check, &network);
        if (checks->count == 1)
            begin_next(checks);
    }
    waiter = mem_zero(sizeof(*waiter));
    waiter->told = asker->told;
    waiter->arg = asker->arg;
    list_push_back(&job->waiters, &waiter->node);
    return CREDENTIALS_LATER;
}

void slow_checks_outdate(struct slow_checks *checks)
{
    for (struct list *node = checks->jobs.next; node != &checks->jobs; node = node->next)
        LIST_ENTRY(node, struct job, node)->outdated = true;
}

/* ---- all of them ---- */

struct slow_checks *slow_checks_new(uv_loop_t *loop,
                                    void (*checked)(void *arg, const struct secret_digest *digest,
                                                    bool right),
                                    void *arg)
{
    struct slow_checks *checks = mem_zero(sizeof(*checks));

    checks->loop = loop;
    checks->checked = checked;
    checks->arg = arg;
    list_init(&checks->jobs);
    return checks;
}

void slow_checks_free(struct slow_checks *checks)
{
    struct list *node, *next;

    if (!checks)
        return;
    for (node = checks->jobs.next; node != &checks->jobs; node = next) {
        struct job *job = LIST_ENTRY(node, struct job, node);

        next = node->next;
        job->checks = NULL;
        tell(job, CREDENTIALS_BUSY);
        if (node != checks->jobs.next) /* the thread still has the first */
            job_free(job);
    }
    free(checks);
}
