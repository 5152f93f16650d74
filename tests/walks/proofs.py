"""Whether every factor was proved that an Accept is given for, and by what."""

from __future__ import annotations

from tests.walks.heard import CODES, FRESH, LINKS, PATIENCE, Answer, Click, Request, Sent, Shown
from tests.walks.history import History, Rules
from tests.walks.people import DRIFT, ENROLLED, RECOVERY, WORK, shown, step_at
from tests.walks.seen import Seen

LOOKED_AT = 130.0  # seconds for which somebody is taken to look at a prompt that waits, and the last look after it
LAST_LOOK = 10.0
FAR = 30  # steps in which the code of an app is looked for, to say what it is
LOGIN = 60.0  # seconds that a login lasts, unless somebody is waited for


class Proofs:
    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    def of(
        self, rules: Rules, profile: str, request: Request, answer: Answer, faults: list[str]
    ) -> list[Sent | Click | Shown]:
        """What is used up by this Accept, if it is that profile's; why it is not due is added to `faults`."""
        at, since = answer.at, answer.asked
        factors = rules.ways(request.client)[profile]
        proved = request.before_the_new
        used: list[Sent | Click | Shown] = []
        if rules.is_asked(request.client) and not self._was_chosen(profile, request, at):
            faults.append(f"nobody chose {profile}")
        for factor in factors:
            found: Sent | Click | None
            reasons: list[str] = []
            if factor == "password":
                self._password_faults(request.root, faults)
            elif factor in CODES:
                found = self._code(factor, request, at, reasons)
                faults.extend(reasons)
                used += [found] if found is not None else []
            elif factor == "app":
                app = self._app(request, at, reasons)
                faults.extend(reasons)
                used += [app] if app is not None else []
            elif factor in LINKS:
                found = self._decision(factor, proved, at, reasons, proved="password" in factors)
                faults.extend(reasons)
                if found is not None:
                    # What waits for a decision is looked at again when it comes: not before.
                    since = max(since, found.begin)
                    used.append(found)
        if rules not in self._seen.rules[answer.node].possible(since, at):
            faults.append(f"{', '.join(factors)} was all that was to be proved, and is no longer")
        if "password" in factors:
            self._due_faults(request, faults)
            self._change_faults(request.root, since, at, faults)
        return used

    def _was_chosen(self, profile: str, request: Request, at: float) -> bool:
        """Whether somebody chose it at a menu for that login before, or it began when there was no menu."""
        if any(
            profile in each.ways(request.client) and not each.is_asked(request.client)
            for each in self._seen.rules_of(at - LOGIN, at)
        ):
            return True
        answers = (each for each in self._seen.requests if each.key == request.key and each.sent[0] < at)
        return any(profile == chosen(each) for each in answers)

    def _change_faults(self, root: Request, since: float, at: float, faults: list[str]) -> None:
        person = self._seen.people.get(root.user)
        if person is not None and root.password not in person.password.possible(since, at):
            faults.append(f"password: {root.password!r} was changed meanwhile")

    def _due_faults(self, request: Request, faults: list[str]) -> None:
        """Where the password had to be changed when it was judged, it was."""
        root = request.root
        person = self._seen.people.get(root.user)
        if person is None or any(False in person.due.possible(at, at + PATIENCE) for at in root.sent):
            return
        if not any(each.new_password for each in request.chain):
            faults.append("the password had to be changed, and was not")

    def _password_faults(self, root: Request, faults: list[str]) -> None:
        person = self._seen.people.get(root.user)
        right = [] if person is None else [
            one for at in root.sent for one in person.password.possible(at, at + PATIENCE)
        ]  # fmt: skip
        if root.password not in right:
            faults.append(f"password: {root.password!r} is not right")

    def _code(self, factor: str, request: Request, at: float, faults: list[str]) -> Sent | None:
        reasons = []
        for answer in request.chain:
            for sent in self._seen.sent:
                if sent.factor != factor or not answer.code or sent.secret != answer.code:
                    continue
                reason = self._code_fault(sent, answer, request) or self._address_fault(sent, answer, at)
                if not reason:
                    return sent
                reasons.append(f"{sent}: {reason}")
        faults.append(f"{factor}: {'; '.join(reasons) or 'no code of it was typed'}")
        return None

    def _code_fault(self, sent: Sent, answer: Request, request: Request) -> str:
        typed = answer.sent[0]
        rules = self._seen.rules_of(sent.at - PATIENCE, typed)
        if sent.used is not None:
            return f"it was used before ({sent.used})"
        if sent.key != request.key:
            return f"it is not of {'/'.join(request.key)}"
        if sent.at > typed:
            return "it was typed before it was sent"
        if typed > sent.at + max(each.limit(sent.factor, "validity") for each in rules) + 0.05:
            return f"it was {typed - sent.at:.1f} s old"
        if not self._seen.was_taken(sent, typed):
            return "no carrier took it"
        if self._was_replaced(sent, typed):
            return "another one was sent in its place"
        if request.root.password not in sent.passwords:
            return f"it was sent for another password ({sent.passwords})"
        wrong = sum(self._is_wrong(each, sent, typed) for each in self._seen.requests)
        most = max(each.limit(sent.factor, "attempts") for each in rules)
        return f"it came after {wrong} wrong ones" if wrong >= most else ""

    def _was_replaced(self, sent: Sent, before: float) -> bool:
        """Whether somebody was told so."""
        return any(
            each.to.key == sent.key and sent.at < each.to.sent[0] < each.at < before and FRESH in each.text
            for each in self._seen.challenges.values()
        )

    def _address_fault(self, sent: Sent, answer: Request, at: float) -> str:
        """Where it went to what was not theirs, or not any more when it was judged."""
        user = sent.key.user
        if sent.recipient == self._seen.people[user].addresses[sent.factor]:
            return ""
        if sent.recipient != ENROLLED[user][sent.factor]:
            return f"it went to {sent.recipient}"
        kind = next(kind for kind, factor in WORK.items() if factor == sent.factor)
        counts = self._counted(getattr(self._seen.people[user], kind), answer, at)
        return "" if counts else f"{sent.recipient} counted no more"

    def _was_theirs(self, click: Click, at: float) -> bool:
        """Whether a link was sent to what may have been the user's still when it was looked at what was decided."""
        link = click.link
        person, name = self._seen.people[link.key.user], link.key.user
        is_work = link.recipient == ENROLLED[name]["mailed"] and True in person.work_mail.possible(click.begin, at)
        return is_work or link.recipient == person.addresses["mailed"]

    @staticmethod
    def _counted(counts: History[bool], answer: Request, at: float) -> bool:
        """Whether it may have, when that was judged."""
        return any(True in counts.possible(sent, min(sent + PATIENCE, at)) for sent in answer.sent if sent <= at)

    def _is_wrong(self, request: Request, sent: Sent, before: float) -> bool:
        """Whether that request was a wrong code while this one was good, and the login went on."""
        asked = request.challenge
        if asked is None or asked.factor != sent.factor or request.key != sent.key or _asks_again(request.code):
            return False
        if not request.answers or not sent.at < request.sent[0] < request.answers[0].at < before:
            return False
        challenge = self._seen.challenge_to(request)
        return challenge is not None and not challenge.waits and request.code != sent.secret

    def _app(self, request: Request, at: float, faults: list[str]) -> Shown | None:
        """The code of an app, up to DRIFT steps from where its clock is known to be, which is as far off at most."""
        reasons, user = [], request.root.user
        for answer in request.chain:
            typed = answer.sent[0]
            if answer.code in RECOVERY.get(user, ()):
                reason = self._app_fault(answer, user, at) or self._recovery_fault(answer.code)
                if not reason:
                    return Shown(user, -1, typed, answer.code)
                reasons.append(f"recovery code {answer.code}: {reason}")
            for step in range(step_at(typed) - FAR, step_at(at) + FAR + 1):
                if answer.code != shown(user, step):
                    continue
                reason = self._app_fault(answer, user, at) or self._step_fault(user, step, typed, at)
                if not reason:
                    return Shown(user, step, typed)
                reasons.append(f"step {step}: {reason}")
        faults.append(f"app: {'; '.join(reasons) or 'no code of it was typed'}")
        return None

    def _app_fault(self, answer: Request, user: str, at: float) -> str:
        """Where the app did not count when its code was judged."""
        return "" if self._counted(self._seen.people[user].app, answer, at) else "the app counted no more"

    def _recovery_fault(self, code: str) -> str:
        used = next((other for other in self._seen.shown if other.recovery == code), None)
        return "" if used is None else f"it was used before ({used.used})"

    def _step_fault(self, user: str, step: int, typed: float, at: float) -> str:
        if not step_at(typed) - 2 * DRIFT <= step <= step_at(at) + 2 * DRIFT:
            return f"it is of {step - step_at(typed)} steps ahead"
        for other in self._seen.shown:
            if other.user == user and other.step == step:
                return f"it was used before ({other.used})"
            if other.user == user and other.step > step and other.used is not None and other.used.accepted[0] < typed:
                return f"a later one was used before ({other.used})"
        return ""

    def _decision(self, factor: str, request: Request, at: float, faults: list[str], *, proved: bool) -> Click | None:
        """`proved`: with a password before, which is then that of the request for which somebody was asked."""
        reasons = []
        for click in self._seen.clicks:
            if not click.approve or click.link.factor != factor or click.link.key != request.key:
                continue
            reason = self._decision_fault(click, request, at)
            if not reason and proved and request.root.password not in click.link.passwords:
                reason = f"it was asked for with another password ({click.link.passwords})"
            if not reason:
                return click
            reasons.append(f"{click.link}: {reason}")
        faults.append(f"{factor}: {'; '.join(reasons) or 'nobody decided'}")
        return None

    def _decision_fault(self, click: Click, request: Request, at: float) -> str:
        link = click.link
        if click.counted is False:
            return "the decision was not taken"
        if click.used is not None:
            return f"it was used before ({click.used})"
        if link.factor == "linked" and not self._was_theirs(click, at):
            return f"it went to {link.recipient}"
        rules = self._seen.rules_of(link.at - PATIENCE, link.at)
        if click.begin > link.at + max(each.limit(link.factor, "link_validity") for each in rules) + 0.05:
            return "the link was too old"
        if click.begin > at:
            return "it came after the Accept"
        # Nothing of its mail is seen in what a link by mail is answered (D4): whoever has the link got it.
        if link.factor != "linked" and not self._seen.was_taken(link, at):
            return "no carrier took the link"
        late = max(each.limit(link.factor, "late_approval") for each in rules)
        if request.sent[0] > self._counts_until(click, late):
            return f"it came {request.sent[0] - click.end:.1f} s after the decision"
        return ""

    def _counts_until(self, click: Click, late: float) -> float:
        """For how long a decision lets somebody in: longer where somebody waited for it."""
        until = (click.end or click.begin + PATIENCE) + late
        waiting = [each for each in self._seen.requests if each.key == click.link.key]
        for each in waiting:
            if each.was_open(click.begin):
                hold = max(rules.last.hold(each.client) for rules in self._seen.rules.values())
                until = max(until, each.sent[-1] + hold + LAST_LOOK, click.begin + LAST_LOOK)
        for challenge in self._seen.challenges.values():
            if challenge.to.key == click.link.key and challenge.waits and challenge.at <= click.begin:
                until = max(until, challenge.at + LOOKED_AT)
        return until + 0.1


def _asks_again(code: str) -> bool:
    """For a code in the place of the one that is out, perhaps elsewhere."""
    return code in {"", "1", "2"} or code.startswith("resend")


def chosen(request: Request) -> str:
    """The profile that an answer to a menu means, "" for none."""
    menu = request.challenge
    if menu is None or not menu.offered:
        return ""
    if request.code.isdecimal():
        number = int(request.code)
        return menu.offered[number - 1] if 1 <= number <= len(menu.offered) else ""
    return request.code if request.code in menu.offered else "" if request.code else menu.offered[0]
