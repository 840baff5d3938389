/*
 * Reading, and telling what is wrong without telling a secret.
 */
#include "extensions/secret_file.h"

void secret_file_refuse(struct secret_file *file, const char *why)
{
    log_limited(&file->log, LOG_WARN, file->where,
                "%s has changed, what was in it stays in force: %s; mend it, and it is read again",
                file->path, why);
}

bool secret_file_renew(struct secret_file *file, uint64_t now_ms, struct buf *text)
{
    struct buf content = {0};
    const char *why;

    if (!file->path || !file_watch_changed(&file->watch, file->path, now_ms))
        return false;
    if (!file_read(file->path, true, &content, &why)) {
        secret_file_refuse(file, why);
        buf_wipe(&content);
        return false;
    }
    buf_wipe(text);
    *text = content;
    return true;
}

bool secret_file_read(const char *path, struct buf *text, struct error *err)
{
    const char *why;

    return file_read(path, true, text, &why) || error_set(err, "cannot read %s: %s", path, why);
}
