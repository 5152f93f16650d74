"""A sign-in as a sequence diagram: an SVG that stands for itself, light and dark, with text as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from radiusd.nas.simulate.results import Result
from radiusd.nas.simulate.transcript import Arrow, Event, Held, Lane, Mark, Transcript, wrapped

WIDTH = 960
LANES = {Lane.USER: 150, Lane.NAS: 390, Lane.SERVER: 650, Lane.OTHER: 880}
TOP = 116  # of the boxes with the names
FIRST = 196  # of the first event
LINE = 15  # of text
ROOM = 22  # between an event and the label of the next
SECOND = 5.0  # pixels for each second between two events ...
LONGEST = 12.0  # ... of so many at most; a longer time is told by the figures alone
SOON = 0.25  # seconds: events that are closer have one figure
LETTER = 7.0  # pixels that a letter of a label is wide, at most

STYLE = """
svg{font:14px/1.2 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;color-scheme:light dark;
--ground:#fff;--panel:#edf1f5;--line:#b9c4cf;--text:#14202b;--quiet:#526071;--plain:#0b5cab;--good:#0b6b4f;--bad:#a8141f;
--held:#e3c170;--held-edge:#8a5a00}
@media(prefers-color-scheme:dark){svg{--ground:#0d1218;--panel:#1b2530;--line:#46545f;--text:#e9eff5;--quiet:#9fafbe;
--plain:#8ec2ff;--good:#4cc796;--bad:#ff9d9f;--held:#5a4515;--held-edge:#ffd382}}
text{fill:var(--text)}
.ground{fill:var(--ground)}
.title{font-size:21px;font-weight:650}
.said{fill:var(--quiet)}
.verdict{font-weight:600}
.box{fill:var(--panel);stroke:var(--line)}
.name{font-weight:600;text-anchor:middle}
.life{stroke:var(--line);stroke-dasharray:2 4}
.time{fill:var(--quiet);font-size:12.5px;text-anchor:end;font-variant-numeric:tabular-nums}
.label{font-size:13px;text-anchor:middle;paint-order:stroke;stroke:var(--ground);stroke-width:5px;stroke-linejoin:round}
.mark{text-anchor:start;fill:var(--quiet)}
.held{fill:var(--held);stroke:var(--held-edge)}
.arrow{fill:none;stroke-width:1.75}
.again{stroke-dasharray:6 4}
.cross{stroke-width:3;stroke-linecap:round}
.plain,.again{stroke:var(--plain)}.good{stroke:var(--good)}.bad{stroke:var(--bad)}.quiet{stroke:var(--quiet)}
.is-plain,.is-again{fill:var(--plain)}.is-good{fill:var(--good)}.is-bad{fill:var(--bad)}
text.is-bad{fill:var(--bad)}text.is-good{fill:var(--good)}
""".strip()


@dataclass(frozen=True, slots=True)
class Placed:
    """An event with its label in lines, and how far down it is."""

    event: Event
    label: Sequence[str]
    y: float


def svg(result: Result) -> str:
    """The drawing. It has no code, no number, no password and no secret in it."""
    transcript = result.transcript
    lanes = _lanes(transcript)
    placed = list(_placed(transcript, lanes))
    bottom = (placed[-1].y if placed else FIRST) + 34
    height = round(bottom + 24)
    title = f"{result.nas.name}, {result.nas.setting}"
    tone = "good" if result.succeeded else "bad"
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
            ' role="img" aria-labelledby="title verdict">'
        ),
        f"<title>{escape(title)}</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="ground" width="{WIDTH}" height="{height}"/>',
        _text(32, 42, title, "title", name="title"),
        _text(32, 66, _sentence(f"{result.nas.schedule}; {result.user} signs in"), "said"),
        _text(32, 90, _sentence(result.verdict), f"verdict is-{tone}", name="verdict"),
        *(_lane(lane, x, bottom, transcript) for lane, x in lanes.items()),
        *(_bar(held, placed, lanes) for held in transcript.held),
        *(each for number, one in enumerate(placed) for each in _event(one, placed[:number], lanes)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _lanes(transcript: Transcript) -> dict[Lane, int]:
    """Where each lane is; without a message the last one is not there."""
    return {lane: x for lane, x in LANES.items() if lane is not Lane.OTHER or transcript.other}


def _placed(transcript: Transcript, lanes: dict[Lane, int]) -> Iterator[Placed]:
    y = float(FIRST)
    before: Event | None = None
    for event in transcript.events:
        label = _label(event, lanes)
        if before is not None and not _is_beside(event, before):
            y += ROOM + LINE * len(label) + SECOND * min(event.at - before.at, LONGEST)
        yield Placed(event, label, y)
        before = event


def _is_beside(event: Event, before: Event) -> bool:
    """Whether it stands behind the head of the request that came right before it."""
    return (
        isinstance(event, Mark)
        and not event.cross
        and isinstance(before, Arrow)
        and before.target is event.lane
        and before.source is Lane.NAS
        and event.at - before.at < SOON
    )


def _label(event: Event, lanes: dict[Lane, int]) -> list[str]:
    if isinstance(event, Mark):
        return wrapped(event.text, int((WIDTH - lanes[event.lane] - 40) / LETTER))
    return wrapped(event.text, int((abs(lanes[event.source] - lanes[event.target]) - 24) / LETTER), 3)


def _event(one: Placed, before: Sequence[Placed], lanes: dict[Lane, int]) -> Iterator[str]:
    event, y = one.event, one.y
    if not before or event.at - before[-1].event.at >= SOON:
        yield _text(84, y + 4, f"{event.at:.1f} s", "time")
    if isinstance(event, Mark):
        yield from _mark(event, one, lanes)
        return
    yield from _arrow(event, one, lanes)


def _arrow(event: Arrow, one: Placed, lanes: dict[Lane, int]) -> Iterator[str]:
    start, end, y = lanes[event.source], lanes[event.target], one.y
    way = 1 if end > start else -1
    start, end = (
        start + way * (8 if event.source is Lane.SERVER else 3),
        end - way * (9 if event.target is Lane.SERVER else 3),
    )
    yield f'<path class="arrow {event.tone}" d="M{start} {y:.0f}H{end - way * 8}"/>'
    yield f'<path class="is-{event.tone}" d="M{end} {y:.0f}l{-way * 11} -5v10z"/>'
    middle = (start + end) / 2
    for number, line in enumerate(reversed(one.label)):
        yield _text(middle, y - 8 - number * LINE, line, "label")


def _mark(event: Mark, one: Placed, lanes: dict[Lane, int]) -> Iterator[str]:
    x, y = lanes[event.lane], one.y
    if event.cross:
        yield f'<path class="cross bad" d="M{x - 8} {y - 8:.0f}l16 16m0 -16l-16 16"/>'
    for number, line in enumerate(one.label):
        shift = (number - (len(one.label) - 1) / 2) * LINE
        yield _text(x + 18, y + 5 + shift, line, "label mark" + (" is-bad" if event.cross else ""))


def _lane(lane: Lane, x: int, bottom: float, transcript: Transcript) -> str:
    name = transcript.other if lane is Lane.OTHER else lane.value
    return (
        f'<path class="life" d="M{x} {TOP + 34}V{bottom:.0f}"/>'
        f'<rect class="box" x="{x - 52}" y="{TOP}" width="104" height="34" rx="8"/>' + _text(x, TOP + 22, name, "name")
    )


def _bar(held: Held, placed: Sequence[Placed], lanes: dict[Lane, int]) -> str:
    """From the request that is held to where it is answered or given up."""
    x, top = lanes[Lane.SERVER], _first(held, placed)
    bottom = max(
        (each.y for each in placed if _ends(each.event) and held.at < each.event.at <= held.until + SOON), default=top
    )
    return f'<rect class="held" x="{x - 5}" y="{top:.0f}" width="10" height="{bottom - top:.0f}" rx="3"/>'


def _ends(event: Event) -> bool:
    """Whether nobody waits any more after it: an answer, or a cross."""
    if isinstance(event, Mark):
        return event.cross
    return (event.source, event.target) == (Lane.SERVER, Lane.NAS)


def _first(held: Held, placed: Sequence[Placed]) -> float:
    """Where the request arrives that is held."""
    arrives = (
        each.y
        for each in placed
        if isinstance(each.event, Arrow)
        and each.event.at >= held.at
        and (each.event.source, each.event.target) == (Lane.NAS, Lane.SERVER)
    )
    return next(arrives, placed[0].y)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def _text(x: float, y: float, text: str, classes: str, *, name: str = "") -> str:
    known = f' id="{name}"' if name else ""
    return f'<text{known} class="{classes}" x="{x:g}" y="{y:g}">{escape(text)}</text>'
