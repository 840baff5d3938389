/*
 * Each test runs in a process of its own, which stays restricted until it ends: with _exit(), as
 * what Check does at the end of a test is not allowed.
 */
#include "unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <seccomp.h>

#include "base/sandbox.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

static bool has_landlock(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

static void make_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(close(fd), 0);
}

/* 0, or why a file cannot be opened to read. */
static int open_code(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return errno;
    close(fd);
    return 0;
}

/* The working directory is a new one; "in" and "out" are folders there. */
static void make_folders(void)
{
    char path[] = "/tmp/test-sandbox-XXXXXX";

    ck_assert_ptr_nonnull(mkdtemp(path));
    ck_assert_int_eq(chdir(path), 0);
    ck_assert_int_eq(mkdir("in", 0700) | mkdir("out", 0700), 0);
    make_file("in/file");
    make_file("out/file");
}

START_TEST(the_mode_is_a_word)
{
    static const struct {
        const char *word;
        bool good;
        enum sandbox_mode mode;
    } cases[] = {{"on", true, SANDBOX_ON}, {"off", true, SANDBOX_OFF}, {"kill", true, SANDBOX_KILL},
                 {"", true, SANDBOX_ON},   {"On", false, SANDBOX_ON},  {"true", false, SANDBOX_ON}};
    enum sandbox_mode mode;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        setenv("OTELC_SANDBOX", cases[i].word, 1);
        ck_assert_int_eq(sandbox_mode_read(&mode), cases[i].good);
        ck_assert_int_eq(mode, cases[i].mode);
    }
    unsetenv("OTELC_SANDBOX");
    ck_assert(sandbox_mode_read(&mode));
    ck_assert_int_eq(mode, SANDBOX_ON);
}
END_TEST

START_TEST(what_could_do_harm_is_refused)
{
    static const struct {
        const char *name;
        long number, arguments[3];
        int code;
    } cases[] = {
        {"execve", SYS_execve, {0, 0, 0}, EPERM},
        {"execveat", SYS_execveat, {-1, 0, 0}, EPERM},
        {"clone without CLONE_THREAD", SYS_clone, {SIGCHLD, 0, 0}, EPERM},
        {"clone3", SYS_clone3, {0, 0, 0}, ENOSYS},
        {"ptrace", SYS_ptrace, {0, 0, 0}, EPERM},
        {"process_vm_readv", SYS_process_vm_readv, {1, 0, 0}, EPERM},
        {"process_vm_writev", SYS_process_vm_writev, {1, 0, 0}, EPERM},
        {"kill", SYS_kill, {1, 0, 0}, EPERM},
        {"tgkill of another process", SYS_tgkill, {1, 1, 0}, EPERM},
        {"mount", SYS_mount, {0, 0, 0}, EPERM},
        {"umount2", SYS_umount2, {0, 0, 0}, EPERM},
        {"pivot_root", SYS_pivot_root, {0, 0, 0}, EPERM},
        {"chroot", SYS_chroot, {0, 0, 0}, EPERM},
        {"unshare", SYS_unshare, {0, 0, 0}, EPERM},
        {"setns", SYS_setns, {-1, 0, 0}, EPERM},
        {"bpf", SYS_bpf, {0, 0, 0}, EPERM},
        {"perf_event_open", SYS_perf_event_open, {0, 0, 0}, EPERM},
        {"keyctl", SYS_keyctl, {0, 0, 0}, EPERM},
        {"add_key", SYS_add_key, {0, 0, 0}, EPERM},
        {"userfaultfd", SYS_userfaultfd, {0, 0, 0}, EPERM},
        {"io_uring_setup", SYS_io_uring_setup, {1, 0, 0}, ENOSYS},
        {"io_uring_enter", SYS_io_uring_enter, {-1, 0, 0}, EPERM},
        {"init_module", SYS_init_module, {0, 0, 0}, EPERM},
        {"finit_module", SYS_finit_module, {-1, 0, 0}, EPERM},
        {"kexec_load", SYS_kexec_load, {0, 0, 0}, EPERM},
        {"reboot", SYS_reboot, {0, 0, 0}, EPERM},
        {"setuid", SYS_setuid, {0, 0, 0}, EPERM},
        {"capset", SYS_capset, {0, 0, 0}, EPERM},
        {"open_by_handle_at", SYS_open_by_handle_at, {-1, 0, 0}, EPERM},
        {"memfd_create", SYS_memfd_create, {0, 0, 0}, EPERM},
        {"shmget", SYS_shmget, {0, 1, 0}, EPERM},
        {"prctl PR_SET_DUMPABLE 1", SYS_prctl, {PR_SET_DUMPABLE, 1, 0}, EPERM},
        {"seccomp", SYS_seccomp, {0, 0, 0}, EPERM},
        {"a packet socket", SYS_socket, {AF_PACKET, SOCK_RAW, 0}, EPERM},
        {"a kernel crypto socket", SYS_socket, {AF_ALG, SOCK_SEQPACKET, 0}, EPERM},
        {"a netfilter socket", SYS_socket, {AF_NETLINK, SOCK_RAW, 12}, EPERM},
        {"an ioctl of terminals", SYS_ioctl, {0, 0x5412, 0}, EPERM}, /* TIOCSTI */
        {"memory to write and run", SYS_mmap, {0, 4096, PROT_WRITE | PROT_EXEC}, EPERM},
        {"memory made to run", SYS_mprotect, {0, 4096, PROT_READ | PROT_EXEC}, EPERM},
        {"a call that there is not", 5000, {0, 0, 0}, EPERM},
    };

    if (SANITIZED)
        _exit(0);
    sandbox_start(SANDBOX_ON);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const long *a = cases[i].arguments;

        errno = 0;
        ck_assert_msg(syscall(cases[i].number, a[0], a[1], a[2], 0, 0, 0) == -1 &&
                          errno == cases[i].code,
                      "%s: %s", cases[i].name, strerror(errno));
    }
    _exit(0);
}
END_TEST

