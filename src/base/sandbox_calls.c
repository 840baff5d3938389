/*
 * The list is what is needed, not what is bad: everything else is refused. No program can be
 * started, no process made or looked into, no memory made executable that was written to, no kernel
 * facility used that we do not know of.
 */
#include "base/sandbox_calls.h"

#include <errno.h>
#include <linux/prctl.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <seccomp.h>

#define CALL(name) SCMP_SYS(name)

static const int calls[] = {
    /* descriptors */
    CALL(read), CALL(readv), CALL(pread64), CALL(preadv), CALL(write), CALL(writev), CALL(pwrite64),
    CALL(pwritev), CALL(close), CALL(lseek), CALL(fcntl), CALL(dup), CALL(dup2), CALL(dup3),
    CALL(pipe2), CALL(eventfd2), CALL(epoll_create1), CALL(epoll_ctl), CALL(epoll_wait),
    CALL(epoll_pwait), CALL(epoll_pwait2), CALL(poll), CALL(ppoll), CALL(select), CALL(pselect6),
    /* files; which ones is Landlock's matter */
    CALL(open), CALL(openat), CALL(stat), CALL(lstat), CALL(fstat), CALL(newfstatat), CALL(statx),
    CALL(statfs), CALL(fstatfs), CALL(access), CALL(faccessat), CALL(faccessat2), CALL(readlink),
    CALL(readlinkat), CALL(getdents64), CALL(getcwd), CALL(ftruncate), CALL(fallocate), CALL(fsync),
    CALL(fdatasync), CALL(sync_file_range), CALL(fadvise64), CALL(flock), CALL(rename),
    CALL(renameat), CALL(renameat2), CALL(unlink), CALL(unlinkat), CALL(mkdir), CALL(mkdirat),
    CALL(rmdir), CALL(chmod), CALL(fchmod), CALL(fchmodat), CALL(umask), CALL(inotify_init1),
    CALL(inotify_add_watch), CALL(inotify_rm_watch),
    /* sockets */
    CALL(bind), CALL(listen), CALL(accept), CALL(accept4), CALL(connect), CALL(shutdown),
    CALL(getsockname), CALL(getpeername), CALL(getsockopt), CALL(setsockopt), CALL(sendto),
    CALL(sendmsg), CALL(sendmmsg), CALL(recvfrom), CALL(recvmsg), CALL(recvmmsg),
    /* memory */
    CALL(brk), CALL(munmap), CALL(mremap), CALL(madvise), CALL(membarrier),
    /* threads and signals */
    CALL(futex), CALL(set_robust_list), CALL(rseq), CALL(exit), CALL(exit_group), CALL(gettid),
    CALL(sched_yield), CALL(sched_getaffinity), CALL(getcpu), CALL(rt_sigaction),
    CALL(rt_sigprocmask), CALL(rt_sigreturn), CALL(rt_sigtimedwait), CALL(sigaltstack),
    CALL(restart_syscall),
    /* clocks, chance, and who we are */
    CALL(clock_gettime), CALL(clock_getres), CALL(clock_nanosleep), CALL(nanosleep),
    CALL(gettimeofday), CALL(time), CALL(getrandom), CALL(getpid), CALL(getuid), CALL(geteuid),
    CALL(getgid), CALL(getegid), CALL(uname), CALL(sysinfo), CALL(getrusage), CALL(getrlimit),
    /* the other half of the sandbox; these only take away */
    CALL(landlock_create_ruleset), CALL(landlock_add_rule), CALL(landlock_restrict_self)};

/* Libraries try these, and do without where the kernel has none. clone3 hides from us what it
 * makes: glibc falls back to clone. */
static const int absent[] = {CALL(clone3), CALL(io_uring_setup)};

