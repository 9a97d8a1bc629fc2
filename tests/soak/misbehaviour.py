"""What misbehaving hosts of the soak send, byte by byte. Where it can be read as a page, it states a number that nobody may believe."""

from __future__ import annotations

import random

from tests.soak.script import WRONG, Mode, page

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"


def misbehaviour(mode: Mode, path: str, chance: random.Random) -> bytes:
    """What a host sends in answer to a request, for the modes that send all they have at once."""
    body = page(path, WRONG).encode()
    length = f"Content-Length: {len(body)}\r\n".encode()
    match mode:
        case Mode.RESET:
            return b""
        case Mode.RESET_BODY:
            return HEAD + length + b"\r\n" + body[: len(body) // 2]
        case Mode.TRUNCATED:
            # In the middle of a number, which would read as another one.
            return HEAD + length + b"\r\n" + body[: body.index(b"has 1 members") + 5]
        case Mode.GARBAGE:
            return chance.choice([b"\x00\x01\x02 not http\r\n\r\n", b"SSH-2.0-x\r\n", chance.randbytes(900)])
        case Mode.ERROR:
            return b"HTTP/1.1 500 Oops\r\nContent-Type: text/html\r\n" + length + b"\r\n" + body
        case Mode.BUSY:
            wait = chance.choice([b"", b"Retry-After: 3\r\n", b"Retry-After: soon\r\n"])
            return b"HTTP/1.1 503 Busy\r\nContent-Type: text/html\r\n" + wait + length + b"\r\n" + body
        case Mode.LOOP:
            other = path.removesuffix("-back") if path.endswith("-back") else f"{path}-back"
            return f"HTTP/1.1 302 Found\r\nLocation: {other}\r\nContent-Length: 0\r\n\r\n".encode()
        case Mode.HUGE_HEADERS:
            many = "".join(f"X-{number}: {'y' * 50}\r\n" for number in range(1_500))
            return HEAD + chance.choice([many, f"X-Huge: {'y' * 300_000}\r\n"]).encode() + b"\r\n" + body
    raise AssertionError(mode)
