"""What the clients ask and the servers answer, the same over TCP, UDP and SCTP.

A request is one line, `<request bytes> <response bytes> <ending>`, padded with dots to its size. A response is one
line, `<address of the endpoint> <port>`, padded likewise: so a client knows who really answered. Padding keeps sizes
exact; a size smaller than its line cuts the line.
"""

# How a conversation ends. graceful: the client first; endpoint-first: the endpoint; half-close: the client says its
# last word before it reads; client-reset, endpoint-reset: RST in TCP, ABORT in SCTP.
ENDINGS = ("graceful", "endpoint-first", "half-close", "client-reset", "endpoint-reset")
SMALLEST_REQUEST = 48


def pad(line: str, size: int) -> bytes:
    return (line + "\n").encode().ljust(size, b".")[:size]


def request(size: int, response_size: int, ending: str) -> bytes:
    return pad(f"{size} {response_size} {ending}", size)


def parse_request(start: bytes) -> tuple[int, int, str]:
    size, response_size, ending = start.split(b"\n", 1)[0].decode().split(" ")
    return int(size), int(response_size), ending


def response(address: str, port: int, size: int) -> bytes:
    return pad(f"{address} {port}", size)


def endpoint_of(start: bytes) -> str | None:
    line, newline, _ = start.partition(b"\n")
    return line.decode().split(" ")[0] if newline else None
