/*
 * A window of the file is in memory: a line, or a message and the places where the next ones could
 * begin.
 */
#include "commands/replay_file.h"

#include <errno.h>
#include <stdlib.h>

#include "base/budget.h"
#include "base/mem.h"
#include "commands/replay_message.h"

enum {
    CHUNK = 256 << 10,
    PREFIX = 4 /* bytes of a length */
};

struct replay_file {
    struct replay_source source;
    enum { UNKNOWN, LINES, FRAMES, ENDED } kind;
    uint64_t at;   /* offset of the next line or message */
    uint64_t line; /* its number, of LINES */
    struct {       /* bytes of the file */
        char *bytes;
        uint64_t at;
        size_t len, cap;
    } window;
    enum signal signal; /* of the request before */
    int error;          /* of the read that failed; 0: none has */
};

struct replay_file *replay_file_new(const struct replay_source *source)
{
    struct replay_file *file = mem_zero(sizeof(*file));

    file->source = *source;
    file->line = 1;
    return file;
}

static void window_release(struct replay_file *file)
{
    free(file->window.bytes);
    budget_release(file->window.cap);
    file->window.bytes = NULL;
    file->window.len = file->window.cap = 0;
}

void replay_file_free(struct replay_file *file)
{
    if (!file)
        return;
    window_release(file);
    free(file);
}

/* ---- the window ---- */

static bool window_grow(struct replay_file *file, size_t cap)
{
    if (cap <= file->window.cap)
        return true;
    cap = cap < 2 * file->window.cap ? 2 * file->window.cap : cap;
    if (!budget_reserve(cap - file->window.cap))
        return false;
    file->window.bytes = mem_grow(file->window.bytes, cap);
    file->window.cap = cap;
    return true;
}

/* Reads on behind the window's content, up to len bytes of it in all. */
static void window_fill(struct replay_file *file, size_t len)
{
    while (file->window.len < len) {
        ssize_t got = file->source.read(file->source.arg, file->window.bytes + file->window.len,
                                        len - file->window.len, file->window.at + file->window.len);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            file->error = errno;
        if (got <= 0)
            return;
        file->window.len += (size_t)got;
    }
}

/*
 * Up to len bytes of the file from an offset on: fewer at its end. False: no room for them. Good
 * until the next call.
 */
static bool look(struct replay_file *file, uint64_t at, size_t len, struct str *bytes)
{
    uint64_t behind = file->window.at + file->window.len;

    if (at < file->window.at || at > behind) {
        file->window.at = at;
        file->window.len = 0;
    } else if (at + len > file->window.at + file->window.cap) {
        file->window.len = (size_t)(behind - at);
        if (file->window.len > 0)
            memmove(file->window.bytes, file->window.bytes + (at - file->window.at),
                    file->window.len);
        file->window.at = at;
    }
    if (at + len > file->window.at + file->window.len) {
        size_t wanted = (size_t)(at - file->window.at) + (len > CHUNK ? len : CHUNK);

        if (!window_grow(file, wanted))
            return false;
        window_fill(file, wanted);
    }
    behind = file->window.at + file->window.len;
    if (at + len > behind)
        len = (size_t)(behind - at);
    *bytes = (struct str){0};
    if (len > 0)
        *bytes = (struct str){file->window.bytes + (at - file->window.at), len};
    return true;
}

/* ---- lines ---- */

/* The line at file->at, without its end; *next: behind it. NO_ROOM, SKIPPED (too long) or
 * REQUEST. */
static enum replay_answer find_line(struct replay_file *file, struct str *line, uint64_t *next)
{
    size_t len = CHUNK, searched = 0;
    const char *end = NULL;

