"""TCP server of an endpoint."""

import asyncio
import socket
import struct

from message import parse_request, response

CHUNK = 262144


async def serve_tcp(address: str, port: int, behaviour: str) -> None:
    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await converse(reader, writer, address, port, behaviour)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    await asyncio.start_server(accept, address, port, backlog=4096)


async def converse(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: str, port: int, behaviour: str
) -> None:
    line = await reader.readuntil(b"\n")
    size, response_size, ending = parse_request(line)
    await discard(reader, size - len(line))
    if behaviour == "reset" or ending == "endpoint-reset":
        return reset(writer)
    if ending == "half-close":
        await reader.read()
    await send(writer, memoryview(response(address, port, response_size)))
    if ending not in ("endpoint-first", "half-close"):
        await reader.read()


async def discard(reader: asyncio.StreamReader, size: int) -> None:
    while size > 0:
        chunk = await reader.read(min(size, CHUNK))
        if not chunk:
            raise asyncio.IncompleteReadError(b"", size)
        size -= len(chunk)


async def send(writer: asyncio.StreamWriter, content: memoryview) -> None:
    for offset in range(0, len(content), CHUNK):
        writer.write(content[offset : offset + CHUNK])
        await writer.drain()


def reset(writer: asyncio.StreamWriter) -> None:
    """With a linger time of 0, closing sends RST."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
