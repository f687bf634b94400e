"""A client of the language server: JSON-RPC over the pipes of a process, as editors speak it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

SECONDS = 60
"""How long an answer is waited for before the test fails; the figures of speed are measured otherwise."""


class Client:
    """One session. `published` holds the last findings of each document, `asked` the requests of the server."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.messages: Queue[dict[str, Any] | None] = Queue()
        self.published: dict[str, Any] = {}
        self.shown: list[str] = []
        self.asked: list[dict[str, Any]] = []
        self.number = 0
        self.versions: dict[str, int] = {}
        self.capabilities: dict[str, Any] = {}
        Thread(target=self._receive, daemon=True).start()

    def request(self, method: str, params: Any = None) -> Any:
        """The result of a request. Fails where the server answers with an error."""
        answer = self._ask(method, params)
        assert "error" not in answer, answer
        return answer.get("result")

    def _ask(self, method: str, params: Any) -> dict[str, Any]:
        self.number += 1
        number = self.number
        self._send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        while True:
            message = self._next()
            if message.get("id") == number and "method" not in message:
                return message

    def refused(self, method: str, uri: str, line: int, character: int, **more: Any) -> str:
        """The message with which the server refuses a request about a position."""
        position = {"line": line, "character": character}
        answer = self._ask(f"textDocument/{method}", {"textDocument": {"uri": uri}, "position": position, **more})
        message: str = answer["error"]["message"]
        return message

    def notify(self, method: str, params: Any) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def open(self, uri: str, text: str) -> None:
        self.versions[uri] = 1
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})

    def change(self, uri: str, text: str) -> None:
        self.versions[uri] += 1
        document = {"uri": uri, "version": self.versions[uri]}
        self.published.pop(uri, None)
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})

    def wait_for_findings(self, uri: str) -> list[dict[str, Any]]:
        """The findings of a document, when they come."""
        while uri not in self.published:
            self._next()
        found: list[dict[str, Any]] = self.published[uri]
        return found

    def tell_of(self, path: Path, uri: str) -> list[dict[str, Any]]:
        """The findings of a document when the editor has told that a file has changed on disk."""
        self.published.pop(uri, None)
        self.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": path.as_uri(), "type": 2}]})
        return self.wait_for_findings(uri)

    def at(self, method: str, uri: str, line: int, character: int, **more: Any) -> Any:
        """The answer to a request about a position."""
        position = {"line": line, "character": character}
        return self.request(f"textDocument/{method}", {"textDocument": {"uri": uri}, "position": position, **more})

    def _next(self) -> dict[str, Any]:
        message = self.messages.get(timeout=SECONDS)
        assert message is not None, "the server ended"
        if message.get("method") == "textDocument/publishDiagnostics":
            self.published[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif "method" in message and "id" in message:
            self.asked.append(message)
            self._send({"jsonrpc": "2.0", "id": message["id"], "result": None})
        elif message.get("method") in ("window/showMessage", "window/logMessage"):
            self.shown.append(message["params"]["message"])
        return message

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps(message).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def _receive(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while header := stream.readline():
            length = 0
            while header.strip():
                name, _, value = header.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
                header = stream.readline()
            self.messages.put(json.loads(stream.read(length)))
        self.messages.put(None)


@contextmanager
def session(folder: Path, encodings: list[str] | None = None, **capabilities: Any) -> Iterator[Client]:
    """A server with a client that offers these encodings of positions; it must end well, and say nothing else."""
    command = [sys.executable, "-m", "shapecalc", "lsp", "--stdio"]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=folder)
    client = Client(process)
    try:
        offered = {"general": {"positionEncodings": encodings}} if encodings else {}
        answer = client.request(
            "initialize", {"processId": None, "rootUri": folder.as_uri(), "capabilities": {**offered, **capabilities}}
        )
        client.capabilities = answer["capabilities"]
        client.notify("initialized", {})
        yield client
        client.request("shutdown")
        client.notify("exit", None)
        assert process.wait(SECONDS) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert client.shown == []
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()
