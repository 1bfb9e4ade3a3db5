"""TCP conversations with a service. See pace.py for the options."""

import argparse
import asyncio
import errno
import socket
import struct

import tcp_info
from message import endpoint_of, request
from pace import any_address, family_of, parse_options, run_paced, source_port

LAST_SEGMENTS_S = 2
OUTCOMES = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.EPIPE: "reset",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
}


class Conversation:
    def __init__(self, options: argparse.Namespace, index: int) -> None:
        self.options = options
        self.sent = 0
        self.received = 0
        self.start = b""
        self.segments: dict[str, int] = {}
        self.sock = socket.socket(family_of(options.address), socket.SOCK_STREAM)
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind((any_address(options.address), source_port(options, index)))
        self.loop = asyncio.get_running_loop()

    async def run(self) -> dict:
        port = self.sock.getsockname()[1]
        try:
            outcome = await self.talk()
        except TimeoutError:
            outcome = "timeout"
        except OSError as error:
            outcome = OUTCOMES.get(error.errno, errno.errorcode.get(error.errno, str(error)))
        if outcome != "ok":
            self.segments = tcp_info.segments(self.sock)
        self.sock.close()
        return {
            "port": port,
            "endpoint": endpoint_of(self.start),
            "sent": self.sent,
            "received": self.received,
            "outcome": outcome,
            **self.segments,
        }

    async def talk(self) -> str:
        options = self.options
        await self.within(self.loop.sock_connect(self.sock, (options.address, options.port)))
        await self.send(request(options.request_bytes, options.response_bytes, options.ending))
        if options.ending == "half-close":
            self.sock.shutdown(socket.SHUT_WR)
        if not await self.receive(options.response_bytes):
            return "closed"
        await asyncio.sleep(options.hold)
        return await self.end()

    async def end(self) -> str:
        if self.options.ending == "client-reset":
            # Counted before the RST: a closed socket can not be asked any more.
            self.segments = tcp_info.segments(self.sock)
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return "ok"
        if self.options.ending == "endpoint-first":
            await self.receive(1)
            self.sock.shutdown(socket.SHUT_WR)
        elif self.options.ending != "half-close":
            self.sock.shutdown(socket.SHUT_WR)
        await self.receive(1)
        await self.last_segments()
        return "ok"

    async def last_segments(self) -> None:
        """The counters are complete when both FINs are acknowledged."""
        deadline = self.loop.time() + LAST_SEGMENTS_S
        while not tcp_info.is_closed(self.sock) and self.loop.time() < deadline:
            await asyncio.sleep(0.001)
        self.segments = tcp_info.segments(self.sock)

    async def send(self, content: bytes) -> None:
        view = memoryview(content)
        while self.sent < len(content):
            chunk = view[self.sent : self.sent + 262144]
            await self.within(self.loop.sock_sendall(self.sock, chunk))
            self.sent += len(chunk)

    async def receive(self, size: int) -> bool:
        """False when the peer closed before it sent so much."""
        wanted = self.received + size
        while self.received < wanted:
            chunk = await self.within(self.loop.sock_recv(self.sock, min(262144, wanted - self.received)))
            if not chunk:
                return False
            if len(self.start) < 64:
                self.start += chunk[:64]
            self.received += len(chunk)
        return True

    async def within(self, step):
        return await asyncio.wait_for(step, self.options.timeout)


async def main() -> None:
    options = parse_options("TCP conversations")
    await run_paced(options, lambda index: Conversation(options, index).run())


asyncio.run(main())
