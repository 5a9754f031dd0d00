#!/usr/bin/env python3
"""Start ``$FIREFOX`` and stand between it and Playwright: what Playwright runs as if it were Firefox.

Playwright drives an unchanged Firefox through WebDriver BiDi, but asks for every new context a command that the
extended support release does not know yet, and gives up. Every message is passed on as it is; only the answer that this
command is unknown becomes a yes. So in such a Firefox `color_scheme` does nothing, and everything else works. A Firefox
that knows the command answers for itself, and when all do, this file can go.
"""

import asyncio
import json
import os
import re
import signal
import sys

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application
from tornado.websocket import WebSocketClosedError, WebSocketHandler, websocket_connect

UNKNOWN = "emulation.setMediaFeaturesOverride"
READY = re.compile(rb"WebDriver BiDi listening on (ws://\S+)")
LARGEST = 2**28  # bytes of a message: a picture of a long page is one


def answer(message: str) -> str:
    """Return what Playwright hears when Firefox says `message`.

    >>> error = '{"type": "error", "id": 7, "error": "unknown command", "message": "%s"}'
    >>> answer(error % UNKNOWN)
    '{"type": "success", "id": 7, "result": {}}'
    >>> answer(error % "another.command") == error % "another.command"
    True
    """
    if UNKNOWN not in message:
        return message
    said = json.loads(message)
    if said.get("error") != "unknown command" or UNKNOWN not in said["message"]:
        return message
    return json.dumps({"type": "success", "id": said["id"], "result": {}})


class Relay(WebSocketHandler):
    """One connection of Playwright, and one to Firefox."""

    def initialize(self, firefox: str) -> None:
        self.address = firefox + "/session"

    async def open(self) -> None:
        self.firefox = await websocket_connect(self.address, max_message_size=LARGEST)
        self.listening = asyncio.create_task(self.listen())

    async def listen(self) -> None:
        try:
            while (message := await self.firefox.read_message()) is not None:
                await self.write_message(answer(message))
        except WebSocketClosedError:  # Playwright has gone first
            return
        self.close()

    async def on_message(self, message: str) -> None:
        await self.firefox.write_message(message)

    def on_close(self) -> None:
        self.firefox.close()


async def main(arguments: list[str]) -> int:
    """Run Firefox with `arguments` until it ends; say where the relay listens in Firefox's own words."""
    firefox = await asyncio.create_subprocess_exec(os.environ["FIREFOX"], *arguments, stderr=asyncio.subprocess.PIPE)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, firefox.terminate)
    async for line in firefox.stderr:
        if found := READY.search(line):
            relay = ("/session", Relay, {"firefox": found[1].decode()})
            sockets = bind_sockets(0, "127.0.0.1")
            HTTPServer(Application([relay], websocket_max_message_size=LARGEST)).add_sockets(sockets)
            line = b"WebDriver BiDi listening on ws://127.0.0.1:%d\n" % sockets[0].getsockname()[1]
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()
    return await firefox.wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
