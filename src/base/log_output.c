/*
 * What others gave us (stdout, stderr) is not made non-blocking, since they share it. poll() tells
 * of room instead: a pipe then takes PIPE_BUF bytes without waiting, a terminal a few hundred.
 */
#include "base/log_output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/least.h"
#include "base/mem.h"
#include "base/sandbox.h"

enum { PATIENCE_MS = 200, TERMINAL_PIECE = 256 };

struct log_output {
    char *path;   /* owned: as it was given */
    int fd;       /* owned where it is a file's */
    size_t piece; /* bytes that are written at a time; SIZE_MAX: all */
    bool terminal;
    bool torn; /* the last line was written in part */
    uint64_t lost;
};

static const char *file_name(const char *path)
{
    return strncmp(path, "file://", 7) == 0 ? path + 7 : path;
}

/* -1 and errno. */
static int open_path(const char *path)
{
    if (strcmp(path, "stdout") == 0)
        return STDOUT_FILENO;
    if (strcmp(path, "stderr") == 0)
        return STDERR_FILENO;
    path = file_name(path);
    sandbox_allow(path, true);
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
}

static void look_at(struct log_output *output)
{
    struct stat about;

    output->terminal = isatty(output->fd);
    output->piece = output->terminal ? TERMINAL_PIECE : PIPE_BUF;
    if (fstat(output->fd, &about) == 0 && S_ISREG(about.st_mode))
        output->piece = SIZE_MAX;
}

static void close_fd(const struct log_output *output)
{
    if (output->fd > STDERR_FILENO)
        close(output->fd);
}

static int open_or_tell(const char *path, struct error *err)
{
    int fd = open_path(path), code = errno;

    if (fd < 0)
        error_set(err, "cannot write to %s: %s%s", path, sandbox_error(file_name(path), true, code),
                  code == ENOENT ? ": make its folder" : "");
    return fd;
}

struct log_output *log_output_new(const char *path, struct error *err)
{
    int fd = open_or_tell(path, err);
    struct log_output *output;

    if (fd < 0)
        return NULL;
    output = mem_zero(sizeof(*output));
    output->path = mem_text(path);
    output->fd = fd;
    look_at(output);
    return output;
}

void log_output_free(struct log_output *output)
{
    if (!output)
        return;
    close_fd(output);
    free(output->path);
    free(output);
}

bool log_output_reopen(struct log_output *output, struct error *err)
{
    int fd = open_or_tell(output->path, err);

    if (fd < 0)
        return false;
    close_fd(output);
    output->fd = fd;
    look_at(output);
    return true;
}

const char *log_output_path(const struct log_output *output)
{
    return output->path;
}

bool log_output_has_colours(const struct log_output *output)
{
    const char *refused = getenv("NO_COLOR"), *terminal = getenv("TERM");

    return output->terminal && !(refused && *refused) &&
           !(terminal && strcmp(terminal, "dumb") == 0);
}

uint64_t log_output_lost(const struct log_output *output)
{
    return output->lost;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* False: there is no room until then. */
static bool wait_for_room(int fd, int64_t until_ms)
{
    struct pollfd room = {.fd = fd, .events = POLLOUT};
    int ready;

    do {
        int64_t left_ms = until_ms - now_ms();

        ready = poll(&room, 1, left_ms > 0 ? (int)left_ms : 0);
    } while (ready < 0 && errno == EINTR);
    return ready != 0; /* what else is wrong, the write tells */
}

/* Returns how much was written; errno where that is not all, 0: no room. */
static size_t write_pieces(const struct log_output *output, struct str bytes, int64_t until_ms)
{
    size_t done = 0;

    while (done < bytes.len) {
        ssize_t written;

        if (!wait_for_room(output->fd, until_ms)) {
            errno = 0;
            break;
        }
        written = write(output->fd, bytes.at + done, least(bytes.len - done, output->piece));
        if (written < 0 && (errno == EINTR || errno == EAGAIN) && now_ms() < until_ms)
            continue;
        if (written < 0) {
            errno = errno == EINTR || errno == EAGAIN ? 0 : errno;
            break;
        }
        done += (size_t)written;
    }
    return done;
}

bool log_output_write(struct log_output *output, struct str bytes, unsigned lines,
                      struct error *err)
{
    int64_t until_ms = now_ms() + (output->lost > 0 ? 0 : PATIENCE_MS);
    size_t done = 0;

    if (!output->torn || write_pieces(output, STR("\n"), until_ms) == 1) {
        output->torn = false;
        done = write_pieces(output, bytes, until_ms);
    }
    if (done == bytes.len) {
        output->lost = 0;
        return true;
    }
    output->torn = output->torn || done > 0;
    output->lost += lines;
    return error_set(err, "cannot write to %s: %s", output->path,
                     errno == 0 ? "it is full, as nobody reads it" : strerror(errno));
}
