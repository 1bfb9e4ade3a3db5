"""Runs many conversations of a client, bounded in number at once and in rate, and prints one JSON line for each."""

import argparse
import asyncio
import json
import socket
from collections.abc import Awaitable, Callable

from message import ENDINGS, SMALLEST_REQUEST


def parser(description: str) -> argparse.ArgumentParser:
    parse = argparse.ArgumentParser(description=description)
    parse.add_argument("--address", required=True)
    parse.add_argument("--port", type=int, required=True)
    parse.add_argument("--count", type=int, default=1)
    parse.add_argument("--concurrency", type=int, default=50)
    parse.add_argument("--rate", type=float, default=0, help="conversations started per second; 0: no bound")
    parse.add_argument("--first-port", type=int, default=0, help="source ports from here on; 0: the kernel chooses")
    parse.add_argument("--request-bytes", type=int, default=100)
    parse.add_argument("--response-bytes", type=int, default=100)
    parse.add_argument("--timeout", type=float, default=3, help="seconds without progress")
    parse.add_argument("--ending", choices=ENDINGS, default="graceful")
    parse.add_argument("--hold", type=float, default=0, help="seconds between the response and the end")
    return parse


def parse_options(description: str) -> argparse.Namespace:
    options = parser(description).parse_args()
    if options.request_bytes < SMALLEST_REQUEST:
        raise SystemExit(f"--request-bytes is {options.request_bytes}, expected at least {SMALLEST_REQUEST}")
    return options


def family_of(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def any_address(address: str) -> str:
    return "::" if ":" in address else "0.0.0.0"


def source_port(options: argparse.Namespace, index: int) -> int:
    return options.first_port + index if options.first_port else 0


async def run_paced(options: argparse.Namespace, converse: Callable[[int], Awaitable[dict]]) -> None:
    gate = asyncio.Semaphore(options.concurrency)
    loop = asyncio.get_running_loop()
    start = loop.time()

    async def one(index: int) -> None:
        try:
            row = await converse(index)
        finally:
            gate.release()
        print(json.dumps({"connection": index, **row}), flush=True)

    tasks = []
    for index in range(options.count):
        if options.rate:
            await asyncio.sleep(max(0, start + index / options.rate - loop.time()))
        await gate.acquire()
        tasks.append(asyncio.create_task(one(index)))
    await asyncio.gather(*tasks)
