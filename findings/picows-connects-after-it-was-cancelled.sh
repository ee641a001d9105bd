#!/bin/sh
# Cancelling picows' ws_connect while the handshake is under way ends the waiting, not the connection: the socket stays open, and
# when the server answers later, on_ws_connected is called all the same. Who cancels (a timeout of their own, a shutdown) must
# keep the listener and disconnect in on_ws_connected, or the connection goes on with nobody who knows of it.
#
# Seen with picows 2.3.1 on Python 3.13: a second after the cancellation the server has not seen an end; after its answer the
# listener gets a connection. Fails when that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "picows==2.3.1"
"$folder/venv/bin/python" - <<'PY'
import asyncio
import base64
import contextlib
import hashlib
from importlib.metadata import version

import picows

told = []


class Listener(picows.WSListener):
    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        told.append("connected")
        transport.disconnect()


async def main() -> tuple[bool, list[str]]:
    asked, answer, done = asyncio.Event(), asyncio.Event(), asyncio.Event()
    ended = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.set()
        with contextlib.suppress(TimeoutError):
            ended.append(await asyncio.wait_for(reader.read(1), 1))
        await answer.wait()
        key = next(line.split(":", 1)[1].strip() for line in request.split("\r\n") if line.lower().startswith("sec-websocket-key"))
        digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
        writer.write(head.encode() + base64.b64encode(digest) + b"\r\n\r\n")
        with contextlib.suppress(OSError, TimeoutError):
            await asyncio.wait_for(reader.read(), 1)
        writer.close()
        done.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    opening = asyncio.create_task(picows.ws_connect(Listener, f"ws://127.0.0.1:{port}/", websocket_handshake_timeout=30))
    await asked.wait()
    opening.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await opening
    answer.set()
    await done.wait()
    server.close()
    return bool(ended), told


ended, told = asyncio.run(main())
print(f"picows {version('picows')}: the server saw an end: {ended}; told after the cancellation: {told}")
assert (ended, told) == (False, ["connected"])
PY
