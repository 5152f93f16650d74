"""What a page of docs/nas/ says of a NAS, as a test sets it: its lines, and its client in radius.yaml."""

from __future__ import annotations

import json
import re

import yaml

from radiusd.nas.products import BY_KEY
from tests.docs.nas_pages import DECISION, radius_yaml
from tests.flows.office import SECRET


def client_of(key: str) -> str:
    """The keys of the client, for the office."""
    (values,) = yaml.safe_load("\n".join(radius_yaml(BY_KEY[key])))["clients"].values()
    kept = {name: value for name, value in values.items() if name not in {"address", "secret", "application"}}
    return ", ".join(
        f"{name}: {json.dumps(value)}" for name, value in {"message_authenticator": "auto", **kept}.items()
    )


def lines_of(key: str, step: int, port: int, *, wait: float = DECISION, **words: str) -> list[str]:
    """The lines to set in one place. The server is this machine, on that port; `words` are for others in capitals."""
    known = {"SERVER:1812": f"127.0.0.1:{port}", "SERVER": "127.0.0.1", "SECRET": SECRET, "NAME": "gate", **words}
    pattern = re.compile("|".join(rf"\b{word}\b" for word in known))
    return [pattern.sub(lambda found: known[found[0]], line) for line in BY_KEY[key].commands(wait)[step].lines]
