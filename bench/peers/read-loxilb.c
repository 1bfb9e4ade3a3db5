// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The same bpf() calls from C: reads the maps at argv[1] and argv[2], the second with values of each CPU, in batches of
 * 4,096 rows, once for each line of its input. Answers with milliseconds and the rows of the first.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BATCH_ROWS 4096

struct rows {
	int fd;
	void *keys;
	void *values;
};

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static int open_map(struct rows *rows, const char *path, int cpus)
{
	struct bpf_map_info about = {};
	__u32 size = sizeof(about);

	rows->fd = bpf_obj_get(path);
	if (rows->fd < 0 || bpf_obj_get_info_by_fd(rows->fd, &about, &size))
		return -1;
	rows->keys = malloc((size_t)BATCH_ROWS * about.key_size);
	rows->values = malloc((size_t)BATCH_ROWS * about.value_size * cpus);
	return 0;
}

static long read_all(struct rows *rows)
{
	__u32 position, count = BATCH_ROWS;
	void *from = NULL;
	long read = 0;
	int result;

	do {
		count = BATCH_ROWS;
		result = bpf_map_lookup_batch(rows->fd, from, &position, rows->keys, rows->values, &count, NULL);
		if (result && result != -ENOENT)
			return result;
		read += count;
		from = &position;
	} while (!result);
	return read;
}

int main(int argc, char **argv)
{
	struct rows flows, counters;
	char line[64];

	if (argc < 3 || open_map(&flows, argv[1], 1) || open_map(&counters, argv[2], libbpf_num_possible_cpus())) {
		perror("Cannot open the maps");
		return 1;
	}
	while (fgets(line, sizeof(line), stdin)) {
		double start = now_ms();
		long read = read_all(&flows);

		read_all(&counters);
		printf("%.3f %ld\n", now_ms() - start, read);
		fflush(stdout);
	}
	return 0;
}
