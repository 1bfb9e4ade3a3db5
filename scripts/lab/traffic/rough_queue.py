"""Treats packets as a bad link does: loses some, sends some twice, lets some be overtaken.

The packets are those of an NFQUEUE (linux/netfilter/nfnetlink_queue.h), spoken to without a library. sch_netem does
the same, but few kernels have it. Says `ready`, and at SIGTERM how many it lost, doubled and held back.
"""

import argparse
import json
import random
import signal
import socket
import struct
import time

NETLINK_NETFILTER = 12
QUEUE_PACKET, QUEUE_VERDICT, QUEUE_CONFIG = (3 << 8 | kind for kind in (0, 1, 2))
NLM_F_REQUEST = 1
CONFIG_COMMAND, CONFIG_PARAMETERS, CONFIG_LENGTH = 1, 2, 3
BIND = 1
COPY_PACKET = 2
PACKET_HEADER, PAYLOAD = 1, 10
VERDICT_HEADER = 2
DROP, ACCEPT = 0, 1
MESSAGE = struct.Struct("=IHHII")
# Family, version, number of the queue.
QUEUE = struct.Struct("!BBH")
ATTRIBUTE = struct.Struct("=HH")
BUFFER_BYTES = 8 << 20
# A packet that nobody overtakes goes on after this time.
PATIENCE_S = 0.02


def attribute(kind: int, content: bytes) -> bytes:
    return ATTRIBUTE.pack(4 + len(content), kind) + content + bytes(-len(content) % 4)


def attributes(content: bytes) -> dict[int, bytes]:
    found = {}
    while len(content) >= 4:
        length, kind = ATTRIBUTE.unpack_from(content)
        found[kind & 0x7FFF] = content[4:length]
        content = content[(length + 3) & ~3 :]
    return found


class Queue:
    def __init__(self, number: int) -> None:
        self.number = number
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        self.sock.bind((0, 0))
        self.send(QUEUE_CONFIG, attribute(CONFIG_COMMAND, struct.pack("!BBH", BIND, 0, 0)))
        self.send(QUEUE_CONFIG, attribute(CONFIG_PARAMETERS, struct.pack("!IB", 0xFFFF, COPY_PACKET)))
        self.send(QUEUE_CONFIG, attribute(CONFIG_LENGTH, struct.pack("!I", 65536)))

    def send(self, kind: int, content: bytes) -> None:
        body = QUEUE.pack(socket.AF_UNSPEC, 0, self.number) + content
        self.sock.send(MESSAGE.pack(MESSAGE.size + len(body), kind, NLM_F_REQUEST, 0, 0) + body)

    def decide(self, packet_id: int, verdict: int) -> None:
        self.send(QUEUE_VERDICT, attribute(VERDICT_HEADER, struct.pack("!II", verdict, packet_id)))

    def packets(self, timeout: float | None) -> list[tuple[int, bytes]]:
        """Their numbers and contents; none after the time."""
        self.sock.settimeout(timeout)
        try:
            received = self.sock.recv(1 << 17)
        except TimeoutError:
            return []
        found = []
        while len(received) >= MESSAGE.size:
            length, kind, *_ = MESSAGE.unpack_from(received)
            if kind == QUEUE_PACKET:
                parts = attributes(received[MESSAGE.size + QUEUE.size : length])
                found.append((struct.unpack_from("!I", parts[PACKET_HEADER])[0], parts[PAYLOAD]))
            received = received[(length + 3) & ~3 :]
        return found


class RoughLink:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.random = random.Random(options.seed)
        self.queue = Queue(options.queue)
        self.held: list[tuple[int, int, float]] = []
        self.counts = {"passed": 0, "lost": 0, "doubled": 0, "held": 0}
        self.copies = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)

    def run(self) -> None:
        while True:
            for packet_id, content in self.queue.packets(PATIENCE_S if self.held else None):
                self.treat(packet_id, content)
            self.release()

    def treat(self, packet_id: int, content: bytes) -> None:
        options = self.options
        fate = self.random.random()
        if fate < options.lose:
            self.counts["lost"] += 1
            self.queue.decide(packet_id, DROP)
            return
        self.held = [(held, overtakers - 1, since) for held, overtakers, since in self.held]
        fate -= options.lose
        if fate < options.reorder:
            self.counts["held"] += 1
            self.held.append((packet_id, self.random.randint(1, 4), time.monotonic()))
            return
        self.counts["passed"] += 1
        self.queue.decide(packet_id, ACCEPT)
        if fate - options.reorder < options.double:
            self.counts["doubled"] += 1
            self.send_copy(content)

    def send_copy(self, content: bytes) -> None:
        ethertype = 0x0800 if content[0] >> 4 == 4 else 0x86DD
        mac = bytes.fromhex(self.options.gateway.replace(":", ""))
        self.copies.sendto(content, (self.options.device, ethertype, 0, 0, mac))

    def release(self) -> None:
        now = time.monotonic()
        due = [each for each in self.held if each[1] <= 0 or now - each[2] >= PATIENCE_S]
        self.held = [each for each in self.held if each not in due]
        for packet_id, _, _ in due:
            self.queue.decide(packet_id, ACCEPT)


def main() -> None:
    parse = argparse.ArgumentParser(description="A bad link")
    parse.add_argument("--queue", type=int, default=0)
    parse.add_argument("--lose", type=float, default=0, help="share of the packets")
    parse.add_argument("--reorder", type=float, default=0)
    parse.add_argument("--double", type=float, default=0)
    parse.add_argument("--seed", type=int, default=1)
    parse.add_argument("--device", default="eth0", help="where copies go out")
    parse.add_argument("--gateway", default="", help="Ethernet address that they go to")
    link = RoughLink(parse.parse_args())
    signal.signal(signal.SIGTERM, lambda *_: (print(json.dumps(link.counts), flush=True), exit(0)))
    print("ready", flush=True)
    link.run()


main()
