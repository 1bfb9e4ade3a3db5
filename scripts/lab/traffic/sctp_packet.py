"""SCTP packets, RFC 9260: common header, chunks, CRC32c. All fields are in network byte order but the checksum."""

import struct
from dataclasses import dataclass

DATA, INIT, INIT_ACK, SACK, ABORT = 0, 1, 2, 3, 6
SHUTDOWN, SHUTDOWN_ACK, COOKIE_ECHO, COOKIE_ACK, SHUTDOWN_COMPLETE = 7, 8, 10, 11, 14
# Flags of DATA: first and last fragment of a message.
BEGIN, END = 2, 1
COOKIE_PARAMETER = 7
RECEIVE_WINDOW = 1 << 20
# User bytes of one DATA chunk: the packet fits an MTU of 1500 over IPv6 too.
FRAGMENT = 1400


@dataclass(frozen=True)
class Chunk:
    type: int
    value: bytes = b""
    flags: int = 0


@dataclass(frozen=True)
class Packet:
    source_port: int
    destination_port: int
    tag: int
    chunks: tuple[Chunk, ...]


def build(packet: Packet) -> bytes:
    chunks = b"".join(build_chunk(chunk) for chunk in packet.chunks)
    ports_and_tag = struct.pack("!HHI", packet.source_port, packet.destination_port, packet.tag)
    checksum = crc32c(ports_and_tag + bytes(4) + chunks)
    return ports_and_tag + struct.pack("<I", checksum) + chunks


def build_chunk(chunk: Chunk) -> bytes:
    header = struct.pack("!BBH", chunk.type, chunk.flags, 4 + len(chunk.value))
    return header + chunk.value + bytes(-len(chunk.value) % 4)


def parse(raw: bytes) -> Packet | None:
    """None when the checksum is wrong: the packet was damaged or rewritten badly."""
    if len(raw) < 12 or crc32c(raw[:8] + bytes(4) + raw[12:]) != struct.unpack_from("<I", raw, 8)[0]:
        return None
    chunks = []
    offset = 12
    while offset + 4 <= len(raw):
        kind, flags, length = struct.unpack_from("!BBH", raw, offset)
        if length < 4:
            return None
        chunks.append(Chunk(kind, raw[offset + 4 : offset + length], flags))
        offset += length + -length % 4
    return Packet(*struct.unpack_from("!HHI", raw), tuple(chunks))


def init(kind: int, tag: int, tsn: int, parameters: bytes = b"") -> Chunk:
    return Chunk(kind, struct.pack("!IIHHI", tag, RECEIVE_WINDOW, 1, 1, tsn) + parameters)


def init_tag_and_tsn(chunk: Chunk) -> tuple[int, int]:
    tag, _, _, _, tsn = struct.unpack_from("!IIHHI", chunk.value)
    return tag, tsn


def cookie_parameter(cookie: bytes) -> bytes:
    return struct.pack("!HH", COOKIE_PARAMETER, 4 + len(cookie)) + cookie


def cookie_of(init_ack: Chunk) -> bytes:
    offset = 16
    while offset + 4 <= len(init_ack.value):
        kind, length = struct.unpack_from("!HH", init_ack.value, offset)
        if kind == COOKIE_PARAMETER:
            return init_ack.value[offset + 4 : offset + length]
        offset += max(4, length + -length % 4)
    raise ValueError("INIT ACK without a cookie")


def sack(tsn: int) -> Chunk:
    return Chunk(SACK, struct.pack("!IIHH", tsn, RECEIVE_WINDOW, 0, 0))


def shutdown(tsn: int) -> Chunk:
    return Chunk(SHUTDOWN, struct.pack("!I", tsn))


def first_word(chunk: Chunk) -> int:
    """The TSN of DATA, the cumulative TSN of SACK and SHUTDOWN."""
    return struct.unpack_from("!I", chunk.value)[0]


def fragments(message: bytes, tsn: int) -> list[Chunk]:
    """The message as DATA chunks on stream 0, their TSNs counting up from `tsn`."""
    chunks = []
    for offset in range(0, len(message), FRAGMENT):
        flags = (BEGIN if offset == 0 else 0) | (END if offset + FRAGMENT >= len(message) else 0)
        header = struct.pack("!IHHI", next_tsn(tsn, len(chunks)), 0, 0, 0)
        chunks.append(Chunk(DATA, header + message[offset : offset + FRAGMENT], flags))
    return chunks


def next_tsn(tsn: int, count: int = 1) -> int:
    return (tsn + count) & 0xFFFFFFFF


def make_table() -> list[int]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


TABLE = make_table()


def crc32c(content: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in content:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF
