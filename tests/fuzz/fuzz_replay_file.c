/*
 * Files that `otelc replay` reads: any bytes end, what comes out is of OTLP, and no memory is left.
 */
#include <assert.h>

#include "base/budget.h"
#include "commands/replay_file.h"
#include "fuzz/fuzz.h"
#include "otlp/shape.h"
#include "otlp/times.h"

struct content {
    const uint8_t *at;
    size_t len;
};

static ssize_t read_some(void *arg, void *to, size_t len, uint64_t at)
{
    const struct content *content = arg;

    if (at >= content->len)
        return 0;
    len = len < content->len - at ? len : (size_t)(content->len - at);
    memcpy(to, content->at + at, len);
    return (ssize_t)len;
}

static void look_at(struct replay_item *item)
{
    const struct shape *shape = signal_words[item->payload->signal].request;
    struct bytes *body = item->payload->bodies[0];

    assert(item->payload->item_count > 0);
    times_move(shape, body->at, body->len, (int64_t)times_latest(shape, bytes_str(body)));
    payload_unref(item->payload);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct content content = {data, size};
    struct replay_file *file =
        replay_file_new(&(struct replay_source){.read = read_some, .arg = &content, .size = size});
    enum replay_answer answer;
    struct replay_item item;
    size_t count = 0;

    do {
        answer = replay_file_next(file, &item);
        assert(answer != REPLAY_NO_ROOM || budget_limit() < SIZE_MAX);
        if (answer == REPLAY_REQUEST)
            look_at(&item);
        else
            assert(!item.payload && (answer != REPLAY_SKIPPED || item.why[0]));
        assert(count++ <= size + 1);
    } while (answer == REPLAY_REQUEST || answer == REPLAY_SKIPPED);
    replay_file_free(file);
    assert(budget_used() == 0);
    return 0;
}
