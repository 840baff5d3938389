/*
 * Each is opened to append, so that all workers can write to the same file.
 */
#include "exporters/debug_output.h"

#include "base/log.h"
#include "base/log_output.h"

static bool add(struct debug_output *output, const char *path, struct error *err)
{
    struct log_output *opened = log_output_new(path, err);

    if (!opened)
        return error_prefix(err, "output_paths");
    output->at[output->count++] = opened;
    return true;
}

bool debug_output_open(struct debug_output *output, const struct string_list *paths,
                       struct error *err)
{
    if (paths->count == 0)
        return add(output, "stdout", err);
    for (size_t i = 0; i < paths->count && output->count < DEBUG_OUTPUTS_MAX; i++)
        if (!add(output, paths->at[i], err))
            return false;
    return true;
}

void debug_output_close(struct debug_output *output)
{
    for (size_t i = 0; i < output->count; i++)
        log_output_free(output->at[i]);
    output->count = 0;
}

void debug_output_write(const struct debug_output *output, const char *where, const char *line,
                        struct str block)
{
    for (size_t i = 0; i < output->count; i++)
        log_block_to(output->at[i], where, block, "%s", line);
}
