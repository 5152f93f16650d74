"""A request with a State: whose login it is, whether it may go on, and on with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from msgspec.structs import replace

from config.models.options import NEW_PASSWORD
from radiusd.directories import Directory
from radiusd.login import login_rows, states
from radiusd.login.applications import Application
from radiusd.login.behaviours import GONE, Behaviour
from radiusd.login.cases import ANSWER, Case, Step
from radiusd.login.committing import Overtaken
from radiusd.login.factors import Factors
from radiusd.login.identities import Identities, Outage
from radiusd.login.judging import Judging
from radiusd.login.login_rows import LoginRow, outcome_of, packets_of, proofs_of
from radiusd.login.open_logins import REPEATED_SECONDS, Login, OpenLogins
from radiusd.login.progress import Progress, Refused, accepted_before, begun, resumed
from radiusd.login.refusals import Refusals
from radiusd.login.standing import Standing
from radiusd.login.states import Keys
from radiusd.model.access import AccessRequest, Challenge, Discard, Reject
from radiusd.model.entry import Entry
from radiusd.running.stages import TOGETHER

TRIES = 3  # against other nodes that step at the same moment
FRESH_SECONDS = 60.0  # for so long an entry that was looked up is taken as it was, where it can not be looked up again
LOOK_UP_SECONDS = 2.0  # that an answer waits for its user to be looked up again
# What comes of a request whose State names that login and challenge, where it is none of a user's; None: nothing.
Beyond = Callable[[AccessRequest, str, str], Awaitable[Step | None]]
ANOTHER_WAY = "the user signs in another way now"
CHANGED = "the password was changed since it was proved"


class Resuming:
    """Takes up logins by their State."""

    def __init__(
        self,
        *,
        known: OpenLogins,
        factors: Factors,
        judging: Judging,
        identities: Identities,
        standing: Standing,
        behaviours: Mapping[str, Behaviour],
        applications: Mapping[str, Application],
        refusals: Refusals,
        keys: Keys,
        clock: Callable[[], float],
        beyond: Beyond | None,
    ) -> None:
        self._known = known
        self._factors = factors
        self._judging = judging
        self._identities = identities
        self._standing = standing
        self._behaviours = behaviours
        self._applications = applications
        self._refusals = refusals
        self._keys = keys
        self._clock = clock
        self._beyond = beyond

    async def answer(self, request: AccessRequest) -> Step:
        """What comes of it. Raises store.Unavailable."""
        read = states.read(self._keys.states, request.state or b"")
        if read is None:
            return self._refusals.refuse_unknown(request, "the State is not one of ours")
        name, challenge = read
        login = await self._known.find(name)
        if login is None:
            step = None if self._beyond is None else await self._beyond(request, name, challenge)
            if step is not None:
                return step
            return self._refusals.refuse_unknown(request, "the login of the State is not known any more")
        # As it was at the beginning: not every NAS repeats it, and what is asked next must not be another station's.
        if request.station != login.row.station:
            request = replace(request, station=login.row.station)
        async with login.lock:
            if challenge not in login.row.states.split():
                await self._known.refresh(login)  # another node may have given it out
            for _ in range(TRIES):
                try:
                    return await self._answer(request, login, challenge)
                except Overtaken:
                    continue
        return self._refusals.refuse_unknown(request, "other requests of this login came first")

    async def _answer(self, request: AccessRequest, login: Login, challenge: str) -> Step:
        case = await self.case_of(request, login, ANSWER)
        if isinstance(case, Step):
            return case
        row, entry = login.row, case.entry
        theirs = request.name == row.name or await self._is_theirs(case)
        if not theirs or request.client != row.client or request.application != row.application:
            return self._refusals.refuse(case, "the State is of another client's or user's login")
        refusal = ""
        if self._standing.has_blocks(entry) or not entry.enabled or entry.expires_at is not None:
            refusal = await self._standing.refusal(request, entry)
        refusal = refusal or case.plan.refusal
        before = None if refusal else self._repeated(case, login)
        if before is not None:
            return before
        if not login.is_open(request.at):
            return self._refusals.refuse(
                case, f"the login of the State has {'expired' if row.status == 'open' else 'ended'}"
            )
        if challenge not in row.states.split():
            return self._refusals.refuse(case, "the State was used")
        refusal = refusal or self._shut(case, login)
        if refusal:
            return await self._factors.refuse(case, begun((), case.plan.reply), login, Refused(refusal, ""))
        await TOGETHER
        method = case.plan.methods[row.factor]
        turn = case.turn(row.factor, request.password, row.memory, row)
        case, verdict = await self._judging.judged(case, turn, method.answer)
        return await self._factors.drive(case, self.progress(case, login), login, row.factor, verdict)

    async def _is_theirs(self, case: Case) -> bool:
        """Whether the request's name, which is not the one that was typed first, is that user's too (D21)."""
        request, entry = case.request, case.entry
        found = await self._identities.find(self._applications[request.application].directories, request.name, request.deadline)  # fmt: skip
        return isinstance(found, Entry) and (found.directory, found.unique_id) == (entry.directory, entry.unique_id)

    def _repeated(self, case: Case, login: Login) -> Step | None:
        """What came of this very request before, while its NAS can still ask; None where it is a new one."""
        row, request = login.row, case.request
        if row.packet not in packets_of(self._keys.records, request) or not self._holds_still(case, row):
            return None
        asks_for = min(REPEATED_SECONDS, request.deadline - self._clock())
        if row.status != "open" and request.at - row.until > asks_for:
            return None
        return answered_before(case, row, self._keys)

    @staticmethod
    def _holds_still(case: Case, row: LoginRow) -> bool:
        """Whether what was proved is of the password of now, and of an Accept all that is asked for now (D18)."""
        proofs = proofs_of(row)
        proved = row.status != "accepted" or {*case.plan.factors, *proofs.added} <= set(proofs.factors)
        return proved and proofs.is_of(case.entry.credential)

    def ended(self, case: Case, row: LoginRow) -> Step | None:
        """The same of a login that ended just before this process began; None where it is of another client."""
        if (row.client, row.application) != (case.request.client, case.request.application):
            return None
        case = replace(case, login=row.id, plan=case.plan.of(row.profile))
        return self._repeated(case, Login(row, case.entry))

    async def refusal(self, case: Case, login: Login) -> str:
        """Why a login may not go on; "" where it may. Raises store.Unavailable."""
        return await self._standing.refusal(case.request, case.entry) or self._shut(case, login)

    @staticmethod
    def _shut(case: Case, login: Login) -> str:
        row = login.row
        proofs, plan = proofs_of(row), case.plan
        if plan.refusal:
            return plan.refusal
        if plan.profile != row.profile or (row.factor not in plan.factors and row.factor not in proofs.added):
            return ANOTHER_WAY
        if proofs.added and not plan.methods.keys() >= set(proofs.added):
            return ANOTHER_WAY  # what was added is never forgotten (D18)
        if row.factor == NEW_PASSWORD:
            return ""  # which changes it, and looks itself whether somebody else did
        return "" if proofs.is_of(case.entry.credential) else CHANGED

    @staticmethod
    def progress(case: Case, login: Login) -> Progress:
        """How far it is: what the plan asks for now, less what was proved (D18)."""
        proofs = proofs_of(login.row)
        return resumed(case.plan.factors, proofs.factors, proofs.trail, case.plan.reply, proofs.added)

    async def case_of(self, request: AccessRequest, login: Login, step: str) -> Case | Step:
        """Whose login it is, looked up again; or why it can not go on."""
        row = login.row
        application = self._applications.get(row.application)
        if application is None:
            return self._refusals.refuse_unknown(request, f"there is no application {row.application} any more")
        entry = login.entry
        directory = application.directory(row.directory)
        if entry is None or directory is None or not (directory.remembers and directory.holds(entry)):
            found = await self._look_up(request, login, application, directory)
            if not isinstance(found, Entry):
                return found
            entry = login.entry = found
        behaviour = self._behaviours.get(request.client, GONE)
        plan = application.plan(entry, request.client, request.at)
        if plan.choices:
            plan = plan.of(row.profile)
        return Case(request, entry, plan, behaviour, step, row.id)

    async def _look_up(
        self, request: AccessRequest, login: Login, application: Application, directory: Directory | None
    ) -> Entry | Step:
        """The user as they are now; as they were a moment ago where the directory can not tell."""
        row, known = login.row, login.entry
        remembers = directory is None or directory.remembers
        is_fresh = known is not None and not remembers and request.at - login.looked_up <= FRESH_SECONDS
        deadline = min(request.deadline, self._clock() + LOOK_UP_SECONDS) if is_fresh else request.deadline
        found = await self._identities.find(application.directories, row.name, deadline)
        if isinstance(found, Outage):
            if is_fresh and known is not None:
                return known
            if found.down.overload:
                return Step(Discard("overload"), None)
            return self._refusals.outage_unknown(request, found.down.component, found.down.cause, found.trail)
        if not isinstance(found, Entry) or (found.directory, found.unique_id) != (row.directory, row.unique_id):
            return self._refusals.refuse_unknown(request, "the user of the login is not there any more")
        login.looked_up = request.at
        return found


def answered_before(case: Case, row: LoginRow, keys: Keys) -> Step | None:
    """The answer to this very request as it was given before; None where it is to be waited for again."""
    before = outcome_of(row)
    told = "the same request again"
    if before.kind == login_rows.ACCEPT and row.status == "accepted":
        return Step(accepted_before(case.plan.reply), case.row("accept", told, ()))
    if before.kind == login_rows.REJECT:
        ref = before.ref or before.text[-8:]  # the release before recorded none apart
        return Step(Reject(before.text, ref), case.row("reject", told, (), ref))
    if before.kind == login_rows.CHALLENGE:
        state = states.make(keys.states, row.id, before.challenge)
        return Step(Challenge(before.text, state, before.echo), case.row("challenge", told, ()))
    return None
