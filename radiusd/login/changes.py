"""What each step of a login changes: pure functions of the login's row, a verdict and the time. `committing` writes it.

Randomness (challenges, references) and texts come in as arguments, so that a table can tell what comes out.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from config.models.options import NEW_PASSWORD
from radiusd.login import login_rows, states
from radiusd.login.cases import BEGIN, Case
from radiusd.login.login_rows import Answered, LoginRow, Proofs, packet_of, proofs_of
from radiusd.login.open_logins import joins_of
from radiusd.login.progress import Progress
from radiusd.login.states import Keys
from radiusd.model.access import Accept, Challenge, Outcome, Reject, Silence
from radiusd.model.approval import Approval
from radiusd.model.audit import Row
from radiusd.model.message import Message
from radiusd.model.verdict import Asked, Passed, Verdict, Waiting, Write

STATES_KEPT = 8  # of one login that was joined again and again
INFORMED_SECONDS = 3600.0  # for which what informs of an Accept is tried again (D18)
Following = tuple[str, float]  # the packet of who is first in line then, and until when it is held


class Change(Struct, frozen=True):
    """What one step writes, all of it or nothing, and what is answered once it is written.

    `row` is the login's next row, None where the login has none; `answer` None: the request is held. `messages` are worth
    sending until `worth` (seconds since the epoch), before the answer, or after it where they only `inform`. `asked` are
    questions to approvers, or further links to them; the login's approval is waited for until `held_until`, and withdrawn
    with `withdraws`; the request `lines_up` behind another that waits for it (D24). `counted` is the kind of failure that counts, by the case's attempt; a success `forgets`
    failures. `writes` are the methods' own. `told` is the audit of an answer that waits for the messages to have left;
    where it may tell nothing of them, they leave `apart`.
    """

    answer: Outcome | None
    row: LoginRow | None = None
    audit: tuple[Row, ...] = ()
    messages: tuple[Message, ...] = ()
    worth: float = 0.0
    informs: bool = False
    apart: bool = False
    asked: tuple[Approval, ...] = ()
    held_until: float | None = None
    lines_up: bool = False
    withdraws: bool = False
    counted: str = ""
    forgets: bool = False
    told: Row | None = None
    writes: tuple[Write, ...] = ()


def asked(
    case: Case, progress: Progress, row: LoginRow, verdict: Asked, *, challenge: str, until: float, keys: Keys
) -> Change:
    """The user is asked by a Challenge of that second part; the login lives `until` then at the most."""
    factor = progress.remaining[0]
    reason = verdict.reason or f"{factor} asks"
    # Whoever joined and got an earlier State has a code that is still good.
    joined = case.step == BEGIN and row.step != login_rows.UNWRITTEN and row.factor == factor
    good = " ".join([*row.states.split()[1 - STATES_KEPT :], challenge]) if joined else challenge
    following = _next(
        case, progress, row, keys, until=min(verdict.until, until), memory=verdict.memory, states=good,
        outcome=Answered(login_rows.CHALLENGE, verdict.prompt, challenge, verdict.echo), challenges=1,
    )  # fmt: skip
    return Change(
        answer=Challenge(verdict.prompt, states.make(keys.states, row.id, challenge), verdict.echo),
        row=following,
        audit=(case.row("challenge", reason, (*progress.trail, reason)),),
        messages=() if verdict.message is None else (verdict.message,),
        worth=following.until,
        counted=verdict.counted,
        writes=progress.writes,
    )


def appended(
    case: Case, progress: Progress, row: LoginRow, verdict: Asked, *, reject: Reject, told: Row, until: float, keys: Keys
) -> Change:  # fmt: skip
    """The same, where the answer comes behind the password: a Reject says so."""
    following = _next(
        case, progress, row, keys, until=min(verdict.until, until), memory=verdict.memory, challenges=1,
        outcome=Answered(login_rows.REJECT, reject.text, ref=reject.ref),
    )  # fmt: skip
    return Change(
        answer=reject,
        row=following,
        told=told,
        messages=() if verdict.message is None else (verdict.message,),
        worth=following.until,
        counted=verdict.counted,
        writes=progress.writes,
    )


def waiting(
    case: Case, progress: Progress, row: LoginRow, verdict: Waiting, *, held_until: float, keys: Keys
) -> Change:
    """The request is held until then, for the decision of somebody else."""
    late = row.until - verdict.until if verdict.asked is None else verdict.asked.late
    told = ", ".join(message.content.recipient for message in verdict.messages)
    passed_over = () if verdict.asked is None else verdict.asked.passed_over
    reason = "; ".join((f"asking {told}", *passed_over)) if told else verdict.reason or "waits for a decision"
    following = _next(
        case, progress, row, keys, until=verdict.until + max(0.0, late), memory=verdict.memory,
        outcome=Answered(login_rows.HOLD, verdict.prompt, undecided=verdict.undecided), approval=verdict.approval,
        held_until=held_until,
    )  # fmt: skip
    return Change(
        answer=None,
        row=following,
        audit=(case.row("waiting", reason, (*progress.trail, reason)),),
        messages=verdict.messages,
        worth=following.until,
        asked=() if verdict.asked is None else (verdict.asked,),
        held_until=held_until,
        lines_up=is_in_line(following),
        apart=verdict.unproved is not None,
        writes=(*progress.writes, *verdict.writes),
    )


def is_in_line(row: LoginRow) -> bool:
    """Whether the request that was recorded last stands in line behind another one (D24)."""
    front = proofs_of(row).front
    return front not in ("", row.packet)


def accepted(case: Case, progress: Progress, row: LoginRow | None, accept: Accept, *, keys: Keys) -> Change:
    """Every factor was proved. `row` is None where the login took one step; it has a row only where somebody is informed."""
    at = case.request.at
    told: tuple[Approval, ...] = ()
    messages: tuple[Message, ...] = ()
    if progress.informing:
        told = tuple(verdict.told for verdict in progress.informing if verdict.told is not None)
        messages = tuple(message for verdict in progress.informing for message in verdict.messages)
    following = None
    if row is not None:
        following = _ended(case, row, keys, "accepted", Answered(login_rows.ACCEPT), progress)
    elif told or messages:
        proofs = Proofs(progress.trail, progress.proved)
        first = login_rows.new(case.request, case.entry, case.plan.profile, case.login, "", proofs, keys.records)
        outcome = Answered(login_rows.ACCEPT).json()
        following = replace(first, joins=None, step=1, outcome=outcome, status="accepted")
    if following is not None and following.approval is None and told:
        following = replace(following, approval=told[0].id)
    return Change(
        answer=accept,
        row=following,
        audit=(case.row("accept", "", progress.trail),),
        messages=messages,
        worth=at + INFORMED_SECONDS,
        informs=True,
        asked=told,
        held_until=at if told else None,
        writes=progress.writes,
    )


def refused(
    case: Case, row: LoginRow | None, reject: Reject, told: tuple[Row, ...], *, counted: str = "", writes: tuple[Write, ...] = (),
    keys: Keys,
) -> Change:  # fmt: skip
    """The login ends. `told` is its audit, `counted` the kind of failure it is, "" for none; `writes` are due all the same."""
    ended = None
    if row is not None:
        ended = _ended(case, row, keys, "refused", Answered(login_rows.REJECT, reject.text, ref=reject.ref))
    return Change(answer=reject, row=ended, audit=told, counted=counted, writes=writes)


def unreachable(row: LoginRow, reject: Reject, told: tuple[Row, ...], now: float) -> Change:
    """The login ends since what it needs is not to be had; the reject says so."""
    ended = _closed(row, now, Answered(login_rows.REJECT, reject.text, ref=reject.ref).json())
    return Change(answer=reject, row=ended, audit=told, withdraws=row.approval is not None)


def closed(row: LoginRow, now: float) -> Change:
    """Nothing will come of the login; whatever still waits for it is silenced."""
    return Change(answer=Silence(), row=_closed(row, now, row.outcome), withdraws=row.approval is not None)


def undecided(
    row: LoginRow, packet: str, reject: Reject, told: tuple[Row, ...], now: float, following: Following | None = None
) -> Change:
    """The hold ended and nobody has decided; the question stays open, and a later answer may count (D2).

    `following` is who stood in line behind it, and is the first from now on (D24).
    """
    outcome = Answered(login_rows.REJECT, reject.text, ref=reject.ref)
    return _undecided(row, packet, outcome, row.states, 0, reject, told, now, following)


def asked_to_wait(
    row: LoginRow, packet: str, prompt: str, challenge: str, told: tuple[Row, ...], looked_at_until: float, keys: Keys
) -> Change:
    """The same, where the NAS can show a prompt: the user presses Enter and is held again (D1)."""
    answer = Challenge(prompt, states.make(keys.states, row.id, challenge), echo=True)
    outcome = Answered(login_rows.CHALLENGE, prompt, challenge, echo=True)
    return _undecided(row, packet, outcome, challenge, 1, answer, told, min(looked_at_until, row.until), None)


def made_again(row: LoginRow, verdict: Verdict, worth: float, now: float) -> Change | None:
    """Another message in the place of one that may not have left; None where the verdict has none."""
    made: tuple[Message, ...]
    if isinstance(verdict, Asked) and verdict.message is not None:
        made, memory, question = (verdict.message,), verdict.memory, None
    elif isinstance(verdict, Waiting) and verdict.asked is not None:
        made, memory, question = verdict.messages, verdict.memory, verdict.asked
    elif isinstance(verdict, Passed) and verdict.messages:
        made, memory, question = verdict.messages, row.memory, verdict.told
    else:
        return None
    return Change(
        answer=Silence(), row=replace(row, step=row.step + 1, memory=memory), messages=made, worth=worth,
        asked=() if question is None else (question,), held_until=None if question is None else now,
    )  # fmt: skip


def reopened(row: LoginRow, case: Case, approval: str, until: float, writes: tuple[Write, ...]) -> Change:
    """An Accept that did not arrive is taken back: the approval waits for the next request, as a late one does (D23).

    It is proved no more: who stands in line has everything before it proved, and is asked for it (D24).
    """
    before = proofs_of(row)
    kept = [(each, how) for each, how in zip(before.factors, before.trail, strict=True) if each != row.factor]
    factors, trail = tuple(each for each, _ in kept), tuple(how for _, how in kept)
    proofs = replace(before, factors=factors, trail=trail, front="", front_until=0.0)
    again = replace(
        row, step=row.step + 1, status="open", joins=joins_of(case.entry, row, row.factor), until=until, memory=approval,
        passed=proofs.json(),
    )  # fmt: skip
    return Change(answer=Silence(), row=again, writes=writes)


def _next(
    case: Case, progress: Progress, row: LoginRow, keys: Keys, *, until: float, memory: str, outcome: Answered,
    states: str = "", approval: str | None = None, challenges: int = 0, held_until: float = 0.0,
) -> LoginRow:  # fmt: skip
    """The login's next row, at the first factor that remains. `challenges` are sent now."""
    factor = progress.remaining[0]
    before = proofs_of(row)
    packet = _packet(case, row, keys)
    joins = joins_of(case.entry, row, factor) if progress.proved or row.station else row.joins  # see factors
    front, front_until = "", 0.0
    if held_until and not row.station:  # of a station the newest has the place
        front, front_until = packet, held_until
        if before.front not in ("", packet) and before.front_until > case.request.at:
            front, front_until = before.front, before.front_until  # this one stands in line (D24)
    sent = 0 if case.step == BEGIN else before.challenges  # another conversation with the NAS begins
    proofs = Proofs(
        progress.trail, progress.proved, before.password, before.credential, sent + challenges, front,
        front_until, progress.added,
    )  # fmt: skip
    return replace(
        row, until=until, profile=case.plan.profile, joins=joins, step=row.step + 1, factor=factor,
        passed=proofs.json(), memory=memory, states=states, packet=packet, outcome=outcome.json(), approval=approval,
    )  # fmt: skip


