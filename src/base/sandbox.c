/*
 * Modes, and Landlock: the folders are gathered while files are used at the start, and become the
 * rules when the first thread enters.
 */
#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/sandbox_calls.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#elif defined(__has_feature)
#define SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define SANITIZED false
#endif

/* Landlock's second and third version; Debian 12's header ends before the third. */
#define ACCESS_REFER    (1ULL << 13)
#define ACCESS_TRUNCATE (1ULL << 14)

enum { ACCESS_FIRST_VERSION = (1 << 13) - 1, FOLDERS_MAX = 256 };

#define ACCESS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define ACCESS_WRITE                                                                               \
    (ACCESS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |                \
     LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |  \
     LANDLOCK_ACCESS_FS_MAKE_DIR | ACCESS_REFER | ACCESS_TRUNCATE)

static const char where[] = "sandbox";

/* What libraries read while we run: names, certificates, modules of glibc's, the machine. */
static const char *const system_folders[] = {
    "/etc/", "/usr/", "/lib/", "/lib64/", "/proc/", "/sys/fs/cgroup/", "/sys/devices/system/cpu/"};
static const char *const system_files[] = {"/etc/resolv.conf", "/etc/hosts", "/dev/urandom",
                                           "/dev/random", "/dev/null"};

struct folder {
    char *path; /* owned; a file where the folder would be the root or /dev */
    bool write;
};

static struct {
    pthread_mutex_t lock;
    struct folder folders[FOLDERS_MAX];
    size_t count;
    bool wanted; /* sandbox_start() has found Landlock */
    bool sealed; /* a thread has entered: the rules are made */
    int version;
    int rules; /* the kernel's set of them; -1: none could be made */
} sandbox = {.lock = PTHREAD_MUTEX_INITIALIZER, .rules = -1};

static _Thread_local bool entered;

bool sandbox_mode_read(enum sandbox_mode *mode)
{
    static const char *const words[] = {"off", "on", "kill"};
    const char *word = getenv("OTELC_SANDBOX");

    *mode = SANDBOX_ON;
    if (!word || !*word)
        return true;
    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(word, words[i]) == 0) {
            *mode = (enum sandbox_mode)i;
            return true;
        }
    return false;
}

void sandbox_start(enum sandbox_mode mode)
{
    const struct rlimit no_core = {0, 0};
    int code;

    if (mode == SANDBOX_OFF || SANITIZED) {
        log_warn(where, SANITIZED
                            ? "off: sanitizers need more than it allows"
                            : "off, as OTELC_SANDBOX says: unset it where nothing is debugged");
        return;
    }
    setrlimit(RLIMIT_CORE, &no_core); /* payloads and keys are in our memory */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        log_warn(where,
                 "off: privileges cannot be given up: %s; see what surrounds the process (its "
                 "container)",
                 strerror(errno));
        return;
    }
    sandbox.version =
        (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    sandbox.wanted = sandbox.version > 0;
    code = sandbox_calls_restrict(mode == SANDBOX_KILL);
    if (code == 0 && sandbox.wanted)
        log_info(where, "on: system calls (seccomp) and files (Landlock) are restricted");
    if (code != 0)
        log_warn(where,
                 "system calls are not restricted: seccomp: %s; see what surrounds the process "
                 "(its container)",
                 strerror(code));
    if (!sandbox.wanted)
        log_warn(where,
                 "files are not restricted: this kernel has no Landlock, or it is off; Linux 5.13 "
                 "and newer have it (lsm=landlock,...)");
}

/* ---- gathering ---- */

static void add(const char *path, size_t len, bool write)
{
    struct folder *folder = NULL;

    for (size_t i = 0; i < sandbox.count && !folder; i++)
        if (strncmp(sandbox.folders[i].path, path, len) == 0 &&
            sandbox.folders[i].path[len] == '\0')
            folder = &sandbox.folders[i];
    if (!folder && sandbox.count == FOLDERS_MAX)
        return;
    if (!folder) {
        folder = &sandbox.folders[sandbox.count++];
        *folder = (struct folder){.path = mem_alloc(len + 1)};
        memcpy(folder->path, path, len);
        folder->path[len] = '\0';
    }
    folder->write = folder->write || write;
}

