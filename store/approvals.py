"""What somebody is asked to decide, or told of, and the links by which they do.

An approval is decided once and used once, and revoked, reminded of and taken back at most once: conditional updates, so
that of two at once one loses.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, case, delete, func, or_, select, update

from store import audit, notices
from store.records import ApprovalRow, LinkRow
from store.revoking import COLUMNS, LINK_ROWS, ROWS, SUBJECT, told, told_of
from store.tables import APPROVALS, LINKS, MESSAGES

LINK_COLUMNS = tuple(LINKS.c[name] for name in LinkRow._fields)
TAKEN_BACK_WITHIN = 60.0  # seconds after the Accept left
SLICE = 1000  # rows removed in one commit


def insert(connection: Connection, approval: ApprovalRow, links: Sequence[LinkRow]) -> None:
    """A new approval with its links, in the transaction of the login that asks."""
    ROWS.insert(connection, approval)
    add_links(connection, links)


def add_links(connection: Connection, links: Sequence[LinkRow]) -> None:
    """Further links to an approval that is there already; the earlier ones stay good."""
    if links:
        LINK_ROWS.insert_all(connection, links)


BY_ID = select(*COLUMNS).where(APPROVALS.c.id == bindparam("approval"))  # made once: each question looks


def get(connection: Connection, approval: str) -> ApprovalRow | None:
    row = connection.execute(BY_ID, {"approval": approval}).one_or_none()
    return None if row is None else ApprovalRow._make(row)


def links_of(connection: Connection, approval: str) -> list[LinkRow]:
    """Every link that was made, oldest first."""
    statement = select(*LINK_COLUMNS).where(LINKS.c.approval == approval).order_by(LINKS.c.at, LINKS.c.digest)
    return [LinkRow._make(row) for row in connection.execute(statement)]


def links_of_all(connection: Connection, approvals: Sequence[str]) -> dict[str, list[LinkRow]]:
    """Every link that was made, oldest first, by approval; of a hundred or so at once."""
    found: dict[str, list[LinkRow]] = {}
    statement = select(*LINK_COLUMNS).where(LINKS.c.approval.in_(approvals)).order_by(LINKS.c.at, LINKS.c.digest)
    for row in connection.execute(statement):
        link = LinkRow._make(row)
        found.setdefault(link.approval, []).append(link)
    return found


def by_link(connection: Connection, digests: Sequence[str]) -> tuple[ApprovalRow, LinkRow] | None:
    """The approval and the link of a token's keyed digests, one for each key; None where no such link was made."""
    statement = select(*COLUMNS, *LINK_COLUMNS).join_from(LINKS, APPROVALS, LINKS.c.approval == APPROVALS.c.id)
    row = connection.execute(statement.where(LINKS.c.digest.in_(digests))).one_or_none()
    if row is None:
        return None
    return ApprovalRow._make(row[: len(COLUMNS)]), LinkRow._make(row[len(COLUMNS) :])


def decide(connection: Connection, approval: str, status: str, by: str, source: str, now: float) -> bool:
    """Whether this decision counts: `status` is approved or refused, `by` who decides, `source` from where.

    Only one does, and only while the approval lives. To approve, somebody must wait for it still, or a late decision
    must count; a refusal is taken also after that.
    """
    conditions = [
        APPROVALS.c.id == approval,
        APPROVALS.c.kind == "approval",
        APPROVALS.c.status == "open",
        APPROVALS.c.until > now,
    ]
    if status == "approved":
        conditions.append(or_(APPROVALS.c.held_until > now, APPROVALS.c.late > 0))
    decided = update(APPROVALS).where(*conditions)
    decided = decided.values(status=status, decided_at=now, decided_by=by, decided_from=source)
    said = "rejected" if status == "refused" else status  # what the button says
    return told_of(connection, decided, f"{said} by {by}", source, now) > 0


def mark_used(connection: Connection, approval: str, now: float) -> bool:
    """Whether the approval lets somebody in: True once, in the transaction of the Accept."""
    used = update(APPROVALS).where(
        APPROVALS.c.id == approval, APPROVALS.c.status == "approved", APPROVALS.c.used_at.is_(None)
    )
    return connection.execute(used.values(used_at=now).returning(APPROVALS.c.id)).one_or_none() is not None


def revoke(connection: Connection, approval: str, by: str, source: str, now: float) -> bool:
    """Whether an approval that was given, and has let nobody in, is revoked now: `by` whom, `source` from where (D2)."""
    unused = (APPROVALS.c.id == approval, APPROVALS.c.status == "approved", APPROVALS.c.used_at.is_(None))
    revoked = update(APPROVALS).where(*unused).values(status="revoked", revoked_at=now, revoked_by=by)
    return told_of(connection, revoked, f"revoked by {by}", source, now) > 0


def take_back(connection: Connection, approval: str, used_at: float, now: float) -> bool:
    """Whether an approval that was used at that moment is a late one again: its Accept did not arrive (D23).

    Once, and within a minute: what is learned later is not believed.
    """
    taken = update(APPROVALS).where(
        APPROVALS.c.id == approval,
        APPROVALS.c.status == "approved",
        APPROVALS.c.used_at == used_at,
        APPROVALS.c.used_at >= now - TAKEN_BACK_WITHIN,
        APPROVALS.c.taken_back_at.is_(None),
    )
    taken = taken.values(used_at=None, taken_back_at=now, held_until=now)
    return told_of(connection, taken, "the Accept did not arrive, so the approval counts for the next try", "", now) > 0


