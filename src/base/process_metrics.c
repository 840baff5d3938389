/*
 * Each is read when somebody looks. /proc/self/statm stays open, as the sandbox does not let it be
 * opened later.
 */
#include "base/process_metrics.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/budget.h"
#include "base/metrics.h"

enum { NS_PER_S = 1000000000 };

static int statm = -1;
static uint64_t start_ns;

static uint64_t now_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static uint64_t uptime_ns(void)
{
    return now_ns(CLOCK_MONOTONIC) - start_ns;
}

static uint64_t cpu_ns(void)
{
    return now_ns(CLOCK_PROCESS_CPUTIME_ID);
}

/* The second number is resident pages: proc(5). */
static uint64_t resident_bytes(void)
{
    char text[128];
    ssize_t got = statm >= 0 ? pread(statm, text, sizeof(text) - 1, 0) : -1;
    unsigned long long pages;

    if (got <= 0)
        return 0;
    text[got] = '\0';
    return sscanf(text, "%*u %llu", &pages) == 1 ? pages * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

static uint64_t allocated_bytes(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

static uint64_t system_bytes(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.arena + info.hblkhd;
}

static uint64_t used_bytes(void)
{
    return budget_used();
}

static uint64_t limit_bytes(void)
{
    return budget_limit();
}

static const struct {
    struct metric_family family;
    metric_read_fn *read;
} table[] = {
    {{.name = "otelcol_process_uptime",
      .help = "Uptime of the process [Alpha]",
      .unit = "s",
      .per_unit = NS_PER_S},
     uptime_ns},
    {{.name = "otelcol_process_cpu_seconds",
      .help = "Total CPU user and system time in seconds [Alpha]",
      .unit = "s",
      .per_unit = NS_PER_S},
     cpu_ns},
    {{.name = "otelcol_process_memory_rss",
      .help = "Total physical memory (resident set size) [Alpha]",
      .unit = "By",
      .kind = FAMILY_GAUGE},
     resident_bytes},
    {{.name = "otelcol_process_runtime_heap_alloc_bytes",
      .help = "Bytes of memory that malloc has given out. [Alpha]",
      .unit = "By",
      .kind = FAMILY_GAUGE},
     allocated_bytes},
    {{.name = "otelcol_process_runtime_total_sys_memory_bytes",
      .help = "Total bytes of memory that malloc has from the system. [Alpha]",
      .unit = "By",
      .kind = FAMILY_GAUGE},
     system_bytes},
    {{.name = "otelc_memory_budget_used",
      .help = "Memory of data that is held, as it is accounted.",
      .unit = "By",
      .kind = FAMILY_GAUGE},
     used_bytes},
    {{.name = "otelc_memory_budget_limit",
      .help = "What that may be: beyond it, clients are asked to try again.",
      .unit = "By",
      .kind = FAMILY_GAUGE},
     limit_bytes},
};

void process_metrics_start(void)
{
    statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    start_ns = now_ns(CLOCK_MONOTONIC);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        metric_ask(&table[i].family, table[i].read);
}
