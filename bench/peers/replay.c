// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The same test runs from C: replays the capture at argv[3] (pcap of Ethernet and IPv4, this machine's byte order) once
 * for each line of its input, through the ingress program pinned at argv[1] when a packet is for the VIP argv[4], else
 * through the egress program at argv[2]. Answers with packets per second, and packets.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MOST_BYTES   2048
#define DESTINATION  30 /* of an IPv4 packet in an Ethernet frame */
#define FILE_HEADER  24
#define BEGIN_NS     3600000000000ull
#define BUFFER_BYTES (1 << 20)

struct record {
	__u32 seconds;
	__u32 microseconds;
	__u32 captured;
	__u32 length;
};

static double now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static int run(int program, const char *frame, const struct record *record, __u64 time_ns, __u32 came_in_by)
{
	struct __sk_buff context = {
		.tstamp = time_ns, .ingress_ifindex = came_in_by, .cb[0] = record->length};
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .repeat = 1);

	options.data_size_in = record->captured < MOST_BYTES ? record->captured : MOST_BYTES;
	return bpf_prog_test_run_opts(program, &options);
}

static long replay(const char *path, int ingress, int egress, __u32 vip)
{
	static char buffer[BUFFER_BYTES], frame[65536];
	FILE *file = fopen(path, "r");
	__u32 first = 0, destination;
	struct record record;
	long packets = 0;

	if (!file)
		return -1;
	setvbuf(file, buffer, _IOFBF, sizeof(buffer));
	fseek(file, FILE_HEADER, SEEK_SET);
	while (fread(&record, sizeof(record), 1, file) == 1) {
		__u64 time_ns;
		int result;

		if (record.captured > sizeof(frame) || fread(frame, record.captured, 1, file) != 1)
			break;
		if (!packets++)
			first = record.seconds;
		time_ns = BEGIN_NS + (record.seconds - first) * 1000000000ull + record.microseconds * 1000ull;
		memcpy(&destination, frame + DESTINATION, sizeof(destination));
		if (destination == vip)
			result = run(ingress, frame, &record, time_ns, 0);
		else
			result = run(egress, frame, &record, time_ns, 1);
		if (result) {
			fprintf(stderr, "Cannot run a program: %d\n", result);
			exit(1);
		}
	}
	fclose(file);
	return packets;
}

int main(int argc, char **argv)
{
	int ingress = argc > 4 ? bpf_obj_get(argv[1]) : -1;
	int egress = argc > 4 ? bpf_obj_get(argv[2]) : -1;
	char line[64];

	if (ingress < 0 || egress < 0) {
		perror("Cannot open the programs");
		return 1;
	}
	while (fgets(line, sizeof(line), stdin)) {
		double start = now_seconds();
		long packets = replay(argv[3], ingress, egress, inet_addr(argv[4]));

		printf("%f %ld\n", packets / (now_seconds() - start), packets);
		fflush(stdout);
	}
	return 0;
}
