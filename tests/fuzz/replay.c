/*
 * Runs a fuzz target over files, without a fuzzer: replay [FILE or DIRECTORY]...
 *
 * Without arguments over its corpus, CORPUS, which the build defines; an absent one is empty.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "fuzz/fuzz.h"

static unsigned inputs;

static bool replay_file(const char *path)
{
    FILE *file = fopen(path, "re");
    struct buf content = {0};
    uint8_t *exact;
    size_t got;

    if (!file) {
        perror(path);
        return false;
    }
    while ((got = fread(buf_reserve(&content, 65536), 1, 65536, file)) > 0)
        content.len += got;
    fclose(file);
    exact = malloc(content.len > 0 ? content.len : 1); /* so that reading beyond is seen */
    if (!exact)
        abort();
    if (content.len > 0)
        memcpy(exact, content.at, content.len);
    fprintf(stderr, "%s\n", path); /* the last line names the input that aborts */
    LLVMFuzzerTestOneInput(exact, content.len);
    inputs++;
    free(exact);
    buf_done(&content);
    return true;
}

static bool replay(const char *path)
{
    struct dirent **entries;
    struct stat status;
    bool good = true;
    int count;

    if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode))
        return replay_file(path);
    count = scandir(path, &entries, NULL, alphasort);
    if (count < 0) {
        perror(path);
        return false;
    }
    for (int i = 0; i < count; i++) {
        char inner[4096];

        snprintf(inner, sizeof(inner), "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.')
            good = replay_file(inner) && good;
        free(entries[i]);
    }
    free(entries);
    return good;
}

int main(int argc, char **argv)
{
    struct stat status;
    bool good = true;

    if (argc == 1 && stat(CORPUS, &status) == 0)
        good = replay(CORPUS);
    for (int i = 1; i < argc; i++)
        good = replay(argv[i]) && good;
    fprintf(stderr, "%u inputs\n", inputs);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