START_TEST(in_a_test_it_ends_the_process)
{
    if (SANITIZED)
        raise(SIGSYS);
    sandbox_start(SANDBOX_KILL);
    execl("/bin/true", "true", (char *)NULL);
}
END_TEST

START_TEST(abort_still_aborts)
{
    sandbox_start(SANDBOX_KILL);
    sandbox_enter();
    abort();
}
END_TEST

START_TEST(no_core_is_left_and_no_privilege_gained)
{
    struct rlimit core;

    if (SANITIZED)
        _exit(0);
    sandbox_start(SANDBOX_KILL);
    ck_assert_int_eq(getrlimit(RLIMIT_CORE, &core), 0);
    ck_assert_uint_eq(core.rlim_cur, 0);
    ck_assert_uint_eq(core.rlim_max, 0);
    _exit(0);
}
END_TEST

static void *resolve(void *arg)
{
    struct addrinfo *found = NULL;
    FILE *status = fopen("/proc/self/status", "re");

    *(int *)arg = getaddrinfo("localhost", "80", NULL, &found);
    ck_assert_ptr_nonnull(status);
    fclose(status);
    freeaddrinfo(found);
    return NULL;
}

START_TEST(threads_names_and_the_system_s_files_are_there)
{
    bool has_hosts = open_code("/etc/hosts") == 0; /* a bare chroot has none, nor localhost */
    pthread_t thread;
    int code = -1;

    sandbox_start(SANDBOX_KILL);
    sandbox_enter();
    ck_assert_int_eq(pthread_create(&thread, NULL, resolve, &code), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    if (has_hosts)
        ck_assert_int_eq(code, 0);
    ck_assert_int_eq(open_code("/dev/urandom"), 0);
    _exit(0);
}
END_TEST

START_TEST(what_lies_beside_a_used_file_can_be_read_and_nothing_else)
{
    char why[200];

    if (SANITIZED || !has_landlock())
        _exit(0);
    make_folders();
    sandbox_allow("in/file", false);
    sandbox_start(SANDBOX_KILL);
    ck_assert_int_eq(open_code("out/file"), 0);
    make_file("in/later");
    sandbox_enter();
    sandbox_enter();
    sandbox_allow("out/file", false); /* too late */
    ck_assert_int_eq(open_code("in/file"), 0);
    ck_assert_int_eq(open_code("in/later"), 0);
    ck_assert_int_eq(open_code("out/file"), EACCES);
    ck_assert_int_eq(open("in/new", O_WRONLY | O_CREAT, 0600), -1);
    ck_assert_int_eq(unlink("in/file"), -1);
    snprintf(why, sizeof(why), "%s", sandbox_error("out/file", false, EACCES));
    ck_assert_ptr_nonnull(strstr(why, "restart otelc"));
    ck_assert_str_eq(sandbox_error("in/none", false, ENOENT), strerror(ENOENT));
    _exit(0);
}
END_TEST

START_TEST(a_link_s_target_may_be_replaced)
{
    if (SANITIZED || !has_landlock())
        _exit(0);
    make_folders();
    ck_assert_int_eq(symlink("../out/file", "in/link"), 0);
    ck_assert_int_eq(mkdir("other", 0700), 0);
    make_file("other/file");
    sandbox_allow("in/link", false);
    make_file("out/later");
    ck_assert_int_eq(unlink("in/link") | symlink("../out/later", "in/link"), 0);
    sandbox_start(SANDBOX_KILL);
    sandbox_enter();
    ck_assert_int_eq(open_code("in/link"), 0);
    ck_assert_int_eq(open_code("other/file"), EACCES);
    _exit(0);
}
END_TEST

START_TEST(a_folder_to_write_takes_files_and_sockets)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "in/socket"};
    int fd;

    if (SANITIZED || !has_landlock())
        _exit(0);
    make_folders();
    sandbox_allow("in/", true);
    sandbox_start(SANDBOX_KILL);
    sandbox_enter();
    make_file("in/a");
    ck_assert_int_eq(mkdir("in/folder", 0700), 0);
    ck_assert_int_eq(rename("in/a", "in/folder/b"), 0);
    ck_assert_int_eq(unlink("in/folder/b"), 0);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(close(fd), 0);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    memcpy(address.sun_path, "out/socket", sizeof("out/socket"));
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), -1);
    ck_assert_ptr_nonnull(strstr(sandbox_error("out/socket", true, errno), "restart otelc"));
    _exit(0);
}
END_TEST