    for (;;) {
        if (!look(file, file->at, len, line))
            return REPLAY_NO_ROOM;
        if (line->len > searched)
            end = memchr(line->at + searched, '\n', line->len - searched);
        if (end || line->len < len || len >= REPLAY_MESSAGE_MAX)
            break;
        searched = line->len;
        len *= 2;
    }
    if (end)
        line->len = (size_t)(end - line->at);
    *next = file->at + line->len + (end ? 1 : 0);
    return end || line->len < REPLAY_MESSAGE_MAX ? REPLAY_REQUEST : REPLAY_SKIPPED;
}

/* Behind the end of a line that is too long to be kept. */
static bool pass_line(struct replay_file *file)
{
    struct str some;

    do {
        const char *end;

        if (!look(file, file->at, CHUNK, &some))
            return false;
        end = some.len > 0 ? memchr(some.at, '\n', some.len) : NULL;
        file->at += end ? (size_t)(end - some.at) + 1 : some.len;
        if (end)
            return true;
    } while (some.len > 0);
    return true;
}

static enum replay_answer next_line(struct replay_file *file, struct replay_item *item)
{
    for (;;) {
        enum replay_answer answer;
        struct str line;
        uint64_t next;

        item->line = file->line;
        item->at = file->at;
        answer = find_line(file, &line, &next);
        if (answer == REPLAY_SKIPPED) {
            window_release(file);
            if (!pass_line(file))
                return REPLAY_NO_ROOM;
            file->line++;
            return replay_skip(item, "longer than %d MiB", REPLAY_MESSAGE_MAX >> 20);
        }
        if (answer == REPLAY_NO_ROOM)
            return answer;
        if (next == file->at)
            return REPLAY_END;
        line = str_strip(line);
        if (line.len > 0)
            answer = replay_read_json(&file->signal, line, item);
        if (answer == REPLAY_NO_ROOM)
            return answer;
        file->at = next;
        file->line++;
        if (line.len > 0)
            return answer;
    }
}

/* ---- messages with their length in front ---- */

static uint64_t length_in(struct str bytes)
{
    const unsigned char *at = (const unsigned char *)bytes.at;

    return (uint64_t)at[0] << 24 | (uint64_t)at[1] << 16 | (uint64_t)at[2] << 8 | at[3];
}

/* Up to eight bytes from anywhere in the file, without moving the window. */
static struct str peek(struct replay_file *file, uint64_t at, char bytes[2 * PREFIX])
{
    uint64_t behind = file->window.at + file->window.len;
    ssize_t len;

    if (at >= file->window.at && at + 2 * PREFIX <= behind)
        return (struct str){file->window.bytes + (at - file->window.at), 2 * PREFIX};
    len = file->source.read(file->source.arg, bytes, 2 * PREFIX, at);
    return (struct str){bytes, len > 0 ? (size_t)len : 0};
}

/* Whether a message could begin here, or the file ends; *len is the message's. */
static bool could_begin(struct replay_file *file, uint64_t at, uint64_t *len)
{
    char bytes[2 * PREFIX];
    struct str head;

    *len = 0;
    if (at >= file->source.size)
        return at == file->source.size;
    head = peek(file, at, bytes);
    if (head.len < PREFIX)
        return false;
    *len = length_in(head);
    if (*len > REPLAY_MESSAGE_MAX || *len > file->source.size - at - PREFIX)
        return false;
    head = (struct str){head.at + PREFIX, head.len - PREFIX};
    return *len == 0 || (head.len > 0 && (head.at[0] == '\n' || head.at[0] == '{')) ||
           replay_is_zstd(head);
}

/* The next place from which on two messages could stand behind each other; the end, if none.
 * False: no room. */
static bool find_message(struct replay_file *file, uint64_t from, uint64_t *found)
{
    uint64_t len, next_len;
    struct str window;

    for (*found = from; *found < file->source.size; ++*found) {
        if (!look(file, *found, 2 * PREFIX, &window))
            return false;
        if (could_begin(file, *found, &len) && len > 0 &&
            could_begin(file, *found + PREFIX + len, &next_len))
            return true;
    }
    return true;
}

