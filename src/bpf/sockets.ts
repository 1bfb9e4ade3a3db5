/**
 * TCP sockets that are watched together: thousands of connects a second cost a quarter of what as many sockets of Node.js
 * do, and their sockets can be made in another network namespace, a hundred at one entry.
 */
import koffi from "koffi";
import { isMappedIPv4 } from "../model/address.ts";
import { checkErrno, EAGAIN } from "./kernel-error.ts";
import { getLibc } from "./libbpf.ts";

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_ERROR = 4;
const IPPROTO_TCP = 6;
const TCP_QUICKACK = 12;
const OFF = Buffer.alloc(4);
const MSG_NOSIGNAL = 0x4000;
const EINPROGRESS = 115;
const EINTR = 4;

/** Words of struct pollfd: int fd; short events, and above it short revents. */
export const POLL_WORDS = 2;
export const REVENTS_SHIFT = 16;
export const POLL_READABLE = 1;
export const POLL_WRITABLE = 4;

/** struct sockaddr_in or sockaddr_in6. `address`: 16 bytes, see model/address.ts. */
export function socketAddress(address: Uint8Array, port: number): Buffer {
	const isIPv4 = isMappedIPv4(address);
	// In the second one the flow label stands before the address.
	const bytes = Buffer.alloc(isIPv4 ? 16 : 28);
	bytes.writeUInt16LE(isIPv4 ? AF_INET : AF_INET6, 0);
	bytes.writeUInt16BE(port, 2);
	bytes.set(isIPv4 ? address.subarray(12) : address, isIPv4 ? 4 : 8);
	return bytes;
}

/** Belongs to the network namespace in which it is made: see inNamespace(). The caller closes it. */
export function openTcpSocket(to: Buffer): number {
	const type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
	return checkErrno(getLibc().socket(to.readUInt16LE(0), type, 0), "open a TCP socket");
}

/** The handshake of a client that speaks first: its last ACK waits for what will be sent, and costs no packet of its own. */
export function speakFirst(fd: number): void {
	// Advice: a kernel that does not take it sends a packet more.
	getLibc().setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, OFF, OFF.length);
}

/** 0 when it is under way, else why it cannot be. */
export function beginConnect(fd: number, to: Buffer): number {
	const result: number = getLibc().connect(fd, to, to.length);
	const errno = result < 0 ? koffi.errno() : 0;
	return errno === EINPROGRESS ? 0 : errno;
}

/** Asks about `count` rows of struct pollfd and waits for nothing. What is so stands in their revents. */
export function pollSockets(rows: Int32Array, count: number): number {
	if (rows.length < count * POLL_WORDS)
		throw new RangeError(`Cannot poll ${count} sockets in ${rows.length} words`);
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
