"""How a WebSocket ended."""

from typing import cast

from picows import WSCloseCode, WSTransport


class SocketClosedError(Exception):
    """The connection has ended. The text tells the close codes and reasons, ours and theirs."""

    def __init__(self, transport: WSTransport) -> None:
        handshake = transport.close_handshake
        said = []
        if handshake is not None and handshake.recv is not None:
            said.append(f"received {int(cast('int', handshake.recv.code))} {handshake.recv.reason or ''}".rstrip())
        if handshake is not None and handshake.sent is not None:
            said.append(f"sent {int(cast('int', handshake.sent.code))} {handshake.sent.reason or ''}".rstrip())
            if not handshake.recv_then_sent:
                said.reverse()
        super().__init__(", then ".join(said) or "the connection was lost without a word")
        self.oversized = handshake is not None and (
            handshake.sent is not None and handshake.sent.code == WSCloseCode.MESSAGE_TOO_BIG
        )
        """Whether we ended it over a message that is too long."""