/* Goes on behind what is damaged, at the place given or where a message begins after it. */
static enum replay_answer go_on(struct replay_file *file, uint64_t place)
{
    uint64_t found = place, len;

    if (!could_begin(file, place, &len) && !find_message(file, file->at + 1, &found))
        return REPLAY_NO_ROOM;
    file->at = found;
    return REPLAY_SKIPPED;
}

static enum replay_answer next_frame(struct replay_file *file, struct replay_item *item)
{
    uint64_t size = file->source.size, len;
    enum replay_answer answer;
    struct str head, message;

    item->at = file->at;
    if (file->at >= size)
        return REPLAY_END;
    if (!look(file, file->at, PREFIX, &head))
        return REPLAY_NO_ROOM;
    len = head.len == PREFIX ? length_in(head) : 0;
    if (head.len < PREFIX || len > REPLAY_MESSAGE_MAX || len > size - file->at - PREFIX) {
        replay_skip(item, len > REPLAY_MESSAGE_MAX
                              ? "no message begins here, nor from here to the next one"
                              : "the file ends within this message, or its length is damaged");
        return go_on(file, size + 1);
    }
    if (!look(file, file->at + PREFIX, (size_t)len, &message))
        return REPLAY_NO_ROOM;
    if (message.len < len) {
        file->kind = ENDED;
        return replay_skip(item, "the file has become shorter");
    }
    answer = replay_read_message(&file->signal, message, item);
    if (answer == REPLAY_SKIPPED)
        return go_on(file, file->at + PREFIX + len);
    if (answer == REPLAY_REQUEST)
        file->at += PREFIX + len;
    return answer;
}

/* ---- all of it ---- */

/* What the first bytes tell. */
static enum replay_answer recognize(struct replay_file *file, struct replay_item *item)
{
    struct str head;
    uint64_t found, len;

    if (!look(file, 0, CHUNK, &head))
        return REPLAY_NO_ROOM;
    if (str_starts(head, STR("\xef\xbb\xbf")))
        file->at = 3;
    file->kind = ENDED;
    if (head.len > 0)
        head = str_strip((struct str){head.at + file->at, head.len - (size_t)file->at});
    if (head.len == 0)
        return replay_skip(item, "it is empty");
    if (replay_is_zstd(head) || str_starts(head, STR("\x1f\x8b")))
        return replay_skip(item, "it is compressed as a whole: unpack it first (%s -d)",
                           replay_is_zstd(head) ? "zstd" : "gzip");
    file->kind = head.at[0] == '{' ? LINES : FRAMES;
    if (file->kind == LINES || could_begin(file, 0, &len))
        return REPLAY_REQUEST;
    if (memmem(head.at, head.len, "\n{\"", 3)) { /* its first line is damaged */
        file->kind = LINES;
        return REPLAY_REQUEST;
    }
    if (!find_message(file, 1, &found)) {
        file->kind = UNKNOWN;
        return REPLAY_NO_ROOM;
    }
    if (found < file->source.size)
        return REPLAY_REQUEST; /* which tells of the beginning */
    file->kind = ENDED;
    return replay_skip(item, "it has neither lines of OTLP/JSON nor messages with their length in "
                             "front: is it a file of the exporter file?");
}

enum replay_answer replay_file_next(struct replay_file *file, struct replay_item *item)
{
    enum replay_answer answer = REPLAY_REQUEST;

    *item = (struct replay_item){0};
    if (file->kind == UNKNOWN)
        answer = recognize(file, item);
    if (answer == REPLAY_REQUEST)
        answer = file->kind == LINES    ? next_line(file, item)
                 : file->kind == FRAMES ? next_frame(file, item)
                                        : REPLAY_END;
    if (file->error != 0 && file->kind != ENDED && !item->payload) {
        file->kind = ENDED;
        return replay_skip(item, "cannot be read: %s", strerror(file->error));
    }
    if (answer == REPLAY_NO_ROOM)
        window_release(file); /* it may be what takes the room */
    return answer;
}
