"""/admin/blocks: who is kept from signing in, for how much longer, and how they are let in again (S258 to S260, S271, S272)."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple
from urllib.parse import urlencode

from fastapi import Response

from radiusd.administration import blocks
from radiusd.administration.entrance import SignedIn
from radiusd.rules.facts import line
from radiusd.rules.moments import lasting
from radiusd.web.cards import Card, notice
from radiusd.web.visitors import Visit
from store.records import Block

BLOCKS = "admin/blocks"
GONE = 404
LONGEST = 18  # digits of a block's number


class Row(NamedTuple):
    """A block as the list has it."""

    number: int
    user: str
    directory: str
    place: str
    remains: str
    until: str
    since: str
    by: str
    reason: str


async def list_blocks(here: Visit, who: SignedIn) -> Response:
    """All in force, or those of users in whose names a text is; so many at once, the oldest first."""
    asked = here.request.query_params
    wanted, after = asked.get("name", "").strip()[:253], _number(asked.get("after", "")) or 0
    now = here.use.clock()
    read = partial(blocks.page, now=now, after=after, name=wanted, limit=blocks.PAGE + 1)
    found = await here.entrance.store.read(read)
    shown = found[: blocks.PAGE]
    more = {"name": wanted, "after": str(shown[-1].id)} if len(found) > blocks.PAGE else {}
    return here.within(
        "blocks.html", who, here.words("blocked users"), rows=[_row(here, each, now) for each in shown], name=wanted,
        more=here.link(f"{BLOCKS}?{urlencode(more)}") if more else "",
        first=here.link(f"{BLOCKS}?{urlencode({'name': wanted})}" if wanted else BLOCKS) if after else "",
        everything=here.link(BLOCKS),
    )  # fmt: skip


async def ask_to_remove(here: Visit, who: SignedIn) -> Response:
    """The question before it is done."""
    now = here.use.clock()
    block = await _meant(here, now)
    if block is None:
        return _gone(here)
    if not who.role.may_act:
        return here.page("card.html", notice(here.words, "may not", 403))
    return here.within(
        "block_remove.html", who, here.words("remove block"), row=_row(here, block, now), back=here.link(BLOCKS)
    )


async def remove_block(here: Visit, who: SignedIn, _form: dict[str, str]) -> Response:
    """Done: they can sign in at once."""
    now = here.use.clock()
    block = await _meant(here, now)
    if block is None:
        return _gone(here)
    await here.entrance.store.write(partial(blocks.remove, by=who.by, meant=[block], now=now))
    return here.goes_to(BLOCKS)


async def _meant(here: Visit, now: float) -> Block | None:
    number = _number(here.request.path_params["number"])
    if number is None:
        return None
    try:
        return await here.entrance.store.read(partial(blocks.one, number=number, now=now))
    except blocks.NoBlock:
        return None


def _gone(here: Visit) -> Response:
    return here.page("card.html", Card("quiet", here.words("no block"), (here.words("no block, effect"),), status=GONE))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST else None


def _row(here: Visit, block: Block, now: float) -> Row:
    words = here.words
    elsewhere = "from new stations" if block.scope == "unknown_stations" else "from anywhere"
    place = line(block.station) if block.scope == "station" else str(words(elsewhere))
    if block.until is None:
        remains, until = str(words("until removed")), ""
    else:
        remains, until = lasting(max(1.0, block.until - now), words.language), words.moment(block.until, now)
    return Row(
        block.id, line(block.user_name), block.directory, place, remains, until, words.moment(block.created_at, now),
        line(block.created_by) or "radiusd", line(block.reason),
    )  # fmt: skip
