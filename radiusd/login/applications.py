"""What signing in to an application means for a user: a pure function of settings and entry, kept while both stay."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from math import inf

from msgspec import Struct
from msgspec.structs import replace

from radiusd.directories import Directory, Down
from radiusd.handlers import Method, Pretended
from radiusd.handlers.enrolling import Enrolling, is_in_place_of, step_of
from radiusd.handlers.menu import MENU, Menu, Way
from radiusd.login.login_rows import PASSWORD
from radiusd.model.access import ROOM, Reply
from radiusd.model.entry import Entry, Limits
from radiusd.rules import hours
from radiusd.rules.policy import Policy
from radiusd.rules.reply_rules import ReplyRules

LAST_SECONDS = 86_400.0  # of an account, in which sessions end with it
KEPT = 65_536  # plans; beyond, the oldest are made again
MENUS = 1024  # kept of those that are for different profiles


def too_long(reply: Reply, room: int) -> str:
    """Why a reply can not be sent where there is so much room; "" where it can."""
    size = len(reply.encoded)
    return f"the reply's attributes have {size} octets, and there is room for {room}" if size > room else ""


class Plan(Struct, frozen=True):
    """How a user signs in. `refusal` is why not, "" where they can.

    `methods` are those of `factors`, and of the steps that a verdict may add to them. Where the user is asked which way,
    `choices` are the plans of the profiles that are open to them, and `profile` is "".

    `unproved`: somebody is asked before anything is proved, and nothing may tell who exists (D4).
    """

    profile: str
    factors: tuple[str, ...]
    methods: Mapping[str, Method]
    reply: Reply
    trail: tuple[str, ...]
    refusal: str
    choices: Mapping[str, Plan] = {}
    menu: Menu | None = None
    unproved: bool = False

    def shown(self, challenges: int) -> Plan:
        """The plan on a NAS that can show so many Challenges: where it can show no menu, that of one of the choices."""
        if self.menu is None or self.menu.offered(challenges):
            return self
        return self.choices[self.menu.first(challenges)]

    def refused(self, why: str) -> Plan:
        """The plan, and each of the choices, of a user who can not sign in."""
        choices = {name: replace(each, refusal=why) for name, each in self.choices.items()}
        return replace(self, refusal=why, choices=choices)

    def of(self, profile: str) -> Plan:
        """That of a profile which was chosen; this one where none was, or it is not to be had any more."""
        return self.choices.get(profile, self) if self.choices else self


def _way(plan: Plan) -> Way:
    behind = [plan.methods[factor].placement for factor in plan.factors if factor != PASSWORD]
    return Way(plan.profile, plan.factors, tuple(behind))


class Application:
    """One application with its directories, policy and reply rules."""

    def __init__(
        self,
        name: str,
        directories: Sequence[Directory],
        policy: Policy,
        reply_rules: ReplyRules,
        profiles: Mapping[str, tuple[tuple[str, ...], Mapping[str, Method]]],
        menu: Callable[[Sequence[Way]], Menu] | None = None,
        time_zone: tzinfo | None = None,
        pretended: Mapping[str, Pretended] = {},
        enrolling: Mapping[str, Enrolling] = {},
    ) -> None:
        """`profiles` have each the factors that it asks for, and what proves them, or what a verdict may add to them.

        `menu` asks who has several of them which it shall be; None: the first. `pretended` are those that ask somebody
        before anything is proved, each with what it does for a name that nobody has (D4). `enrolling` takes the place of a
        profile whose user has nothing yet that it could send to.
        """
        self.name = name
        self.directories = directories
        self._by_name = {each.name: each for each in directories}
        self._policy = policy
        self._reply_rules = reply_rules
        self._profiles = profiles
        self._menu = menu
        self._menus: dict[tuple[str, ...], tuple[Menu, Mapping[str, Method]]] = {}
        self._time_zone = time_zone
        self.pretended_by = pretended
        self._enrolling = enrolling
        self.pretends = bool(pretended)  # whether somebody signs in here without a password
        usual = policy.usual()
        # The profile by which a name that nobody has seems to sign in; "" where it is refused at once.
        self.of_nobody = usual if usual in pretended else ""
        factors, methods = profiles.get(usual, ((), {}))
        # What a name that nobody has seems to be asked behind the password.
        self.behind_password = methods[factors[1]] if factors[:1] == (PASSWORD,) and factors[1:] else None
        self._plans: dict[tuple[str, str], tuple[Entry, Plan]] = {}

    def asks(self, factors: tuple[str, ...]) -> bool:
        """Whether one of its profiles asks for these and nothing else."""
        return any(asked == factors for asked, _methods in self._profiles.values())

    def directory(self, name: str) -> Directory | None:
        """Its directory of that name."""
        return self._by_name.get(name)

    def down(self) -> Down | None:
        """A directory of this application that can not be asked at the moment, None where all can."""
        for directory in self.directories:
            down = directory.down()
            if down is not None:
                return down
        return None

    def down_for(self, now: float) -> float:
        """For how many seconds a directory has been down, 0.0 where none is; `now` is of the loop's clock."""
        since = [at for at in (directory.down_since() for directory in self.directories) if at is not None]
        return max(0.0, now - min(since)) if since else 0.0

    def plan(self, entry: Entry, client: str, at: float) -> Plan:
        """The user's way in through that client at that time (seconds since the epoch)."""
        key = (entry.directory, entry.unique_id)
        kept = self._plans.get(key)
        if kept is not None and (kept[0] is entry or kept[0] == entry):
            return kept[1] if entry.expires_at is None else self._ending(kept[1], entry.expires_at, at)
        plan = self._make(entry)
        if entry.limits is not None:
            plan = self._limited(plan, entry.limits, client, at)  # another one at any other time
        else:
            if len(self._plans) >= KEPT:
                del self._plans[next(iter(self._plans))]
            self._plans[key] = (entry, plan)
        return plan if entry.expires_at is None else self._ending(plan, entry.expires_at, at)

    def lacking(self, entry: Entry) -> tuple[str, Mapping[str, str]]:
        """The profile by which the user signs in, "" for none; and what they lack for each that would have come before it."""
        lacking: dict[str, str] = {}

        def told(profile: str) -> str:
            lack = self._lacks(profile, entry)
            if lack:
                lacking[profile] = lack
            return lack

        able = self._policy.decide(entry, told).profiles
        if not able:
            return "", lacking
        order = list(self._profiles)
        before = order[: order.index(able[0])]
        return able[0], {profile: lack for profile, lack in lacking.items() if profile in before}

    def enrolls(self, entry: Entry) -> str:
        """The profile of which a user who would be refused is asked for what they lack, at the prompt; "" for none."""
        able = self._policy.decide(entry, lambda profile: self._lacks_still(profile, entry)).profiles
        return able[0] if able else ""

    def asked_of(self, entry: Entry) -> tuple[str, ...]:
        """What the user has to prove, whenever and through whichever client, () where they can not sign in.

        Of whoever may choose it is that of each choice.
        """
        able = self._policy.decide(entry, lambda profile: self._lacks(profile, entry)).profiles
        ways = able[:1] if self._menu is None else able
        return tuple(dict.fromkeys(factor for profile in ways for factor in self._profiles[profile][0]))

    def ways_of(self, entry: Entry) -> Mapping[str, tuple[str, ...]]:
        """What each profile asks for by which the user can sign in: the first one that is open, or all that a menu offers."""
        able = self._policy.decide(entry, lambda profile: self._lacks(profile, entry)).profiles
        return {profile: self._profiles[profile][0] for profile in (able if self._menu is not None else able[:1])}

    def forget(self, user: tuple[str, str] | None) -> None:
        """The way in of that user (directory and unique id) is found anew; None: of everybody."""
        if user is None:
            self._plans.clear()
        else:
            self._plans.pop(user, None)

    def sources(self, entry: Entry, reply: Reply) -> Mapping[str, str]:
        """From where each attribute of the user's reply comes."""
        whole, cut = dict(self._reply_rules.reply(entry).attributes), dict(reply.attributes)
        shortened = {name: "until the user's hours or account end" for name in cut if cut[name] != whole.get(name)}
        return {**self._reply_rules.sources(entry), **shortened}

    def _limited(self, plan: Plan, limits: Limits, client: str, at: float) -> Plan:
        """Less what the user's own limits forbid; a session ends with the hours."""
        if plan.refusal:
            return plan
        places = bool(limits.clients or limits.applications)
        if places and client not in limits.clients and self.name not in limits.applications:
            return plan.refused(f"the user may not sign in through client {client} (application {self.name})")
        left = hours.left(limits.hours, at, self._time_zone) if limits.hours else inf
        if left == 0.0:
            return plan.refused("the user may not sign in at this hour")
        if left < hours.LEAST_SECONDS:
            return plan.refused("the user's hours end in less than a minute")
        return plan if left == inf else self._shortened(plan, left)

    def _ending(self, plan: Plan, expires_at: float, at: float) -> Plan:
        """A session that begins on an account's last day ends with it."""
        left = expires_at - at
        return plan if plan.refusal or not 0.0 < left < LAST_SECONDS else self._shortened(plan, left)

    def _shortened(self, plan: Plan, left: float) -> Plan:
        reply = self._reply_rules.shortened(plan.reply, max(left, hours.LEAST_SECONDS))
        choices = {name: replace(each, reply=reply) for name, each in plan.choices.items()}
        plan = replace(plan, reply=reply, choices=choices)
        long = too_long(reply, ROOM)
        return plan.refused(long) if long else plan

    def pretended(self, profile: str, reason: str = "", trail: tuple[str, ...] = ()) -> Plan:
        """How a name that nobody has seems to sign in by that profile; `reason` it never will, and `trail`, are told."""
        method = self.pretended_by[profile].because(reason)
        return Plan(profile, (profile,), {profile: method}, Reply(), trail, "", unproved=True)

    def pretended_for(self, plan: Plan) -> str:
        """The profile by which somebody with that plan seems to sign in who may not; "" where they are refused at once."""
        if plan.factors and not plan.unproved:
            return ""
        return plan.profile or self.of_nobody

    def _make(self, entry: Entry) -> Plan:
        if not entry.directory:
            ways = {profile: self.pretended(profile) for profile in self.pretended_by}
            return Plan("", (), {}, Reply(), (), "", choices=ways, unproved=True)
        decision = self._policy.decide(entry, lambda profile: self._lacks(profile, entry))
        to_enroll = ""
        if decision.refusal:
            enrolling = self._policy.decide(entry, lambda profile: self._lacks_still(profile, entry))
            if enrolling.refusal:
                return Plan("", (), {}, Reply(), decision.trail, decision.refusal)
            decision, to_enroll = enrolling, enrolling.profiles[0]
        try:
            reply = self._reply_rules.reply(entry)
        except ValueError as fault:
            return Plan("", (), {}, Reply(), decision.trail, f"the user's own reply attributes: {fault}")
        if to_enroll:
            return self._plan_of_enrolling(to_enroll, reply, decision.trail)
        first = self._plan(decision.profiles[0], reply, decision.trail)
        if self._menu is None or len(decision.profiles) < 2 or first.factors[0] != PASSWORD:
            return replace(first, unproved=first.profile in self.pretended_by)
        plans = {name: self._plan(name, reply, decision.trail) for name in decision.profiles}
        menu, methods = self._menus.get(decision.profiles) or self._menu_of(plans, first)
        return Plan("", (PASSWORD, MENU), methods, reply, decision.trail, first.refusal, plans, menu)

    def _menu_of(self, plans: Mapping[str, Plan], first: Plan) -> tuple[Menu, Mapping[str, Method]]:
        """One for all who may choose from the same profiles."""
        assert self._menu is not None  # noqa: S101 - asked for by whoever has one
        menu = self._menu([_way(plan) for plan in plans.values()])
        if len(self._menus) >= MENUS:
            self._menus.clear()
        made = self._menus[tuple(plans)] = menu, {**first.methods, MENU: menu}
        return made

    def _plan(self, profile: str, reply: Reply, trail: tuple[str, ...]) -> Plan:
        factors, methods = self._profiles[profile]
        return Plan(profile, factors, methods, reply, trail, too_long(reply, ROOM))

    def _plan_of_enrolling(self, profile: str, reply: Reply, trail: tuple[str, ...]) -> Plan:
        """The same, with the step in the profile's place by which the user comes to what they lack for it."""
        plan = self._plan(profile, reply, trail)
        step = step_of(profile)
        methods = {**plan.methods, step: self._enrolling[profile]}
        return replace(plan, factors=(*plan.factors[:-1], step), methods=methods)

    def _lacks_still(self, profile: str, entry: Entry) -> str:
        """What the user lacks for it and may not enroll at the prompt."""
        factors, methods = self._profiles[profile]
        step = self._enrolling.get(profile)
        if step is None or not is_in_place_of(factors, profile) or not step.may(entry):
            return self._lacks(profile, entry)
        others = (methods[factor] for factor in factors[:-1])
        return next((lack for method in others if (lack := method.lacks(entry))), "")

    def _lacks(self, profile: str, entry: Entry) -> str:
        _factors, methods = self._profiles[profile]
        return next((lack for method in methods.values() if (lack := method.lacks(entry))), "")