def _ended(
    case: Case, row: LoginRow, keys: Keys, status: login_rows.LoginStatus, outcome: Answered, progress: Progress | None = None
) -> LoginRow:  # fmt: skip
    passed = row.passed
    if progress is not None:
        before = proofs_of(row)
        # Where it is another one now, a copy of this packet is to be accepted all the same.
        credential = None if NEW_PASSWORD in progress.proved else before.credential
        known = {"trail": progress.trail, "factors": progress.proved, "added": progress.added}
        proofs = replace(before, credential=credential, **known)
        row, passed = replace(row, profile=case.plan.profile), proofs.json()
    return replace(
        row, until=case.request.at, joins=None, step=row.step + 1, memory="", states="", passed=passed,
        packet=_packet(case, row, keys), outcome=outcome.json(), status=status,
    )  # fmt: skip


def _closed(row: LoginRow, now: float, outcome: str) -> LoginRow:
    return replace(row, joins=None, step=row.step + 1, status="ended", states="", until=now, outcome=outcome)


def _undecided(
    row: LoginRow, packet: str, outcome: Answered, good: str, challenges: int, answer: Outcome, told: tuple[Row, ...],
    held_until: float, following: Following | None,
) -> Change:  # fmt: skip
    front, until = following or ("", 0.0)
    before = proofs_of(row)
    proofs = replace(before, challenges=before.challenges + challenges, front=front, front_until=until)
    again = replace(row, step=row.step + 1, packet=packet, states=good, outcome=outcome.json(), passed=proofs.json())
    return Change(answer=answer, row=again, audit=told, held_until=max(held_until, until))


def _packet(case: Case, row: LoginRow, keys: Keys) -> str:
    """By which the answer is known again: of a held request what was kept of it."""
    if case.packet:
        return case.packet
    return packet_of(keys.records, case.request) if case.request.octets else row.packet
