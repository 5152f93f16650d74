"""`radiusd client trace`: what one client sends and gets, packet by packet, while it happens."""

from __future__ import annotations

import json as encoding
import os
import socket
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from config.faults import nearest
from radiusd.cli import configuration
from radiusd.cli.printing import USAGE, as_json_line, complain, fail, say
from radiusd.process import pidfile

if TYPE_CHECKING:
    from datetime import tzinfo

    from config.settings import Settings

INDENT = 16


def trace(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The client in radius.yaml.")],
    *,
    json: Annotated[bool, typer.Option("--json", help="For programs: one line for each packet.")] = False,
) -> None:
    """Shows each packet of that NAS and each answer as they come and go, until Ctrl-C.

    Attributes by name, copies, times, and why a packet was dropped. Passwords, codes, States and signatures are left out.
    """
    settings = configuration.settings(context)
    if name not in settings.clients:
        near = nearest(name, settings.clients)
        hint = f"did you mean `{near}`?" if near else "`radiusd client list` shows them"
        fail(f"radius.yaml has no client `{name}`; {hint}", USAGE)
    with _connected(settings) as connection:
        connection.sendall(f"{name}\n".encode())
        for line in connection.makefile("r", encoding="utf-8"):
            event = encoding.loads(line)
            if not event:
                complain(f"Packets of {name} are shown from now on; Ctrl-C ends it.")
            elif json:
                as_json_line(event)
            else:
                for text in lines(event, settings.time_zone):
                    say(text)
    fail("the server has ended, or enough others look on")


def _connected(settings: Settings) -> socket.socket:
    """To the running server."""
    from radiusd.process.trace_socket import path_of, within

    path = path_of(pidfile.path_of(settings.database, settings.key_file, settings.path))
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        folder, name = within(path)
        try:
            connection.connect(name)
        finally:
            os.close(folder)
    except (FileNotFoundError, ConnectionRefusedError):
        connection.close()
        fail(f"no radiusd runs here that could be looked at ({path} is not there); start it with: radiusd run")
    except PermissionError:
        connection.close()
        fail(f"this user may not look on at {path}; do it as the user that the server runs as, or as root")
    return connection


def lines(event: Mapping[str, Any], zone: tzinfo | None) -> Iterator[str]:
    """One packet as text."""
    at = datetime.fromtimestamp(event["at"], UTC).astimezone(zone)
    if event["lost"]:
        yield f"{'':{INDENT}}({event['lost']} packets were not shown: they came faster than they were read)"
    yield f"{at:%H:%M:%S}.{at.microsecond // 1000:03}    {_what(event)}"
    if event.get("copy", 1) == 1:
        attributes = event.get("attributes", ())
        width = max((len(known) for known, _value in attributes), default=0)
        for known, value in attributes:
            yield f"{'':{INDENT}}{known:<{width}}  {value}"


def _what(event: Mapping[str, Any]) -> str:
    if event["way"] == "dropped":
        hint = f": {event['hint']}" if event["hint"] else ""
        return f"dropped ({event['reason']}){hint}"
    who = f"{event['address']}:{event['port']}"
    way = f"{who} > radiusd" if event["way"] == "in" else f"radiusd > {who}"
    told = f"{way}  {event['code']}" + (f" {event['identifier']}" if "identifier" in event else "")
    if event.get("copy", 1) > 1:
        return f"{told}, copy {event['copy']} after {event['after_seconds']:.3f} s"
    after = event.get("after_seconds")
    return f"{told}, {event['octets']} octets" + (f", after {after:.3f} s" if after else "")
