/*
 * Each is opened to append, so that all workers can write to the same file.
 */
#include "exporters/debug_output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sandbox.h"

static int open_path(const char *path)
{
    if (strcmp(path, "stdout") == 0)
        return STDOUT_FILENO;
    if (strcmp(path, "stderr") == 0)
        return STDERR_FILENO;
    sandbox_allow(path, true);
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
}

bool debug_output_open(struct debug_output *output, const struct string_list *paths,
                       struct error *err)
{
    if (paths->count == 0)
        output->fds[output->count++] = STDOUT_FILENO;
    for (size_t i = 0; i < paths->count && output->count < DEBUG_OUTPUTS_MAX; i++) {
        int fd = open_path(paths->at[i]);

        if (fd < 0)
            return error_set(err, "output_paths: cannot write to %s: %s", paths->at[i],
                             sandbox_error(paths->at[i], true, errno));
        output->fds[output->count++] = fd;
    }
    return true;
}

void debug_output_close(struct debug_output *output)
{
    for (size_t i = 0; i < output->count; i++)
        if (output->fds[i] > STDERR_FILENO)
            close(output->fds[i]);
    output->count = 0;
}

void debug_output_write(const struct debug_output *output, const char *where, const char *line,
                        struct str block)
{
    for (size_t i = 0; i < output->count; i++)
        log_block_to(output->fds[i], where, block, "%s", line);
}
