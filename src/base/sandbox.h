/*
 * What the process gives up once it runs, so that whoever takes it over gets little:
 *
 *     sandbox_start   before the first thread     no new privileges; the system calls that we,
 *                                                 libuv, libcurl, OpenSSL and glibc need (seccomp)
 *     sandbox_enter   each thread, when its       the files that were used so far, and what lies
 *                     components have started     beside them (Landlock)
 *
 * Files come second, since what is told of a taken port is read from other processes' /proc, which
 * Landlock closes. What the kernel lacks is left out, with a line in the log.
 */
#pragma once

#include <stdbool.h>

enum sandbox_mode {
    SANDBOX_OFF,
    SANDBOX_ON,  /* a system call that is not allowed fails with EPERM */
    SANDBOX_KILL /* it ends the process: for tests */
};

/* What OTELC_SANDBOX says: on, off or kill; not set: on. False: another word. */
bool sandbox_mode_read(enum sandbox_mode *mode);

/* Once. Threads that are made later are restricted as well. */
void sandbox_start(enum sandbox_mode mode);

/*
 * Keeps the folder of a file within reach, and the one of the file that it is a link to, so that it
 * can be read anew after somebody has put another one in its place. write: files and sockets may be
 * made and removed there. To be called when a file is used for the first time; without effect once
 * a thread has entered. A folder is given as "folder/".
 */
void sandbox_allow(const char *path, bool write);

/* Restricts the calling thread, and those that it makes from now on. The second time: nothing. */
void sandbox_enter(void);

/* The sentence's end for a file that could not be opened, or made: strerror(), or what to do where
 * the sandbox is why. */
const char *sandbox_error(const char *path, bool write, int code);
