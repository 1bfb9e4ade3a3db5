"""UDP server of an endpoint."""

import asyncio
import socket

from message import parse_request, response
from pace import family_of


class Answers(asyncio.DatagramProtocol):
    def __init__(self, address: str, port: int) -> None:
        self.address = address
        self.port = port

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, content: bytes, sender: tuple) -> None:
        try:
            _, response_size, _ = parse_request(content)
        except ValueError:
            return
        if response_size > 0:
            self.transport.sendto(response(self.address, self.port, response_size), sender)


async def serve_udp(address: str, port: int) -> None:
    sock = socket.socket(family_of(address), socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    sock.bind((address, port))
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(lambda: Answers(address, port), sock=sock)
