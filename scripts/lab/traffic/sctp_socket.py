"""A raw socket that speaks SCTP: kernels of test machines often have none.

While it is open the kernel does not answer SCTP packets with "protocol unreachable".
"""

import asyncio
import socket
from collections.abc import Callable

from pace import any_address, family_of
from sctp_packet import Chunk, Packet, build, parse

PROTOCOL = 132


class SctpSocket:
    def __init__(self, local: str, received: Callable[[str, Packet], None]) -> None:
        self.received = received
        self.sock = socket.socket(family_of(local), socket.SOCK_RAW, PROTOCOL)
        self.sock.setblocking(False)
        # Beyond net.core.rmem_max, for bursts of large messages.
        self.sock.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_RCVBUFFORCE", 33), 16 << 20)
        self.sock.bind((local, 0))
        asyncio.get_running_loop().add_reader(self.sock, self.on_readable)

    def on_readable(self) -> None:
        while True:
            try:
                raw, sender = self.sock.recvfrom(65536)
            except BlockingIOError:
                return
            # Only IPv4 raw sockets deliver the IP header.
            content = raw[(raw[0] & 15) * 4 :] if self.sock.family == socket.AF_INET else raw
            packet = parse(content)
            if packet:
                self.received(sender[0], packet)

    def send(self, address: str, ports: tuple[int, int], tag: int, *chunks: Chunk) -> None:
        self.sock.sendto(build(Packet(*ports, tag, chunks)), (address, 0))


def open_for_peer(address: str, received: Callable[[str, Packet], None]) -> SctpSocket:
    return SctpSocket(any_address(address), received)
