/*
 * /proc/net/tcp and tcp6 tell the inode and the user of each listening socket, /proc/PID/fd which
 * process has that inode open. proc(5).
 */
#include "net/port_owner.h"

#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LINES_MAX = 100000, /* sockets that are looked at; listening ones come first */
    LINKS_MAX = 500000, /* descriptors, of all processes */
    STATE_LISTEN = 0x0a
};

struct place { /* IPv4 in its mapped form */
    unsigned char address[16];
    unsigned port;
};

struct holder {
    unsigned long inode;
    unsigned uid;
};

static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

static struct place place_of(const struct sockaddr *address)
{
    struct place place = {0};

    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;

        memcpy(&v6, address, sizeof(v6));
        memcpy(place.address, &v6.sin6_addr, 16);
        place.port = ntohs(v6.sin6_port);
    } else {
        struct sockaddr_in v4;

        memcpy(&v4, address, sizeof(v4));
        memcpy(place.address, mapped, sizeof(mapped));
        memcpy(place.address + sizeof(mapped), &v4.sin_addr, 4);
        place.port = ntohs(v4.sin_port);
    }
    return place;
}

static bool is_any(const unsigned char address[16])
{
    static const unsigned char zero[16];

    return memcmp(address, zero, 16) == 0 ||
           (memcmp(address, mapped, 12) == 0 && memcmp(address + 12, zero, 4) == 0);
}

static bool collide(const struct place *a, const struct place *b)
{
    return a->port == b->port &&
           (is_any(a->address) || is_any(b->address) || memcmp(a->address, b->address, 16) == 0);
}

/* A line of /proc/net/tcp or tcp6: the address as words in the machine's order, each of 8 digits.
 */
static bool read_line(const char *line, unsigned words, struct place *place, struct holder *holder)
{
    uint32_t word[4] = {0};
    const char *at = strchr(line, ':');
    unsigned state;

    if (!at || at[1] == '\0')
        return false;
    at += 2;
    for (unsigned i = 0; i < words; i++, at += 8)
        if (sscanf(at, "%8x", &word[i]) != 1 || strlen(at) < 9)
            return false;
    memset(place, 0, sizeof(*place));
    if (words == 1)
        memcpy(place->address, mapped, sizeof(mapped));
    memcpy(place->address + (words == 1 ? sizeof(mapped) : 0), word, words * sizeof(word[0]));
    /* ":port remote:port state tx:rx timer:when retransmits uid timeout inode" */
    return sscanf(at, ":%x %*[0-9A-Fa-f]:%*x %x %*x:%*x %*x:%*x %*x %u %*d %lu", &place->port,
                  &state, &holder->uid, &holder->inode) == 4 &&
           state == STATE_LISTEN;
}

static bool find_holder(const char *path, unsigned words, const struct place *wanted,
                        struct holder *holder)
{
    FILE *file = fopen(path, "re");
    bool found = false;
    char line[512];

    if (!file)
        return false;
    for (unsigned i = 0; i < LINES_MAX && !found && fgets(line, sizeof(line), file); i++) {
        struct place place;

        found = read_line(line, words, &place, holder) && collide(&place, wanted);
    }
    fclose(file);
    return found;
}

/* Whether the process has the socket open; counts the descriptors that it looks at. */
static bool holds(const char *pid, unsigned long inode, unsigned *links)
{
    char path[300], link[64], wanted[64];
    struct dirent *entry;
    bool found = false;
    DIR *dir;

    snprintf(path, sizeof(path), "/proc/%s/fd", pid);
    snprintf(wanted, sizeof(wanted), "socket:[%lu]", inode);
    dir = opendir(path);
    if (!dir)
        return false;
    while (!found && *links < LINKS_MAX && (entry = readdir(dir))) {
        ssize_t len = readlinkat(dirfd(dir), entry->d_name, link, sizeof(link) - 1);

        (*links)++;
        if (len > 0) {
            link[len] = '\0';
            found = strcmp(link, wanted) == 0;
        }
    }
    closedir(dir);
    return found;
}

/* 0: not found, or not to be seen. */
static long find_process(unsigned long inode)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    unsigned links = 0;
    long pid = 0;

    if (!proc)
        return 0;
    while (pid == 0 && (entry = readdir(proc)))
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
            holds(entry->d_name, inode, &links))
            pid = strtol(entry->d_name, NULL, 10);
    closedir(proc);
    return pid;
}

static void process_name(long pid, char name[64])
{
    char path[64];
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
    file = fopen(path, "re");
    if (!file || !fgets(name, 64, file))
        snprintf(name, 64, "a process");
    else
        name[strcspn(name, "\n")] = '\0';
    if (file)
        fclose(file);
}

void port_owner_describe(const struct sockaddr *address, char *text, size_t room)
{
    struct place wanted = place_of(address);
    struct holder holder;
    char name[64];
    long pid;

    if (!find_holder("/proc/net/tcp", 1, &wanted, &holder) &&
        !find_holder("/proc/net/tcp6", 4, &wanted, &holder)) {
        snprintf(text, room, "another program");
        return;
    }
    pid = find_process(holder.inode);
    if (pid == 0) {
        snprintf(text, room, "a program of user id %u (root can see which)", holder.uid);
    } else if (pid == getpid()) {
        snprintf(text, room, "this program itself: two receivers share it");
    } else {
        process_name(pid, name);
        snprintf(text, room, "%s (pid %ld)", name, pid);
    }
}
