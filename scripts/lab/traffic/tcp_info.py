"""Segment counters of a TCP socket: struct tcp_info of linux/tcp.h."""

import socket
import struct

STATE_CLOSE = 7
# Bytes from the start of the struct; all fields before are of fixed size and never move (it is user-space ABI).
SEGS_OUT = 136
SEGS_IN = 140
TOTAL_RETRANS = 100


def read(sock: socket.socket) -> bytes:
    return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)


def is_closed(sock: socket.socket) -> bool:
    return read(sock)[0] == STATE_CLOSE


def segments(sock: socket.socket) -> dict[str, int]:
    raw = read(sock)
    fields = {"segsOut": SEGS_OUT, "segsIn": SEGS_IN, "retransmits": TOTAL_RETRANS}
    return {name: struct.unpack_from("=I", raw, offset)[0] for name, offset in fields.items()}
