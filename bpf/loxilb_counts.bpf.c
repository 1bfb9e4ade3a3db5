// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * No program: memory of the kernel in which user space keeps what the drop
 * rules of LoxiLB have dropped, and what its counters were.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "flow.h"
#include "host_counts.h"

char _license[] SEC("license") = "Dual MIT/GPL";
