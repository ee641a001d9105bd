"""Where the frames of a WebSocket end in the bytes of its connection. Pure.

Source: RFC 6455, section 5.2: two bytes, the second with the mask bit and a length of 7 bits; 126 and 127 in it mean that 2 or
8 bytes of length follow; then 4 bytes of mask if there is one; then the payload. Before the frames there is one HTTP head.
"""

from typing import Final

import msgspec

_HEAD_ENDS: Final = b"\r\n\r\n"
_SHORTEST: Final = 2
_MASKED: Final = 0x80
_LENGTH: Final = 0x7F
_EXTENDED: Final = {126: 2, 127: 8}
_MASK_BYTES: Final = 4


class Seen(msgspec.Struct, frozen=True):
    """A chunk of the connection: frames are from the offset `start` on, and end at the offsets `ends`, ascending."""

    size: int
    start: int
    ends: tuple[int, ...]

    def inside(self) -> list[int]:
        """How many bytes of the chunk may be passed on so that the last of them are the beginning of a frame."""
        ends = set(self.ends)
        return [offset for offset in range(self.start + 1, self.size + 1) if offset not in ends]


class FrameScanner:
    """Follows one direction of a connection. Never raises, whatever it is fed."""

    def __init__(self) -> None:
        self.frames = 0
        """Frames that have ended."""
        self._in_head = True
        self._begun = b""
        """The last bytes of the head that were seen, or those of a header that is not whole."""
        self._payload = 0
        """Bytes of the present frame's payload that have not come."""

    def feed(self, chunk: bytes) -> Seen:
        """The next bytes of the connection."""
        start = at = self._skip_head(chunk)
        ends: list[int] = []
        while at < len(chunk):
            if self._payload:
                taken = min(self._payload, len(chunk) - at)
                self._payload -= taken
                at += taken
                ended = not self._payload
            else:
                self._begun += chunk[at : at + 1]
                at += 1
                ended = self._read_header() and not self._payload
            if ended:
                self.frames += 1
                ends.append(at)
        return Seen(len(chunk), start, tuple(ends))

    def _skip_head(self, chunk: bytes) -> int:
        """The offset from which on the chunk is no head any more."""
        if not self._in_head:
            return 0
        seen = self._begun + chunk
        end = seen.find(_HEAD_ENDS)
        if end < 0:
            self._begun = seen[-(len(_HEAD_ENDS) - 1) :]
            return len(chunk)
        start = end + len(_HEAD_ENDS) - len(self._begun)
        self._in_head, self._begun = False, b""
        return start

    def _read_header(self) -> bool:
        """Whether the header is whole; the payload begins then."""
        header = self._begun
        if len(header) < _SHORTEST:
            return False
        length = header[1] & _LENGTH
        extended = _EXTENDED.get(length, 0)
        if len(header) < _SHORTEST + extended + (_MASK_BYTES if header[1] & _MASKED else 0):
            return False
        self._payload = int.from_bytes(header[_SHORTEST : _SHORTEST + extended]) if extended else length
        self._begun = b""
        return True
