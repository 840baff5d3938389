/*
 * The files that were rotated: how they are named, and which are too many or too old.
 */
#pragma once

#include "exporters/file_target.h"

/* Moves path away under a name with the time; false and errno. */
bool file_backups_add(const char *path, const struct file_rotation *rotation);

/* Deletes those beyond max_backups, and those older than max_days. */
void file_backups_prune(const char *path, const struct file_rotation *rotation);