/* As a kernel without it; with an argument: without what it stands for. */
static void take_away(int call, unsigned arguments, long first)
{
    const struct scmp_arg_cmp is_first = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)first, 0);
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

    ck_assert_int_eq(
        seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(ENOSYS), call, arguments, &is_first), 0);
    ck_assert_int_eq(seccomp_load(filter), 0);
    seccomp_release(filter);
    seccomp_reset(NULL, SCMP_ACT_ALLOW); /* the library asks the kernel again what it has */
}

START_TEST(without_landlock_the_rest_is_restricted)
{
    if (SANITIZED)
        _exit(0);
    make_folders();
    take_away(SCMP_SYS(landlock_create_ruleset), 0, 0);
    sandbox_allow("in/file", false);
    sandbox_start(SANDBOX_ON);
    sandbox_enter();
    ck_assert_int_eq(open_code("out/file"), 0);
    ck_assert_int_eq(execl("/bin/false", "false", (char *)NULL), -1);
    ck_assert_int_eq(errno, EPERM);
    _exit(0);
}
END_TEST

/* It has filters, by prctl, but no flags for them. */
START_TEST(an_old_kernel_s_seccomp_restricts_as_well)
{
    if (SANITIZED)
        _exit(0);
    take_away(SCMP_SYS(seccomp), 0, 0);
    sandbox_start(SANDBOX_ON);
    ck_assert_int_eq(execl("/bin/false", "false", (char *)NULL), -1);
    ck_assert_int_eq(errno, EPERM);
    _exit(0);
}
END_TEST

START_TEST(without_seccomp_the_rest_is_restricted)
{
    if (SANITIZED || !has_landlock())
        _exit(0);
    make_folders();
    take_away(SCMP_SYS(prctl), 1, PR_SET_SECCOMP);
    take_away(SCMP_SYS(seccomp), 0, 0);
    sandbox_allow("in/file", false);
    sandbox_start(SANDBOX_ON);
    sandbox_enter();
    ck_assert_int_eq(open_code("in/file"), 0);
    ck_assert_int_eq(open_code("out/file"), EACCES);
    _exit(0);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("sandbox");

    if (prctl(PR_GET_SECCOMP) < 0) {
        printf("skipped sandbox: no seccomp here: %s\n", strerror(errno)); /* as in an emulator */
        return 0;
    }
    tcase_add_test(cases, the_mode_is_a_word);
    tcase_add_exit_test(cases, what_could_do_harm_is_refused, 0);
    tcase_add_test_raise_signal(cases, in_a_test_it_ends_the_process, SIGSYS);
    tcase_add_test_raise_signal(cases, abort_still_aborts, SIGABRT);
    tcase_add_exit_test(cases, no_core_is_left_and_no_privilege_gained, 0);
    tcase_add_exit_test(cases, threads_names_and_the_system_s_files_are_there, 0);
    tcase_add_exit_test(cases, what_lies_beside_a_used_file_can_be_read_and_nothing_else, 0);
    tcase_add_exit_test(cases, a_link_s_target_may_be_replaced, 0);
    tcase_add_exit_test(cases, a_folder_to_write_takes_files_and_sockets, 0);
    tcase_add_exit_test(cases, without_landlock_the_rest_is_restricted, 0);
    tcase_add_exit_test(cases, an_old_kernel_s_seccomp_restricts_as_well, 0);
    tcase_add_exit_test(cases, without_seccomp_the_rest_is_restricted, 0);
    return run_tests("sandbox", cases);
}
