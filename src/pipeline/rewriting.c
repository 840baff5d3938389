/*
 * Handing on what was rewritten, and what becomes of it back to who waits.
 */
#include "pipeline/rewriting.h"

enum { NO_ROOM_RETRY_MS = 1000 };

/* The batch that went on is settled: so is the one that came, which was held for it. */
static void on_settled(void *arg, struct result result)
{
    struct batch *came = arg;

    batch_settle(came, result);
    batch_unref(came);
}

/* The batch that came waits as the one that went on does, or has waited. */
static void wait_along(struct batch *came, struct batch *went)
{
    if (went->wait.holds > 0) {
        batch_hold(came);
        went->wait.settled = on_settled;
        went->wait.arg = batch_ref(came);
    } else if (went->wait.result.verdict != ACCEPTED) {
        batch_hold(came);
        batch_settle(came, went->wait.result);
    }
}

struct result rewrite_and_pass(struct component *self, struct batch *batch,
                               const struct rewriter *rewriter, void *arg)
{
    struct result result = result_accepted();
    struct batch *rewritten;

    if (!batch_rewrite(batch, rewriter, arg, &rewritten))
        return result_retry(NO_ROOM_RETRY_MS, "the memory budget is used up");
    if (rewritten->slice_count > 0) {
        result = component_pass(self, rewritten);
        if (rewritten != batch && result.verdict == ACCEPTED)
            wait_along(batch, rewritten);
    }
    batch_unref(rewritten);
    return result;
}
