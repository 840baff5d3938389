/*
 * What is known of the process anyway: time, CPU, memory, the budget.
 */
#pragma once

/* Once, before the sandbox closes files. Uptime counts from here. */
void process_metrics_start(void);
