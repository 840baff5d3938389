/*
 * A queue of requests. The first slice of what finds it empty is done at once; as long as there is
 * more, an idle handle keeps the loop from sleeping.
 */
#include "exporters/viewer_answers.h"

#include <stdlib.h>
#include <time.h>

#include "base/list.h"
#include "base/mem.h"
#include "viewer/api.h"
#include "viewer/work.h"

enum { WAITING_MAX = 1000, RETRY_MS = 1000 };

struct asking {
    struct list node; /* in answers->waiting */
    struct request *request;
};

struct viewer_answers {
    uv_idle_t idle; /* runs while somebody waits */
    struct trace_store *store;
    struct list waiting; /* the first is the one whose turn it is */
    size_t count;
    struct api_call *call; /* of the first; NULL: not begun */
    struct api_answer answer;
};

static uint64_t unix_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void send_answer(struct request *request, struct api_answer *answer)
{
    request_answer(request, &(struct answer){
                                .code = GRPC_OK,
                                .status = answer->status,
                                .body = answer->body,
                                .type = answer->type,
                                .retry_after_ms = answer->status == 503 ? RETRY_MS : 0,
                                .disposition = answer->disposition[0] ? answer->disposition : NULL,
                            });
    api_answer_done(answer);
}

void viewer_answers_refuse(struct request *request, unsigned status, const char *why)
{
    struct api_answer answer;

    api_refuse(request_path(request), status, why, &answer);
    send_answer(request, &answer);
}

/* It waits no more: its request is the caller's. */
static struct request *take_out(struct viewer_answers *a, struct asking *asking)
{
    struct request *request = asking->request;

    list_remove(&asking->node);
    free(asking);
    a->count--;
    return request;
}

/* Whether the answer of the first is there. */
static bool answer_first(struct viewer_answers *a, struct request *request)
{
    if (a->call)
        return api_go_on(a->call, WORK_SLICE);
    a->call =
        api_begin(a->store, request_path(request), request_query(request), unix_ns(), &a->answer);
    return !a->call || api_go_on(a->call, WORK_SLICE);
}

/* Leaves what was begun for the first. */
static void stop_first(struct viewer_answers *a)
{
    if (!a->call)
        return;
    api_stop(a->call);
    api_answer_done(&a->answer);
    a->call = NULL;
}

static void drop(struct viewer_answers *a, struct asking *asking)
{
    viewer_answers_refuse(take_out(a, asking), 503, "otelc has no time for it now: try again");
}

static void go_on(struct viewer_answers *a)
{
    struct asking *first = LIST_ENTRY(a->waiting.next, struct asking, node);

    if (request_is_over(first->request)) {
        stop_first(a);
        drop(a, first);
    } else if (answer_first(a, first->request)) {
        struct api_answer answer = a->answer; /* another one may be asked for in there */

        a->call = NULL;
        send_answer(take_out(a, first), &answer);
    }
    if (a->count == 0)
        uv_idle_stop(&a->idle);
}

static void on_idle(uv_idle_t *idle)
{
    go_on(idle->data);
}

void viewer_answers_take(struct viewer_answers *a, struct request *request)
{
    struct asking *asking;

    if (a->count == WAITING_MAX) {
        viewer_answers_refuse(request, 503, "too many questions wait: try again");
        return;
    }
    asking = mem_alloc(sizeof(*asking));
    asking->request = request;
    list_push_back(&a->waiting, &asking->node);
    a->count++;
    uv_idle_start(&a->idle, on_idle);
    if (a->count == 1)
        go_on(a);
}

struct viewer_answers *viewer_answers_new(uv_loop_t *loop, struct trace_store *store)
{
    struct viewer_answers *a = mem_zero(sizeof(*a));

    a->store = store;
    list_init(&a->waiting);
    uv_idle_init(loop, &a->idle);
    a->idle.data = a;
    return a;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void viewer_answers_free(struct viewer_answers *a)
{
    if (!a)
        return;
    stop_first(a);
    for (struct list *node = a->waiting.next, *next; node != &a->waiting; node = next) {
        next = node->next;
        drop(a, LIST_ENTRY(node, struct asking, node));
    }
    uv_close((uv_handle_t *)&a->idle, on_closed);
}
