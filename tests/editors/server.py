"""Drives yaml-language-server over its protocol, as an editor does."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

Message = dict[str, Any]


class Server:
    """A running server. `open` shows it a file; what it says of one comes when it has looked at it."""

    def __init__(self, process: subprocess.Popen[bytes], schema: str) -> None:
        self.process = process
        self.schema = schema
        self.requests = 0
        self.findings: dict[str, list[Message]] = {}
        self.ask(
            "initialize", {"processId": None, "rootUri": None, "capabilities": {"workspace": {"configuration": True}}}
        )
        self.send({"method": "initialized", "params": {}})
        self.send({"method": "workspace/didChangeConfiguration", "params": {"settings": {"yaml": self.settings}}})

    @property
    def settings(self) -> Message:
        options = {"validate": True, "hover": True, "completion": True, "format": {"enable": False}}
        return {**options, "schemas": {self.schema: ["*.yaml"]}, "schemaStore": {"enable": False}}

    def send(self, message: Message) -> None:
        assert self.process.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def receive(self) -> Message:
        """The next message; what the server asks of the editor is answered."""
        assert self.process.stdout is not None
        length = 0
        while line := self.process.stdout.readline().strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        assert length, "the server has ended"
        message: Message = json.loads(self.process.stdout.read(length))
        if message.get("method") == "workspace/configuration":
            answers = [self.settings if item.get("section") == "yaml" else {} for item in message["params"]["items"]]
            self.send({"id": message["id"], "result": answers})
        elif "method" in message and "id" in message:
            self.send({"id": message["id"], "result": None})
        elif message.get("method") == "textDocument/publishDiagnostics":
            self.findings[message["params"]["uri"]] = message["params"]["diagnostics"]
        return message

    def ask(self, method: str, params: Message) -> Any:
        """The answer to a request."""
        self.requests += 1
        number = self.requests
        self.send({"id": number, "method": method, "params": params})
        while True:
            message = self.receive()
            if message.get("id") == number and "method" not in message:
                assert "error" not in message, message
                return message["result"]

    def open(self, text: str, name: str) -> str:
        """The URI of a file with this text, shown to the server."""
        uri = f"file:///specs/{name}"
        item = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self.findings.pop(uri, None)
        self.send({"method": "textDocument/didOpen", "params": {"textDocument": item}})
        return uri

    def close(self, uri: str) -> None:
        self.send({"method": "textDocument/didClose", "params": {"textDocument": {"uri": uri}}})

    def check(self, text: str, name: str) -> list[Message]:
        """What the server finds in a text."""
        uri = self.open(text, name)
        while uri not in self.findings:
            self.receive()
        found = self.findings[uri]
        self.close(uri)
        return found

    def complete(self, text: str) -> list[str]:
        """The labels offered where `|` stands in the text."""
        uri, place = self._open_at(text)
        answer = self.ask("textDocument/completion", place)
        self.close(uri)
        items = answer["items"] if isinstance(answer, dict) else answer or []
        return [item["label"] for item in items]

    def hover(self, text: str) -> str:
        """What is shown over the word in which `|` stands."""
        uri, place = self._open_at(text)
        answer = self.ask("textDocument/hover", place)
        self.close(uri)
        contents = answer["contents"] if answer else ""
        return cast(str, contents["value"] if isinstance(contents, dict) else contents)

    def _open_at(self, text: str) -> tuple[str, Message]:
        before, _, after = text.partition("|")
        uri = self.open(before + after, f"typed{self.requests}.yaml")
        position = {"line": before.count("\n"), "character": len(before.rpartition("\n")[2])}
        return uri, {"textDocument": {"uri": uri}, "position": position}


@contextmanager
def start(command: Path, schema: Path) -> Iterator[Server]:
    """A server that holds every YAML file to a schema."""
    with subprocess.Popen([command, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield Server(process, schema.resolve().as_uri())
        finally:
            process.kill()
