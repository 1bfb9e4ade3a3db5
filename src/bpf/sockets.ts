/** TCP sockets of another network namespace: a socket belongs to the one in which it was made. */
import { checkErrno } from "./kernel-error.ts";
import { getLibc } from "./libbpf.ts";
import { inNamespace } from "./netns.ts";

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM_CLOEXEC = 1 | 0o2000000;

/** A file descriptor that the caller must close. */
export function openTcpSocket(netns: string, ipv6: boolean): number {
	return inNamespace(netns, () =>
		checkErrno(getLibc().socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM_CLOEXEC, 0), "open a TCP socket"),
	);
}
