/**
 * TCP sockets that are watched together: thousands of connects a second cost a quarter of what as many sockets of Node.js
 * do, and their sockets can be made in another network namespace, a hundred at one entry.
 */
import koffi from "koffi";
import { checkErrno, EAGAIN } from "./kernel-error.ts";
import { getLibc } from "./libbpf.ts";

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_ERROR = 4;
const MSG_NOSIGNAL = 0x4000;
const EINPROGRESS = 115;
const EINTR = 4;

/** Bytes of struct pollfd: int fd, short events, short revents. */
export const POLL_BYTES = 8;
export const POLL_READABLE = 1;
export const POLL_WRITABLE = 4;

/** Belongs to the network namespace in which it is made: see inNamespace(). The caller closes it. */
export function openTcpSocket(ipv6: boolean): number {
	const type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
	return checkErrno(getLibc().socket(ipv6 ? AF_INET6 : AF_INET, type, 0), "open a TCP socket");
}

/** One for all: a connect reads it at once. */
const SOCKET_ADDRESS = Buffer.alloc(28);

/** 0 when it is under way, else why it cannot be. `address`: 16 bytes, see model/address.ts. */
export function beginConnect(fd: number, address: Uint8Array, port: number, ipv6: boolean): number {
	const size = ipv6 ? socketAddress6(address, port) : socketAddress4(address, port);
	const result: number = getLibc().connect(fd, SOCKET_ADDRESS, size);
	const errno = result < 0 ? koffi.errno() : 0;
	return errno === EINPROGRESS ? 0 : errno;
}

/** struct sockaddr_in: family, port, address, 8 bytes of nothing. */
function socketAddress4(address: Uint8Array, port: number): number {
	SOCKET_ADDRESS.fill(0);
	SOCKET_ADDRESS.writeUInt16LE(AF_INET, 0);
	SOCKET_ADDRESS.writeUInt16BE(port, 2);
	SOCKET_ADDRESS.set(address.subarray(12), 4);
	return 16;
}

/** struct sockaddr_in6: family, port, flow label, address, scope. */
function socketAddress6(address: Uint8Array, port: number): number {
	SOCKET_ADDRESS.fill(0);
	SOCKET_ADDRESS.writeUInt16LE(AF_INET6, 0);
	SOCKET_ADDRESS.writeUInt16BE(port, 2);
	SOCKET_ADDRESS.set(address, 8);
	return SOCKET_ADDRESS.length;
}

/** Asks about `count` rows of struct pollfd and waits for nothing. What is so stands in their revents. */
export function pollSockets(rows: Buffer, count: number): number {
	if (rows.length < count * POLL_BYTES)
		throw new RangeError(`Cannot poll ${count} sockets in ${rows.length} bytes`);
	const ready: number = getLibc().poll(rows, count, 0);
	if (ready < 0 && koffi.errno() === EINTR) return 0;
	return checkErrno(ready, `poll ${count} sockets`);
}

const ERROR_VALUE = Buffer.alloc(4);

/** errno of a connect that has ended; 0: well. */
export function takeSocketError(fd: number): number {
	const { length } = ERROR_VALUE;
	const result: number = getLibc().getsockopt(fd, SOL_SOCKET, SO_ERROR, ERROR_VALUE, [length]);
	checkErrno(result, "ask a socket for its error");
	return ERROR_VALUE.readInt32LE(0);
}

/** errno, or 0. A request fits into the buffer of a new socket at once. */
export function sendRequest(fd: number, request: Buffer): number {
	const sent: number = getLibc().send(fd, request, request.length, MSG_NOSIGNAL);
	if (sent < 0) return koffi.errno();
	return sent === request.length ? 0 : EAGAIN;
}

/** Bytes that came; 0: there will be no more. Negative: -errno. */
export function receiveBytes(fd: number, into: Buffer): number {
	const received = Number(getLibc().recv(fd, into, into.length, 0));
	return received < 0 ? -koffi.errno() : received;
}

export function closeSocket(fd: number): void {
	getLibc().close(fd);
}
