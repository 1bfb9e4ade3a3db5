"""SCTP associations with a service. See pace.py for the options."""

import argparse
import asyncio
import random

from message import endpoint_of, request
from pace import parse_options, run_paced
from sctp_packet import (
    ABORT,
    COOKIE_ACK,
    COOKIE_ECHO,
    DATA,
    END,
    INIT,
    INIT_ACK,
    SACK,
    SHUTDOWN,
    SHUTDOWN_ACK,
    SHUTDOWN_COMPLETE,
    Chunk,
    Packet,
    cookie_of,
    first_word,
    fragments,
    init,
    init_tag_and_tsn,
    next_tsn,
    sack,
    shutdown,
)
from sctp_socket import SctpSocket, open_for_peer

INIT_RETRY_S = 1


class Refused(Exception):
    pass


class Aborted(Exception):
    pass


class Association:
    def __init__(self, options: argparse.Namespace, socket: SctpSocket, port: int) -> None:
        self.options = options
        self.socket = socket
        self.ports = (port, options.port)
        self.packets: asyncio.Queue[Packet] = asyncio.Queue()
        self.chunks: list[Chunk] = []
        self.tag = random.randrange(1, 1 << 32)
        self.tsn = random.randrange(1 << 32)
        self.peer_tag = 0
        self.peer_tsn = 0
        self.established = False
        self.sent = 0
        self.message = b""

    async def run(self) -> dict:
        try:
            await self.talk()
            outcome = "ok"
        except TimeoutError:
            outcome = "timeout"
        except Refused:
            outcome = "refused"
        except Aborted:
            outcome = "aborted"
        return {
            "port": self.ports[0],
            "endpoint": endpoint_of(self.message[:64]),
            "sent": self.sent,
            "received": len(self.message),
            "outcome": outcome,
        }

    async def talk(self) -> None:
        options = self.options
        await self.establish()
        await self.send_message(request(options.request_bytes, options.response_bytes, options.ending))
        await self.receive_message()
        await asyncio.sleep(options.hold)
        await self.end()

    async def establish(self) -> None:
        init_ack = await self.ask_for_init_ack()
        self.peer_tag, tsn = init_tag_and_tsn(init_ack)
        self.peer_tsn = next_tsn(tsn, -1)
        self.send(Chunk(COOKIE_ECHO, cookie_of(init_ack)))
        await self.next_chunk(COOKIE_ACK)
        self.established = True

    async def ask_for_init_ack(self) -> Chunk:
        deadline = asyncio.get_running_loop().time() + self.options.timeout
        while True:
            self.socket.send(self.options.address, self.ports, 0, init(INIT, self.tag, self.tsn))
            left = deadline - asyncio.get_running_loop().time()
            try:
                return await self.next_chunk(INIT_ACK, min(left, INIT_RETRY_S))
            except TimeoutError:
                if left <= INIT_RETRY_S:
                    raise

    async def send_message(self, content: bytes) -> None:
        chunks = fragments(content, self.tsn)
        for chunk in chunks:
            self.send(chunk)
        self.sent = len(content)
        while first_word(await self.next_chunk(SACK)) != first_word(chunks[-1]):
            pass

    async def receive_message(self) -> None:
        last = False
        while not last:
            chunk = await self.next_chunk(DATA)
            self.message += chunk.value[12:]
            self.peer_tsn = first_word(chunk)
            self.send(sack(self.peer_tsn))
            last = bool(chunk.flags & END)

    async def end(self) -> None:
        if self.options.ending == "client-reset":
            self.send(Chunk(ABORT))
        elif self.options.ending == "endpoint-first":
            await self.next_chunk(SHUTDOWN)
            self.send(Chunk(SHUTDOWN_ACK))
            await self.next_chunk(SHUTDOWN_COMPLETE)
        else:
            self.send(shutdown(self.peer_tsn))
            await self.next_chunk(SHUTDOWN_ACK)
            self.send(Chunk(SHUTDOWN_COMPLETE))

    def send(self, *chunks: Chunk) -> None:
        self.socket.send(self.options.address, self.ports, self.peer_tag, *chunks)

    async def next_chunk(self, kind: int, timeout: float | None = None) -> Chunk:
        """The next chunk of this type; others are passed over. ABORT ends the association."""
        while True:
            while self.chunks:
                chunk = self.chunks.pop(0)
                if chunk.type == ABORT:
                    raise Aborted if self.established else Refused
                if chunk.type == kind:
                    return chunk
            packet = await asyncio.wait_for(self.packets.get(), timeout or self.options.timeout)
            if packet.tag == self.tag:
                self.chunks.extend(packet.chunks)


async def main() -> None:
    options = parse_options("SCTP associations")
    associations: dict[int, Association] = {}

    def on_packet(_: str, packet: Packet) -> None:
        if packet.source_port == options.port and packet.destination_port in associations:
            associations[packet.destination_port].packets.put_nowait(packet)

    socket = open_for_peer(options.address, on_packet)
    # A raw socket has no ports that the kernel could choose.
    first_port = options.first_port or random.randrange(20000, 60000 - options.count)

    async def converse(index: int) -> dict:
        port = first_port + index
        associations[port] = Association(options, socket, port)
        try:
            return await associations[port].run()
        finally:
            del associations[port]

    await run_paced(options, converse)


asyncio.run(main())
