"""The pages of docs/nas/, made of what is known of each NAS: `python -m tests.docs.nas_pages` writes them anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from config.models.clients import ClientSettings
from config.patience import DECIDING
from radiusd.nas import advice
from radiusd.nas.product import NasProduct
from radiusd.nas.products import PRODUCTS

FOLDER = Path(__file__).parents[2] / "docs" / "nas"
DECISION = DECIDING
WAITS = (10.0, 30.0, DECISION, 120.0)
SIGNS = {
    "always": "always",
    "when set": "yes, see below",
    "never": "never",
    "unknown": "not known; `radiusd client list` shows it",
}
HOW = (
    "run against servers on loopback that logged every octet, time, port,\nIdentifier and Authenticator, some of them radiusd."
    " Times are of a clock on the wall."
)
SHORT = {"always": "always", "when set": "can be set", "never": "never", "unknown": "not known"}


def pages() -> dict[str, str]:
    """Every page by the name of its file."""
    made = {f"{product.key}.md": "\n".join(_page(product)) + "\n" for product in PRODUCTS}
    made["index.md"] = "\n".join(_index()) + "\n"
    return made


def _seconds(value: float) -> str:
    return f"{round(value, 1):g} s"


def _index() -> Iterator[str]:
    yield "# NASes"
    yield ""
    yield "A NAS asks, waits a little, asks again, and gives up. As they come, most give up before a mail has arrived. Set"
    yield "the time-out and the tries of yours, and say in `radius.yaml` how long it waits then (`hold`), or leave `hold:"
    yield "auto`, and it is learned."
    yield ""
    yield "`radiusd client list` shows what was seen of each NAS, and `radiusd client advice NAME --nas PRODUCT` what to set"
    yield "for the methods of its users. [`radiusd simulate`](../simulate.md) plays them all before you have one on the desk."
    yield ""
    yield "| NAS | `--nas` | gives up after | can wait | shows a challenge | Message-Authenticator |"
    yield "|---|---|---|---|---|---|"
    for product in PRODUCTS:
        yield (
            f"| [{product.name}]({product.key}.md) | `{product.key}` | {_seconds(product.default_wait_seconds)}"
            f" | {_seconds(product.longest_timeout)} | {'yes' if product.answers_challenges else 'no'}"
            f" | {SHORT[product.signs]} |"
        )
    yield ""
    yield "Others: set a time-out that is, times the tries, as long as `hold`; allow PAP; let it sign its requests. One that"
    yield "serves nobody else while it waits, as ocserv does, needs `one_at_a_time: true`."
    yield ""
    yield "## Requests that are not signed"
    yield ""
    yield "`message_authenticator: required`, which is the default, drops every request without Message-Authenticator. Most"
    yield "programs never send one: their pages have `optional`, and `radiusd check` warns of it. Whoever is between such a NAS"
    yield "and radiusd can forge an Access-Accept (Blast-RADIUS, CVE-2024-3596): keep that way on this machine, in a network of"
    yield "its own, or in a tunnel. With `auto` a signature is required from the first one on,"
    yield "and `radiusd client list` shows of whom it can be required now."
    yield ""
    yield "## A FreeRADIUS proxy between"
    yield ""
    yield f"A FreeRADIUS proxy waits {advice.PROXY_SECONDS:g} s for an answer, whatever its `response_window` says: it cuts that to"
    yield "`max_request_time`. A server that was silent for longer it takes for dead, and then everybody behind it is refused for"
    yield f"minutes. Let its client in `radius.yaml` have `hold: {advice.PROXY_HOLD_SECONDS:g}s`: a decision that comes later counts for the next try."
    yield ""
    yield "Its proxy.conf:"
    yield ""
    yield "```text"
    yield "home_server radiusd {"
    yield "    status_check = status-server"
    yield f"    response_window = {advice.PROXY_SECONDS:g}"
    yield "}"
    yield "```"
    yield ""
    yield "Status-Server tells it that radiusd is there although one request waits. Users who wait for a decision are best sent"
    yield "to a `home_server` entry of their own."


def _page(product: NasProduct) -> Iterator[str]:
    yield f"# {product.name}"
    yield ""
    yield from _as_it_comes(product)
    yield ""
    if product.can_be_set:
        yield from _to_wait(product)
    else:
        yield "None of this can be set."
    yield ""
    if product.speaks != "PAP":
        yield f"It speaks {product.speaks}, which radiusd refuses: nobody signs in by it as it comes."
    elif product.one_at_a_time:
        yield "10 s are enough for a code by mail or SMS. Nobody is held for a decision, since everybody else would wait too."
    elif product.recommended_wait(DECISION) >= DECISION:
        yield "10 s are enough for a code by mail or SMS; a decision needs a minute."
    else:
        yield "A decision needs a minute: one that comes later counts for the next try (`late_approval`)."
    yield ""
    yield "## What to set"
    yield ""
    wait = advice.PASSWORD_SECONDS if product.one_at_a_time else DECISION
    yield f"For {_seconds(wait)}. Words in capitals are your own. `radiusd client advice CLIENT --nas {product.key}`"
    yield "prints this for the methods of your users."
    for step in product.commands(wait):
        yield ""
        yield f"{step.where}:"
        yield ""
        yield "```text"
        yield from step.lines
        yield "```"
    yield ""
    yield "## In radius.yaml"
    yield ""
    yield "```yaml"
    yield from radius_yaml(product)
    yield "```"
    if product.cautions:
        yield ""
        yield "## Mind"
        yield ""
        yield from (f"- {caution}" for caution in product.cautions)
    if product.seen:
        yield ""
        yield "## Measured"
        yield ""
        yield f"Seen with {product.measured}, on Debian 12, {HOW}"
        yield ""
        yield from (f"- {fact}" for fact in product.seen)
    yield ""
    yield f"Source: {product.source}."


def _to_wait(product: NasProduct) -> Iterator[str]:
    yield "| to wait | time-out | tries | it gives up after |"
    yield "|---|---|---|---|"
    for wait in WAITS:
        yield (
            f"| {_seconds(wait)} | {_seconds(product.recommended_timeout_seconds(wait))}"
            f" | {product.recommended_tries(wait)} | {_seconds(product.recommended_wait(wait))} |"
        )


def _as_it_comes(product: NasProduct) -> Iterator[str]:
    tries, timeout = product.default_tries, product.default_timeout_seconds
    apart = f"{_seconds(timeout)} apart" + (", then longer" if product.backoff > 1 else "")
    port = "the same port" if product.retransmits_same_port else "a new port each"
    octets = "the same octets" if product.same_authenticator else "the same Identifier, a new Authenticator"
    yield "| as it comes | |"
    yield "|---|---|"
    yield f"| tries | {tries}, {apart} |" if tries > 1 else "| tries | 1 |"
    yield f"| gives up after | {_seconds(product.default_wait_seconds)}; at most {_seconds(product.longest_timeout)} |"
    yield f"| further tries | {octets}, from {port} |"
    yield f"| a challenge | {product.challenge} |"
    yield f"| Message-Authenticator | {SIGNS[product.signs]} |"


def radius_yaml(product: NasProduct) -> Iterator[str]:
    """A client for it."""
    plain = {"address": "192.0.2.10", "secret": "s" * 20, "application": "vpn", "message_authenticator": "auto"}
    lacking = ClientSettings.model_validate(plain)
    wait = advice.PASSWORD_SECONDS if product.one_at_a_time else DECISION
    written = advice.to_write(product, lacking, min(product.recommended_wait(wait), wait))
    if product.signs == "never":
        written["message_authenticator"] = "optional"
    elif "message_authenticator" not in written:
        written["message_authenticator"] = "auto"
    yield "clients:"
    yield f"  {product.key}:"
    yield "    address: 192.0.2.10"
    yield "    secret: env:NAS_SECRET"
    yield "    application: vpn"
    yield from (f"    {key}: {value}" for key, value in written.items())


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text)