def remind(connection: Connection, approval: str, now: float) -> bool:
    """Whether whoever was asked is reminded now: once a question, while it is open (D25)."""
    reminded = update(APPROVALS).where(
        APPROVALS.c.id == approval,
        APPROVALS.c.status == "open",
        APPROVALS.c.until > now,
        APPROVALS.c.reminded_at.is_(None),
    )
    return connection.execute(reminded.values(reminded_at=now).returning(APPROVALS.c.id)).one_or_none() is not None


def stand_in_line(connection: Connection, approval: str, at: float) -> None:
    """One more request stands in line behind the one that is held for it (D24)."""
    more = update(APPROVALS).where(APPROVALS.c.id == approval, APPROVALS.c.status == "open")
    since = func.coalesce(APPROVALS.c.in_line_since, at)
    connection.execute(more.values(in_line=func.coalesce(APPROVALS.c.in_line, 0) + 1, in_line_since=since))


def leave_line(connection: Connection, approval: str) -> None:
    """One of them does not any more: it was answered, or its NAS has given up."""
    left = func.coalesce(APPROVALS.c.in_line, 0) - 1
    fewer = update(APPROVALS).where(APPROVALS.c.id == approval)
    values = {
        "in_line": case((left > 0, left), else_=0),
        "in_line_since": case((left > 0, APPROVALS.c.in_line_since), else_=None),
    }
    connection.execute(fewer.values(values))


def informed(connection: Connection, message: str, cause: str, now: float) -> None:
    """Sending what informs somebody has ended: `cause` is why nobody took the message, "" where it was taken (D18)."""
    columns = (MESSAGES.c.login, MESSAGES.c.recipient, MESSAGES.c.directory, MESSAGES.c.unique_id)
    row = connection.execute(select(*columns).where(MESSAGES.c.id == message)).one_or_none()
    if row is None:
        return
    login, recipient, directory, unique_id = row
    of_login = select(*COLUMNS).where(
        APPROVALS.c.directory == directory,
        APPROVALS.c.unique_id == unique_id,
        APPROVALS.c.login == login,
        APPROVALS.c.kind == "information",
    )
    found = connection.execute(of_login.limit(1)).one_or_none()
    if found is None:
        return
    outcome, what = (
        ("uninformed", f"{recipient} is not informed: {cause}") if cause else ("informed", f"{recipient} is informed")
    )
    audited = told(ApprovalRow._make(found), what, found.source, now)
    audit.insert(connection, audited._replace(step="information", outcome=outcome)[:-1])


def hold_until(connection: Connection, approval: str, at: float) -> None:
    """A request waits for it until then; a time that has passed: none does any more.

    Of one that is decided it stays what it was: whether somebody waited at that moment is never said anew.
    """
    waiting = update(APPROVALS).where(APPROVALS.c.id == approval, APPROVALS.c.status == "open")
    connection.execute(waiting.values(held_until=at))


def withdraw(connection: Connection, approval: str, now: float) -> bool:
    """Whether it was open: it is not any more, and nobody can decide it."""
    statement = update(APPROVALS).where(APPROVALS.c.id == approval, APPROVALS.c.status == "open")
    statement = statement.values(status="withdrawn", decided_at=now)
    if connection.execute(statement.returning(APPROVALS.c.id)).one_or_none() is None:
        return False
    notices.tell(connection, SUBJECT, approval)
    return True


def open_ones(connection: Connection, now: float) -> list[ApprovalRow]:
    """Those that can be decided, oldest first."""
    statement = select(*COLUMNS).where(
        APPROVALS.c.kind == "approval", APPROVALS.c.status == "open", APPROVALS.c.until > now
    )
    return [ApprovalRow._make(row) for row in connection.execute(statement.order_by(APPROVALS.c.at))]


def latest(connection: Connection, limit: int = 100) -> list[ApprovalRow]:
    """Of all kinds and states, newest first."""
    statement = select(*COLUMNS).order_by(APPROVALS.c.at.desc(), APPROVALS.c.id).limit(limit)
    return [ApprovalRow._make(row) for row in connection.execute(statement)]


def refused_lately(
    connection: Connection, directory: str, unique_id: str, station: str, client: str, since: float
) -> ApprovalRow | None:
    """The last refusal of that user from that station after that time; where the NAS names none, at that client."""
    statement = select(*COLUMNS).where(
        APPROVALS.c.directory == directory,
        APPROVALS.c.unique_id == unique_id,
        APPROVALS.c.status == "refused",
        APPROVALS.c.decided_at > since,
        APPROVALS.c.station == station,
    )
    if not station:
        statement = statement.where(APPROVALS.c.client == client)
    row = connection.execute(statement.order_by(APPROVALS.c.decided_at.desc()).limit(1)).one_or_none()
    return None if row is None else ApprovalRow._make(row)


def told_since(connection: Connection, directory: str, unique_id: str, profile: str, since: float) -> bool:
    """Whether a profile has informed anybody of that user after that time."""
    statement = select(APPROVALS.c.id).where(
        APPROVALS.c.directory == directory,
        APPROVALS.c.unique_id == unique_id,
        APPROVALS.c.kind == "information",
        APPROVALS.c.profile == profile,
        APPROVALS.c.at >= since,
    )
    return connection.execute(statement.limit(1)).one_or_none() is not None


def prune(connection: Connection, before: float) -> int:
    """Removes a slice of the approvals that ended before that time, and their links; how many."""
    some = [row.id for row in connection.execute(select(APPROVALS.c.id).where(APPROVALS.c.until < before).limit(SLICE))]
    connection.execute(delete(LINKS).where(LINKS.c.approval.in_(some)))
    return connection.execute(delete(APPROVALS).where(APPROVALS.c.id.in_(some))).rowcount
