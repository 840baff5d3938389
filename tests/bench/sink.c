/*
 * A backend for measurements: takes POSTs of Thrift batches, as Jaeger does, or calls of OTLP by
 * gRPC, counts their spans, answers well. Every batch is walked to its last byte, so that what is
 * counted was really there. It costs far less than what it measures.
 *
 *     sink            prints "listening on 127.0.0.1:PORT"
 *     GET anything    "SPANS POSTS BYTES WRONG", the totals so far
 *     SIGTERM         prints the same and ends
 *
 * One thread, one epoll. A connection's buffer holds the body from its start, without the framing
 * of chunks, and behind it what is not read yet.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "sink_grpc.h"

enum { READ_BYTES = 256 * 1024, MAX_DEPTH = 16 };

struct totals {
    uint64_t spans, posts, bytes, wrong;
};

struct connection {
    int fd;
    char *data;
    size_t room, len; /* of data */
    size_t at;        /* read up to here */
    size_t body;      /* [0, body) is the body so far */
    uint64_t left;    /* bytes of the body, or of its chunk, that are still to come */
    enum { HEAD, BODY, CHUNK_SIZE, CHUNK, CHUNK_END, TRAILERS, GRPC } state;
    bool is_post;
    struct grpc *grpc; /* of GRPC */
};

static struct totals totals;

/* ---- Thrift, the binary protocol: each function returns what follows, NULL where it is wrong ----
 */

enum { STRING = 11, STRUCT = 12, LIST = 15, TYPES = 16 };

static const unsigned char *skip_bytes(const unsigned char *at, const unsigned char *end,
                                       size_t count)
{
    return (size_t)(end - at) < count ? NULL : at + count;
}