/* Calls that are allowed where an argument has a value, all bits or those of a mask. */
static const struct with_argument {
    int call;
    unsigned argument;
    uint64_t mask, value;
} with_argument[] = {
    {CALL(socket), 0, UINT32_MAX, AF_INET},
    {CALL(socket), 0, UINT32_MAX, AF_INET6},
    {CALL(socket), 0, UINT32_MAX, AF_UNIX},
    {CALL(socketpair), 0, UINT32_MAX, AF_UNIX},
    {CALL(ioctl), 1, UINT32_MAX, FIONBIO},
    {CALL(ioctl), 1, UINT32_MAX, FIOCLEX},
    {CALL(ioctl), 1, UINT32_MAX, FIONREAD},
    {CALL(ioctl), 1, UINT32_MAX, TCGETS}, /* stdio: is it a terminal? */
    {CALL(mmap), 2, PROT_WRITE, 0},
    {CALL(mmap), 2, PROT_EXEC, 0},
    {CALL(mprotect), 2, PROT_EXEC, 0},
    {CALL(clone), 0, CLONE_THREAD, CLONE_THREAD},
    {CALL(prctl), 0, UINT32_MAX, PR_SET_NAME},
    {CALL(prctl), 0, UINT32_MAX, PR_SET_VMA}, /* names of memory, in /proc/self/maps */
    {CALL(prctl), 0, UINT32_MAX, PR_GET_DUMPABLE},
    {CALL(prctl), 0, UINT32_MAX, PR_SET_NO_NEW_PRIVS},
    {CALL(prlimit64), 2, UINT64_MAX, 0}, /* reads limits, sets none */
};

/* A rule for a call, with up to two conditions. False: it cannot be made. */
static bool add(scmp_filter_ctx filter, uint32_t action, int call, unsigned count,
                const struct scmp_arg_cmp *conditions)
{
    int code = seccomp_rule_add_array(filter, action, call, count, conditions);

    return code == 0 || code == -EDOM; /* this architecture does not have the call */
}

static bool add_calls(scmp_filter_ctx filter)
{
    bool good = true;

    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        good &= add(filter, SCMP_ACT_ALLOW, calls[i], 0, NULL);
    for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
        good &= add(filter, SCMP_ACT_ERRNO(ENOSYS), absent[i], 0, NULL);
    return good;
}

static bool add_conditions(scmp_filter_ctx filter)
{
    /* glibc asks for the machine's addresses; keys are not for core files, nor for others to see */
    const struct scmp_arg_cmp route[] = {SCMP_A0(SCMP_CMP_EQ, AF_NETLINK, 0),
                                         SCMP_A2(SCMP_CMP_EQ, 0, 0)};
    const struct scmp_arg_cmp hidden[] = {SCMP_A0(SCMP_CMP_EQ, PR_SET_DUMPABLE, 0),
                                          SCMP_A1(SCMP_CMP_EQ, 0, 0)};
    const struct scmp_arg_cmp ourselves =
        SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0); /* abort() */
    bool good = add(filter, SCMP_ACT_ALLOW, CALL(socket), 2, route) &&
                add(filter, SCMP_ACT_ALLOW, CALL(prctl), 2, hidden) &&
                add(filter, SCMP_ACT_ALLOW, CALL(tgkill), 1, &ourselves);

    for (size_t i = 0; i < sizeof(with_argument) / sizeof(with_argument[0]); i++) {
        const struct with_argument *w = &with_argument[i];
        const struct scmp_arg_cmp one =
            SCMP_CMP(w->argument, SCMP_CMP_MASKED_EQ, w->mask, w->value);

        good &= add(filter, SCMP_ACT_ALLOW, w->call, 1, &one);
    }
    return good;
}

int sandbox_calls_restrict(bool kill)
{
    scmp_filter_ctx filter = seccomp_init(kill ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO(EPERM));
    int code;

    if (!filter) /* the kernel does not know the action, or no filters at all */
        return EOPNOTSUPP;
    code = add_calls(filter) && add_conditions(filter) ? 0 : -ENOMEM;
    /* Without this some kernels slow every thread with a filter down; the older ones do not, and
     * do not know it. */
    if (code == 0)
        code = seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);
    if (code == 0 || code == -EOPNOTSUPP)
        code = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (code == 0) /* the kernel's own codes */
        code = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
    if (code == 0)
        code = seccomp_load(filter);
    seccomp_release(filter);
    return -code;
}
