"""UDP request and response, each conversation from a port of its own. See pace.py for the options.

A response size of 0 means that none is asked for: the conversation is one packet.
"""

import argparse
import asyncio
import socket

from message import endpoint_of, request
from pace import any_address, family_of, parser, run_paced, source_port


async def converse(options: argparse.Namespace, index: int) -> dict:
    sock = socket.socket(family_of(options.address), socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.bind((any_address(options.address), source_port(options, index)))
    # Connected, so that an ICMP unreachable comes back as an error of this socket.
    sock.connect((options.address, options.port))
    row = {"port": sock.getsockname()[1], "endpoint": None, "sent": 0, "received": 0, "outcome": "ok"}
    try:
        for _ in range(options.datagrams):
            await exchange(sock, options, row)
        await asyncio.sleep(options.hold)
    except TimeoutError:
        row["outcome"] = "timeout"
    except ConnectionRefusedError:
        row["outcome"] = "refused"
    finally:
        sock.close()
    return row


async def exchange(sock: socket.socket, options: argparse.Namespace, row: dict) -> None:
    content = request(options.request_bytes, options.response_bytes, options.ending)
    sock.send(content)
    row["sent"] += len(content)
    if options.response_bytes == 0:
        return
    loop = asyncio.get_running_loop()
    answer = await asyncio.wait_for(loop.sock_recv(sock, 65536), options.timeout)
    row["received"] += len(answer)
    row["endpoint"] = endpoint_of(answer)


async def main() -> None:
    parse = parser("UDP conversations")
    parse.add_argument("--datagrams", type=int, default=1, help="requests of one conversation")
    options = parse.parse_args()
    await run_paced(options, lambda index: converse(options, index))


asyncio.run(main())
