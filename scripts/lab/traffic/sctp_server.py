"""SCTP server of an endpoint: enough of RFC 9260 for one message each way, on a network that loses nothing."""

import random
import struct

from message import parse_request, response
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
    cookie_parameter,
    first_word,
    fragments,
    init,
    init_tag_and_tsn,
    next_tsn,
    sack,
    shutdown,
)
from sctp_socket import SctpSocket

COOKIE = struct.Struct("!IIII")


class Association:
    def __init__(self, server: "Server", peer: str, ports: tuple[int, int], cookie: bytes) -> None:
        self.server = server
        self.peer = peer
        self.ports = ports
        self.peer_tag, self.tag, self.peer_tsn, self.tsn = COOKIE.unpack(cookie)
        self.message = b""
        self.ending = ""
        self.last_sent: int | None = None

    def send(self, *chunks: Chunk) -> None:
        self.server.socket.send(self.peer, self.ports, self.peer_tag, *chunks)

    def on_data(self, chunk: Chunk) -> bool:
        """True when the association is over."""
        self.peer_tsn = first_word(chunk)
        self.message += chunk.value[12:]
        self.send(sack(self.peer_tsn))
        return bool(chunk.flags & END) and self.answer()

    def answer(self) -> bool:
        _, response_size, self.ending = parse_request(self.message)
        if self.ending == "endpoint-reset" or self.server.ports[self.ports[0]] == "reset":
            self.send(Chunk(ABORT))
            return True
        for chunk in fragments(response(self.server.address, self.ports[0], response_size), self.tsn):
            self.send(chunk)
            self.last_sent = first_word(chunk)
        return False

    def on_sack(self, chunk: Chunk) -> None:
        if self.ending == "endpoint-first" and first_word(chunk) == self.last_sent:
            self.send(shutdown(self.peer_tsn))


class Server:
    def __init__(self, address: str, ports: dict[int, str]) -> None:
        self.address = address
        self.ports = ports
        self.associations: dict[tuple[str, int, int], Association] = {}
        self.socket = SctpSocket(address, self.on_packet)

    def on_packet(self, peer: str, packet: Packet) -> None:
        if packet.destination_port not in self.ports:
            return
        ports = (packet.destination_port, packet.source_port)
        key = (peer, *ports)
        for chunk in packet.chunks:
            if chunk.type == INIT:
                self.on_init(peer, ports, chunk)
            elif chunk.type == COOKIE_ECHO:
                self.associations[key] = Association(self, peer, ports, chunk.value)
                self.associations[key].send(Chunk(COOKIE_ACK))
            elif key in self.associations and packet.tag == self.associations[key].tag:
                self.on_chunk(key, chunk)

    def on_init(self, peer: str, ports: tuple[int, int], chunk: Chunk) -> None:
        peer_tag, peer_tsn = init_tag_and_tsn(chunk)
        if self.ports[ports[0]] == "refuse":
            self.socket.send(peer, ports, peer_tag, Chunk(ABORT))
            return
        tag, tsn = random.randrange(1, 1 << 32), random.randrange(1 << 32)
        cookie = COOKIE.pack(peer_tag, tag, next_tsn(peer_tsn, -1), tsn)
        self.socket.send(peer, ports, peer_tag, init(INIT_ACK, tag, tsn, cookie_parameter(cookie)))

    def on_chunk(self, key: tuple[str, int, int], chunk: Chunk) -> None:
        association = self.associations[key]
        over = chunk.type in (ABORT, SHUTDOWN_COMPLETE)
        if chunk.type == DATA:
            over = association.on_data(chunk)
        elif chunk.type == SACK:
            association.on_sack(chunk)
        elif chunk.type == SHUTDOWN:
            association.send(Chunk(SHUTDOWN_ACK))
        elif chunk.type == SHUTDOWN_ACK:
            association.send(Chunk(SHUTDOWN_COMPLETE))
            over = True
        if over:
            del self.associations[key]


def serve_sctp(address: str, ports: dict[int, str]) -> None:
    if ports:
        Server(address, ports)