static uint32_t load32(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Skips a value; spans: where to put the count of the list that is field 2 of this struct. */
static const unsigned char *skip(const unsigned char *at, const unsigned char *end, unsigned type,
                                 unsigned depth, uint64_t *spans)
{
    static const unsigned char sizes[TYPES] = {
        [2] = 1, [3] = 1, [4] = 8, [6] = 2, [8] = 4, [10] = 8};
    unsigned field, inner;
    uint32_t count;

    if (type >= TYPES || depth > MAX_DEPTH)
        return NULL;
    if (sizes[type] > 0)
        return skip_bytes(at, end, sizes[type]);
    switch (type) {
    case STRING:
        return end - at < 4 ? NULL : skip_bytes(at + 4, end, load32(at));
    case STRUCT:
        while (at && at < end && (type = *at++) != 0) {
            if (end - at < 2)
                return NULL;
            field = (unsigned)at[0] << 8 | at[1];
            if (spans && field == 2 && type == LIST && end - at >= 7)
                *spans = load32(at + 3);
            at = skip(at + 2, end, type, depth + 1, NULL);
        }
        return type == 0 ? at : NULL;
    case LIST:
        if (end - at < 5)
            return NULL;
        inner = at[0];
        count = load32(at + 1);
        for (at += 5; at && count > 0; count--)
            at = skip(at, end, inner, depth + 1, NULL);
        return at;
    default:
        return NULL;
    }
}

static void count_batch(const char *body, size_t len)
{
    const unsigned char *at = (const unsigned char *)body, *end = at + len;
    uint64_t spans = 0;

    totals.posts++;
    totals.bytes += len;
    if (len > 0 && skip(at, end, STRUCT, 0, &spans) == end)
        totals.spans += spans;
    else
        totals.wrong++;
}

static void count_call(int64_t spans, size_t bytes)
{
    totals.posts++;
    totals.bytes += bytes;
    if (spans >= 0)
        totals.spans += (uint64_t)spans;
    else
        totals.wrong++;
}

/* ---- HTTP/1.1, as much as a well-behaved client needs ---- */

/* Text is small and the socket is empty: it always fits. */
static bool reply(int fd, const char *text)
{
    size_t len = strlen(text);

    return write(fd, text, len) == (ssize_t)len;
}

static bool finish_request(struct connection *c)
{
    char line[160], text[320];

    c->state = HEAD;
    if (c->is_post) {
        count_batch(c->data, c->body);
        return reply(c->fd, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
    }
    snprintf(line, sizeof(line), "%llu %llu %llu %llu\n", (unsigned long long)totals.spans,
             (unsigned long long)totals.posts, (unsigned long long)totals.bytes,
             (unsigned long long)totals.wrong);
    snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(line),
             line);
    return reply(c->fd, text);
}

/* The line that begins at c->at, NUL-terminated in place; NULL: not all of it is there yet. */
static char *next_line(struct connection *c)
{
    char *line = c->data + c->at, *end = memchr(line, '\n', c->len - c->at);

    if (end == NULL)
        return NULL;
    c->at = (size_t)(end + 1 - c->data);
    *end = '\0';
    if (end > line && end[-1] == '\r')
        end[-1] = '\0';
    return line;
}

static bool read_head(struct connection *c)
{
    char *line = next_line(c);

    c->is_post = strncmp(line, "POST ", 5) == 0;
    c->state = BODY;
    c->left = 0;
    c->body = 0;
    while (*(line = next_line(c)) != '\0') {
        if (strncasecmp(line, "content-length:", 15) == 0)
            c->left = strtoull(line + 15, NULL, 10);
        else if (strncasecmp(line, "transfer-encoding:", 18) == 0)
            c->state = CHUNK_SIZE;
        else if (strncasecmp(line, "expect:", 7) == 0)
            if (!reply(c->fd, "HTTP/1.1 100 Continue\r\n\r\n"))
                return false;
    }
    return true;
}

/* Moves bytes of the body to where they belong; true when all of this piece has come. */
static bool take_body(struct connection *c)
{
    size_t count = c->len - c->at;

    if (count > c->left)
        count = c->left;
    memmove(c->data + c->body, c->data + c->at, count);
    c->body += count;
    c->at += count;
    c->left -= count;
    return c->left == 0;
}

/* Reads on as far as the bytes reach; false: the connection is of no more use. */
static bool advance(struct connection *c)
{
    size_t used;
    char *line;

    for (;;) {
        switch (c->state) {
        case GRPC:
            if (!grpc_take(c->grpc, (const unsigned char *)c->data + c->at, c->len - c->at, &used,
                           count_call))
                return false;
            c->at += used;
            return true;
        case HEAD:
            if (c->len - c->at >= 4 && memcmp(c->data + c->at, "PRI ", 4) == 0) {
                if (c->len - c->at < PREFACE_BYTES)
                    return true;
                c->at += PREFACE_BYTES;
                c->grpc = grpc_new(c->fd);
                c->state = GRPC;
                break;
            }
            if (memmem(c->data + c->at, c->len - c->at, "\r\n\r\n", 4) == NULL)
                return true;
            if (!read_head(c))
                return false;
            break;
        case BODY:
            if (!take_body(c))
                return true;
            if (!finish_request(c))
                return false;
            break;
        case CHUNK_SIZE:
            line = next_line(c);
            if (line == NULL)
                return true;
            c->left = strtoull(line, NULL, 16);
            c->state = c->left > 0 ? CHUNK : TRAILERS;
            break;
        case CHUNK:
            if (!take_body(c))
                return true;
            c->state = CHUNK_END;
            break;
        case CHUNK_END:
            if (next_line(c) == NULL)
                return true;
            c->state = CHUNK_SIZE;
            break;
        case TRAILERS:
            line = next_line(c);
            if (line == NULL)
                return true;
            if (*line == '\0' && !finish_request(c))
                return false;
            break;
        }
    }
}

/* ---- sockets ---- */

static bool on_readable(struct connection *c)
{
    size_t rest = c->len - c->at;
    ssize_t got;

    if (c->state == HEAD || c->state == GRPC)
        c->body = 0;
    if (rest > 0)
        memmove(c->data + c->body, c->data + c->at, rest);
    c->at = c->body;
    c->len = c->body + rest;
    if (c->room < c->len + READ_BYTES) {
        c->room = 2 * c->room + READ_BYTES;
        c->data = realloc(c->data, c->room);
        if (c->data == NULL)
            abort();
    }
    got = read(c->fd, c->data + c->len, c->room - c->len);
    if (got <= 0)
        return got < 0 && (errno == EAGAIN || errno == EINTR);
    c->len += (size_t)got;
    return advance(c);
}

static int listen_on_loopback(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 128) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
        perror("sink");
        exit(1);
    }
    printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static void watch(int epoll, int fd, void *what)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};

    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        abort();
}

static void accept_one(int epoll, int listener)
{
    struct connection *c = calloc(1, sizeof(*c));
    int one = 1;

    if (c == NULL)
        abort();
    c->fd = accept(listener, NULL, NULL);
    if (c->fd < 0) {
        free(c);
        return;
    }
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    watch(epoll, c->fd, c);
}

int main(void)
{
    int epoll = epoll_create1(0), listener = listen_on_loopback(), signals;
    struct epoll_event event;
    struct connection *c;
    sigset_t ends;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    signals = signalfd(-1, &ends, 0);
    watch(epoll, listener, &listener);
    watch(epoll, signals, &signals);
    for (;;) {
        if (epoll_wait(epoll, &event, 1, -1) != 1)
            continue;
        if (event.data.ptr == &signals)
            break;
        if (event.data.ptr == &listener) {
            accept_one(epoll, listener);
            continue;
        }
        c = event.data.ptr;
        if (!on_readable(c)) {
            close(c->fd);
            grpc_free(c->grpc);
            free(c->data);
            free(c);
        }
    }
    printf("%llu %llu %llu %llu\n", (unsigned long long)totals.spans,
           (unsigned long long)totals.posts, (unsigned long long)totals.bytes,
           (unsigned long long)totals.wrong);
    return 0;
}
