// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * argv[3] scrapers at once of /metrics at 127.0.0.1:argv[1], gzip or not by argv[2], once for each line of its input.
 * Answers with milliseconds until the last has all, and the bytes of all.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_SCRAPERS 64

static char buffer[1 << 18];

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static int begin(int port, const char *encoding)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char request[256];
	int length;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		perror("Cannot connect");
		exit(1);
	}
	length = snprintf(request, sizeof(request),
			  "GET /metrics HTTP/1.1\r\nHost: bench\r\nAccept-Encoding: %s\r\nConnection: close\r\n\r\n",
			  encoding);
	if (write(fd, request, length) != length)
		exit(1);
	return fd;
}

/* The server closes each connection when it has sent all. */
static long read_all(struct pollfd *scrapers, int count)
{
	int running = count, i;
	long bytes = 0;

	while (running > 0) {
		if (poll(scrapers, count, 60000) <= 0)
			exit(1);
		for (i = 0; i < count; i++) {
			ssize_t got;

			if (!scrapers[i].revents)
				continue;
			got = read(scrapers[i].fd, buffer, sizeof(buffer));
			if (got < 0)
				exit(1);
			bytes += got;
			if (got == 0) {
				close(scrapers[i].fd);
				scrapers[i].fd = -1;
				running--;
			}
		}
	}
	return bytes;
}

int main(int argc, char **argv)
{
	struct pollfd scrapers[MAX_SCRAPERS];
	char line[64];
	int count, i;

	if (argc != 4 || (count = atoi(argv[3])) > MAX_SCRAPERS)
		return 1;
	while (fgets(line, sizeof(line), stdin)) {
		double start = now_ms();
		long bytes;

		for (i = 0; i < count; i++)
			scrapers[i] = (struct pollfd){ .fd = begin(atoi(argv[1]), argv[2]), .events = POLLIN };
		bytes = read_all(scrapers, count);
		printf("%.3f %ld\n", now_ms() - start, bytes);
		fflush(stdout);
	}
	return 0;
}
