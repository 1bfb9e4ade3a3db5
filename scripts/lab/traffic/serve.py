"""The servers of one endpoint. Each answers with its own address; prints `ready` when all of them listen."""

import argparse
import asyncio

from sctp_server import serve_sctp
from tcp_server import serve_tcp
from udp_server import serve_udp


def listen_argument(text: str) -> tuple[str, int, str]:
    protocol, port, behaviour = text.split("/")
    return protocol, int(port), behaviour


async def main() -> None:
    parse = argparse.ArgumentParser(description=__doc__)
    parse.add_argument("--addresses", nargs="+", required=True)
    parse.add_argument("--listen", nargs="*", type=listen_argument, default=[], help="protocol/port/behaviour")
    options = parse.parse_args()
    for address in options.addresses:
        for protocol, port, behaviour in options.listen:
            if protocol == "tcp":
                await serve_tcp(address, port, behaviour)
            if protocol == "udp":
                await serve_udp(address, port)
        serve_sctp(address, {port: behaviour for protocol, port, behaviour in options.listen if protocol == "sctp"})
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
