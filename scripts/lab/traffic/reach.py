"""Waits until every address answers: a connection to a closed port is refused by the peer itself."""

import socket
import sys
import time

CLOSED_PORT = 1
DEADLINE_S = 5


def answers(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.settimeout(0.5)
        try:
            sock.connect((address, CLOSED_PORT))
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
    return True


def main() -> None:
    deadline = time.monotonic() + DEADLINE_S
    for address in sys.argv[1:]:
        while not answers(address):
            if time.monotonic() > deadline:
                sys.exit(f"{address} does not answer")
            time.sleep(0.01)


main()
