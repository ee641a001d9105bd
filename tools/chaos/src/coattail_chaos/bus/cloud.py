"""The AWS of this machine: one address for the stream and for the bus, as `AWS_ENDPOINT_URL` names it."""

from contextlib import AbstractAsyncContextManager

from aiohttp import web

from coattail_chaos.bus import event_bus
from coattail_chaos.bus.event_bus import EventBus
from coattail_chaos.listening import listening
from coattail_testing import kinesis
from coattail_testing.kinesis import failure
from coattail_testing.kinesis_reading import ReadableStream


def serving(stream: ReadableStream, bus: EventBus) -> AbstractAsyncContextManager[int]:
    """Serve both while the context is open; the port."""

    async def handle(request: web.Request) -> web.Response:
        target = request.headers.get("X-Amz-Target", "")
        try:
            body = await request.read()
        except ConnectionError:  # who asked was killed
            return failure(500, "InternalFailure", "nobody reads this: the connection is gone")
        if target.startswith(kinesis.PREFIX):
            return stream.answer(target.removeprefix(kinesis.PREFIX), body)
        if target == f"{event_bus.PREFIX}PutEvents":
            return await bus.answer(request)
        return failure(400, "UnknownOperationException", target)

    application = web.Application(client_max_size=16 * 1024 * 1024)
    application.router.add_post("/", handle)
    return listening(application)