/* The folder of a file; the file itself where that would be too much. */
static void add_folder_of(const char *path, bool write)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 0;

    if (!slash)
        add(".", 1, write);
    else if (len == 0 || (len == 4 && memcmp(path, "/dev", 4) == 0))
        add(path, strlen(path), write);
    else
        add(path, len, write);
}

void sandbox_allow(const char *path, bool write)
{
    size_t len = strlen(path);
    bool is_folder = len > 0 && path[len - 1] == '/';
    char *target;

    pthread_mutex_lock(&sandbox.lock);
    if (!sandbox.sealed) {
        add_folder_of(path, write);
        target = is_folder ? NULL : realpath(path, NULL);
        if (target)
            add_folder_of(target, write);
        free(target);
    }
    pthread_mutex_unlock(&sandbox.lock);
}

/* ---- entering ---- */

static void add_rule(const struct folder *folder, uint64_t handled)
{
    uint64_t access = folder->write ? ACCESS_WRITE : ACCESS_READ;
    struct landlock_path_beneath_attr rule = {
        .parent_fd = open(folder->path, O_PATH | O_CLOEXEC),
    };

    if (rule.parent_fd < 0)
        return; /* it is not there */
    rule.allowed_access = access & handled;
    if (syscall(SYS_landlock_add_rule, sandbox.rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
        /* a file has no entries */
        rule.allowed_access &=
            LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_TRUNCATE;
        syscall(SYS_landlock_add_rule, sandbox.rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    }
    close(rule.parent_fd);
}

static void make_rules(void)
{
    struct landlock_ruleset_attr all = {.handled_access_fs = ACCESS_FIRST_VERSION};

    all.handled_access_fs |= sandbox.version >= 2 ? ACCESS_REFER : 0;
    all.handled_access_fs |= sandbox.version >= 3 ? ACCESS_TRUNCATE : 0;
    sandbox.rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
    for (size_t i = 0; i < sandbox.count; i++)
        add_rule(&sandbox.folders[i], all.handled_access_fs);
}

static void seal(void)
{
    for (size_t i = 0; i < sizeof(system_folders) / sizeof(system_folders[0]); i++)
        sandbox_allow(system_folders[i], false);
    for (size_t i = 0; i < sizeof(system_files) / sizeof(system_files[0]); i++)
        sandbox_allow(system_files[i], false);
    pthread_mutex_lock(&sandbox.lock);
    if (!sandbox.sealed)
        make_rules();
    sandbox.sealed = true;
    pthread_mutex_unlock(&sandbox.lock);
}

void sandbox_enter(void)
{
    if (entered || !sandbox.wanted)
        return;
    entered = true;
    seal();
    if (sandbox.rules < 0 || syscall(SYS_landlock_restrict_self, sandbox.rules, 0) != 0)
        log_warn(where,
                 "files are not restricted: Landlock: %s; see what surrounds the process (its "
                 "container)",
                 strerror(errno));
}

/* ---- telling ---- */

const char *sandbox_error(const char *path, bool write, int code)
{
    const char *slash = strrchr(path, '/');
    char folder[PATH_MAX];
    size_t len = slash ? (size_t)(slash - path) + 1 : 0;

    if (code != EACCES || !entered || len + 2 > sizeof(folder))
        return strerror(code);
    memcpy(folder, path, len);
    memcpy(folder + len, ".", 2);
    /* access() knows of modes, not of Landlock. */
    if (write ? access(folder, W_OK) != 0 : access(path, R_OK) != 0)
        return strerror(code);
    return "the sandbox keeps folders closed that were not in use at the start: restart otelc";
}
