"""SCTP by the kernel's own sockets: `sctp-peer.py serve ADDRESS PORT`, or `sctp-peer.py call ADDRESS PORT COUNT BYTES END`.

END is graceful or abort. A call sends BYTES, the server sends as many back; one line says how each call went.
"""

import socket
import struct
import sys
import threading

SCTP = 132


def open_socket(address: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return socket.socket(family, socket.SOCK_STREAM, SCTP)


def read(sock: socket.socket, size: int) -> int:
    count = 0
    while count < size:
        content = sock.recv(65536)
        if not content:
            break
        count += len(content)
    return count


def answer(sock: socket.socket) -> None:
    try:
        size = struct.unpack("!I", sock.recv(4))[0]
        read(sock, size)
        send(sock, size)
        sock.recv(1)
    except OSError:
        pass
    finally:
        sock.close()


def send(sock: socket.socket, size: int) -> None:
    for offset in range(0, size, 1000):
        sock.send(bytes(min(1000, size - offset)))


def serve(address: str, port: int) -> None:
    listener = open_socket(address)
    listener.bind((address, port))
    listener.listen(128)
    print("ready", flush=True)
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=answer, args=(sock,), daemon=True).start()


def call(address: str, port: int, count: int, size: int, end: str) -> None:
    for _ in range(count):
        sock = open_socket(address)
        try:
            sock.connect((address, port))
            sock.send(struct.pack("!I", size))
            send(sock, size)
            print("ok" if read(sock, size) == size else "short")
            if end == "abort":
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except ConnectionRefusedError:
            print("refused")
        sock.close()


match sys.argv[1:]:
    case ["serve", address, port]:
        serve(address, int(port))
    case ["call", address, port, count, size, end]:
        call(address, int(port), int(count), int(size), end)
