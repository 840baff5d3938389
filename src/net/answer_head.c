/*
 * Fields that are told more than once: the last one counts.
 */
#include "net/answer_head.h"

#include <curl/curl.h>
#include <stdio.h>
#include <time.h>

enum { RETRY_AFTER_MAX_S = 300 };

static uint64_t retry_after(struct str value)
{
    uint64_t seconds = 0;
    char text[64];

    if (!str_to_uint(value, UINT64_MAX, &seconds)) {
        time_t when, now = time(NULL);

        if (value.len >= sizeof(text) || value.len < 16) /* shorter than any date */
            return 0;
        snprintf(text, sizeof(text), "%.*s", STR_ARG(value));
        when = curl_getdate(text, NULL);
        if (when <= now) /* -1 as well: not a date */
            return 0;
        seconds = (uint64_t)(when - now);
    }
    return (seconds < RETRY_AFTER_MAX_S ? seconds : RETRY_AFTER_MAX_S) * 1000;
}

bool answer_head_line(struct answer_head *head, struct str line)
{
    static const char *const names[NOTES] = {
        [NOTE_STATUS] = "grpc-status",
        [NOTE_MESSAGE] = "grpc-message",
        [NOTE_DETAILS] = "grpc-status-details-bin",
    };
    struct str name, value;
    const char *colon;

    head->bytes += line.len;
    if (head->bytes > HTTP_HEADERS_MAX)
        return false;
    while (line.len > 0 && (line.at[line.len - 1] == '\n' || line.at[line.len - 1] == '\r'))
        line.len--;
    colon = line.len > 0 ? memchr(line.at, ':', line.len) : NULL;
    if (!colon)
        return true;
    name = (struct str){line.at, (size_t)(colon - line.at)};
    value = str_trim((struct str){colon + 1, line.len - name.len - 1});
    if (str_eq_nocase(name, STR("retry-after")))
        head->retry_after_ms = retry_after(value);
    for (int i = 0; i < NOTES; i++)
        if (str_eq_nocase(name, str_of(names[i]))) {
            buf_reset(&head->notes[i]);
            buf_append_str(&head->notes[i], value);
        }
    return true;
}

void answer_head_reset(struct answer_head *head)
{
    head->retry_after_ms = 0;
    for (int i = 0; i < NOTES; i++)
        buf_reset(&head->notes[i]);
}

void answer_head_done(struct answer_head *head)
{
    for (int i = 0; i < NOTES; i++)
        buf_done(&head->notes[i]);
}
