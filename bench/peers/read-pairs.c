// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The same bpf() calls from C: reads the map at argv[1] in batches of 4,096 rows, once for each line of its input.
 * Answers with milliseconds and rows.
 */
#include <bpf/bpf.h>
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
	struct bpf_map_info about = {};
	__u32 size = sizeof(about);
	struct rows rows;
	char line[64];

	rows.fd = argc > 1 ? bpf_obj_get(argv[1]) : -1;
	if (rows.fd < 0 || bpf_obj_get_info_by_fd(rows.fd, &about, &size)) {
		perror("Cannot open the map");
		return 1;
	}
	rows.keys = malloc((size_t)BATCH_ROWS * about.key_size);
	rows.values = malloc((size_t)BATCH_ROWS * about.value_size);
	while (fgets(line, sizeof(line), stdin)) {
		double start = now_ms();
		long read = read_all(&rows);

		printf("%.3f %ld\n", now_ms() - start, read);
		fflush(stdout);
	}
	return 0;
}
