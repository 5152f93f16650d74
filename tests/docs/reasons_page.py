"""docs/reasons.md: why sign-ins are refused, what it means, and the advice that `radiusd explain` gives."""

from __future__ import annotations

import re
from collections.abc import Iterator

from radiusd.administration.what_to_do import what_to_do
from radiusd.rules.texts import TEXTS
from store.records import AuditRow
from tests.docs.reasons_of_apps import APPS, Reason

REASONS: dict[str, tuple[Reason, ...]] = {
    "The user": (
        Reason("no such user", "No directory of the application's profiles has the name."),
        Reason("the user is disabled", "In our database, or in the directory."),
        Reason("the user was changed during the sign-in", "In our database, while the password was hashed."),
        Reason("the user's account has expired", "Its last day is over."),
        Reason("the user may not sign in at this hour", "`radiusd user show NAME` tells the hours they have."),
        Reason("the user's hours end in less than a minute", "Some NASes take no shorter session."),
        Reason("the user may not sign in through client", "`radiusd user show NAME` tells through which they may."),
        Reason(
            "the user's own reply attributes",
            "What `user edit --reply` gave them cannot be sent any more: a file of `dictionaries` is gone, or is another one.",
        ),
        Reason("the user of the login is not there any more", "Removed, or another person's name by now."),
        Reason(
            "the user signs in another way now",
            "The profile changed while the sign-in was under way, by a reload or in the directory.",
        ),
        Reason("blocked: {why}", "Failures before, or an administrator, keep the user out for a while."),
        Reason("no profile of {application} is open to the user", "Policies leave the user no way to sign in."),
        Reason(
            "{profile} is closed: the method {method} is not active yet", "The profile wants what is not built yet."
        ),
        Reason(
            "the reply's attributes have {size} octets, and there is room for {room}",
            "No packet holds what the user would be replied, so nobody is let in without a part of it.",
        ),
    ),
    "The password": (
        Reason("password wrong", "The name is right, the password is not. It counts for blocking."),
        Reason("the password is empty", "It was never shown to the directory, and does not count."),
        Reason("the password has expired", "The directory says so, after the right password."),
        Reason(
            "the password must be changed first", "The directory says so, or our database, after the right password."
        ),
        Reason(
            "the password must be changed, and the client can not ask for another one",
            "It shows no Challenge, or has fewer left than the two that a new password takes.",
        ),
        Reason("no new password was taken: {why}", "Five were not taken, or the NAS could show no further Challenge."),
        Reason(
            "the password that is to be changed is not kept any more",
            "More than an hour lay between the password and the new one, or another sign-in has changed it.",
        ),
        Reason(
            "the password is not the one any more that was proved",
            "Somebody changed it while the new one was typed.",
        ),
        Reason(
            "the directory does not let the user change the password: {words}",
            "In the words of the directory.",
        ),
        Reason("the account is locked", "The directory has locked it."),
        Reason("the account is disabled", "The directory says so, after the right password."),
        Reason("the account has expired", "The directory says so, after the right password."),
        Reason("the account may not sign in at this time", "Outside the hours that the directory has for the user."),
        Reason(
            "the account may not sign in from here",
            "The directory names the computers that the user may use (`userWorkstations`), and a bind comes from none.",
        ),
        Reason(
            "the account may sign in with a smart card only",
            "Its password is one that nobody knows; no bind is tried, since each would count against it.",
        ),
        Reason("the account may not sign in", "The directory lets nobody bind as this entry."),
        Reason("the account has no password", "The directory has none that it could compare."),
        Reason("the account is gone", "Between look-up and password: removed, renamed or moved."),
        Reason(
            "the directory refuses further attempts",
            "Its own limit for wrong passwords; it does not say until when.",
        ),
        Reason(
            "the directory refuses the account: {words}",
            "Something else than a wrong password, in the words of the directory. It does not count.",
        ),
        Reason(
            "the password was changed since it was proved",
            "While a code was out, a request held or an approval kept: what the old one proved counts no longer.",
        ),
        Reason("the user has no password", "A local user for whom none was set."),
        Reason(
            "{directory} was not asked: {n} wrong passwords within {time}, and it {locks} the account at {threshold}",
            "One more would come too near to the directory's own lock (`lockout`).",
        ),
        Reason(
            "password wrong, as before: the directory was not asked again",
            "The same password of this user was wrong just now, and has not become right: the directory would count it again.",
        ),
        Reason(
            "other attempts of this user were judged until the NAS gives up",
            "As many at once as may fail (`failed_attempts`, `lockout`), and the directory was slow.",
        ),
    ),
    "An authenticator app": APPS,
    "What the NAS sent": (
        Reason("CHAP needs the password in clear text; set the NAS to PAP", "The NAS speaks CHAP."),
        Reason("MS-CHAP is not accepted over UDP", "The NAS speaks MS-CHAP."),
        Reason("EAP is not offered; set the NAS to PAP", "The NAS speaks EAP."),
        Reason("a digest needs the password, or MD5 of it", "The NAS speaks Digest (RFC 5090), as Kamailio does."),
        Reason(
            "the request has two passwords or two names, or a User-Password of a wrong size", "It is not well-formed."
        ),
        Reason("the request has no password", "Neither a password nor anything in its place."),
        Reason(
            "the User-Password has no octets, and no State came with it",
            "Nothing was typed where a password was asked for. Beside a State it would be the empty answer.",
        ),
        Reason(
            "Authorize-Only without a State of ours",
            "The NAS asks for rights without a sign-in, password or no password.",
        ),
        Reason("the State was used", "The NAS sent an answer twice, as another request."),
        Reason("the State is not one of ours", "It was made with another key, or by another server."),
        Reason("the login of the State is not known any more", "It was over long ago."),
        Reason("the login of the State has {expired or ended}", "The answer came too late, or after another one."),
        Reason(
            "the State is of another client's or user's login",
            "It came back by another client, or with a name that is somebody else's.",
        ),
        Reason("other requests of this login came first", "Many came at once, and one of them had the answer."),
        Reason("there is no client {name} any more", "A reload took it out of radius.yaml while the request was held."),
        Reason("there is no application {name} any more", "The same of its application."),
        Reason("the client can show no (further) Challenge", "`challenge` of the client is used up, or false."),
    ),
    "A menu": (
        Reason(
            "nothing was chosen: {n} answers were none of the menu's",
            "As many as may be, or this NAS can not show the menu again. It does not count for blocking.",
        ),
        Reason(
            "{profile} was chosen, and is not open to the user any more",
            "A reload or another policy took it away while the menu was shown.",
        ),
    ),
    "A code": (
        Reason(
            "no address or number was chosen: {n} answers were none of those shown",
            "Of a user who has several. It does not count for blocking.",
        ),
        Reason("what was chosen can be used no more", "It was disabled or removed while the user was asked."),
        Reason("code wrong, {n} times", "As many wrong codes as `attempts` allows. It counts for blocking."),
        Reason("code too old, {n} times", "Codes that were sent but have been over. It does not count for blocking."),
        Reason("the user has no mail address", "The directory has none."),
        Reason("the user's mail address is not one", "What the directory has is no address at all."),
        Reason(
            "the user's mail address is not one that mail can be sent to", "Its domain has no form that the DNS knows."
        ),
        Reason(
            "{component} is not available: {server} takes no addresses beyond ASCII (SMTPUTF8), and {whose} is one",
            "What stands before the @ has letters that this mail server does not take.",
        ),
        Reason("the user has no mobile number", "The directory has none."),
        Reason(
            "the user has enrolled no mail address",
            "`enrollment.automatic` does not let what the directory has count for this user.",
        ),
        Reason("the user has enrolled no mobile number", "The same of numbers."),
        Reason(
            "{destination} is disabled, and there is no other",
            "An administrator or the user has disabled all that there is.",
        ),
        Reason(
            "the user has nothing that a code could be sent to by {means}, and needs an invitation",
            "`enrollment.first` is `invitation`: the user was told to ask for one.",
        ),
        Reason(
            "the user has nothing that a code could be sent to by {means}, and the client can not show the Challenges by which it is enrolled",
            "An address or number could be enrolled at a prompt, and this NAS shows none, or too few.",
        ),
        Reason(
            "the user has nothing that a code could be sent to by {means}, nor anything else that proves who they are",
            "What was to prove it first was disabled or removed a moment ago.",
        ),
        Reason(
            "the user has as many enrolled as enrollment.per_user allows",
            "No further one can be enrolled before one is removed.",
        ),
        Reason("{destination} can be used no more", "It was disabled or removed after the code had been sent."),
        Reason(
            "the user's mobile number can not be read; write it with its country code, for example +905554443322",
            "It is no number, or `phone_country` is not set.",
        ),
        Reason(
            "the user's mobile number has too few or too many digits", "No phone of that country has such a number."
        ),
        Reason(
            "the user's mobile number is of {where}, and enrollment.countries has {countries} only",
            "SMS may not go there.",
        ),
        Reason("as many messages as an hour allows were sent", "The limit of the profile."),
        Reason("the code for {whom} was refused: {cause}", "No carrier takes anything for that address or number."),
    ),
    "An approval": (
        Reason("rejected by {who}", "The approver pressed Reject."),
        Reason("rejected by {who} a while ago; nobody is asked again for {time}", "`after_refusal` is not over."),
        Reason(
            "nobody decided before the NAS gives up",
            "The NAS can show no Challenge, or had given up. A late approval counts.",
        ),
        Reason("nobody decided in time", "The link's time is over."),
        Reason("approved by {who}, and revoked by {whom}", "Before the user signed in with it."),
        Reason(
            "another sign-in of the user's was decided, and this one stood in line",
            "The NAS names no station, so several of one user wait for one decision, and it lets in once.",
        ),
        Reason("the approval by {who} has let somebody in already", "It counts once."),
        Reason(
            "the approval by {who} came when nobody waited, and counts no longer", "`late_approval` is over, or 0s."
        ),
        Reason(
            "nobody was asked, or it was too long ago", "The question is not in the database any more (`retention`)."
        ),
        Reason("{whom} is told of a failed sign-in", "`notify_manager_of_failures`."),
        Reason(
            "{whom} is told to sign in again, since the approval came late",
            "Nobody waited any more, and no prompt was open (`late_approval`).",
        ),
        Reason("nobody is told of a failed sign-in: {why}", "There is nobody to tell, or they can not be looked up."),
        Reason("confirmed by {who}", "The user pressed Yes, it is me, on the page behind the link."),
        Reason("denied by {who}", "The user pressed No, it is not me."),
        Reason(
            "nobody is asked: {why}",
            "Nothing is proved before somebody is asked, so that whoever may not sign in waits as everybody does, and is"
            " refused at the end.",
        ),
        Reason("the question to the approver was withdrawn", "What was to be approved was given up."),
        Reason("as many messages as an hour allows were sent to {whom}", "`asks_per_hour` is reached."),
        Reason(
            "{who} can not be reached: {cause}", "No carrier takes anything for them, and there is no other approver."
        ),
        Reason("nobody can be asked: {why}", "No manager, no sponsor, no default recipient, or it would be the user."),
        Reason(
            "nobody can be asked: {who}: {manager} is in another domain, which this server does not have",
            "The directory answers with a referral, and referrals are never followed.",
        ),
        Reason(
            "as many requests are held as max_held says, or as many of one user as may be",
            "`max_held` of the client; 16 of one user, 4 of one on a NAS that names no station. Told to try again.",
        ),
    ),
    "A message to a phone": (
        Reason("{message} for {number} was delivered", "The SMS gateway says so (`receipts`)."),
        Reason(
            "{message} for {number} was not delivered: the phone could not be reached in time",
            "It is off, or where there is no network.",
        ),
        Reason(
            "{message} for {number} was not delivered: the network says that it can not be",
            "The number is out of use, or takes no SMS. What the network gives as its error stands behind it.",
        ),
        Reason(
            "{message} for {number} was not delivered: the gateway or the network rejected it",
            "Often for the sender, or for its text: a filter took it for spam.",
        ),
        Reason("{message} for {number} was not delivered: the gateway deleted it", "The provider knows why."),
        Reason("{message} for {number} was not delivered: the gateway left it out", "The provider knows why."),
        Reason(
            "{message} for {number} may not have been delivered: the gateway does not know", "The network lost track."
        ),
    ),
    "Something is down": (
        Reason(
            "{component} is not available: {cause}",
            "A directory, all mail servers or gateways of the profile, or the database.",
        ),
        Reason(
            "{component} is not available: {host}:{port} answered 5{nn}",
            "A mail server or gateway refused the message.",
        ),
        Reason("the database is not available", "Nothing can be recorded, so nobody gets in. The log has it."),
    ),
}
OUTCOMES = {
    "accept": "The user is in.",
    "reject": "The user is not. The row has the reference.",
    "challenge": "Something was asked: a code, or to press Enter.",
    "waiting": "The request is held until somebody decides.",
    "approved": "An approver pressed Approve.",
    "refused": "An approver pressed Reject.",
    "revoked": "An approval was revoked before anybody signed in with it.",
    "informing": "Somebody is being told of a sign-in that failed (`notify_manager_of_failures`).",
    "informed": "What informs of a sign-in was sent.",
    "uninformed": "It was tried for an hour, and nobody took it, or nobody was found. The reason has the cause.",
    "delivered": "The SMS gateway says that the phone got a message.",
    "undelivered": "The SMS gateway says that the phone did not get a message. The reason has the cause.",
    "blocked": "Failures led to a block. The reason has for how long, and why.",
    "admin": "An administrator changed something.",
}
DISCARDED = {
    "unknown client": "Its address is in no `clients` entry. Add it, or look who asks.",
    "wrong Message-Authenticator": "The shared secrets of NAS and client differ, or it is forged.",
    "no Message-Authenticator": "The client wants signed requests. Let the NAS sign, or set `auto` for as long as it does not.",
    "Proxy-State without Message-Authenticator": "What CVE-2024-3596 looks like; see `limit_proxy_state`.",
    "code": "It is no request that a NAS may send to this port.",
    "overload": "More arrives than can be judged. The NAS asks again.",
}


def row(reason: str) -> AuditRow:
    """A refusal for that reason."""
    values = dict.fromkeys(AuditRow._fields, "")
    return AuditRow(**{**values, "outcome": "reject", "reason": reason, "user_name": "USER", "client": "CLIENT"})


def page() -> str:
    """The whole page."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    yield "# Reasons"
    yield ""
    yield "What the audit and `radiusd explain` say, what it means, and what to do. The user reads none of it: a refusal says"
    yield f"*{TEXTS['refused']['en']}* and a reference, so that nobody learns which names there are. Whoever has proved a password"
    yield "reads [what happened and what to do next](second-factors.md#what-the-user-reads), and the reference."
    yield ""
    yield "`...` is what differs. [Audit and explain](audit.md) says how to find a sign-in."
    for title, reasons in REASONS.items():
        yield from ("", f"## {title}", "", "| reason | it means | what to do |", "|---|---|---|")
        for reason in reasons:
            advice = " ".join(what_to_do(row(reason.text))).replace("|", "\\|")
            yield f"| {_dotted(reason.text)} | {reason.meaning} | {advice} |"
    yield from ("", "## Outcomes", "", "Each row of the audit has one.", "", "| outcome | it means |", "|---|---|")
    yield from (f"| `{name}` | {meaning} |" for name, meaning in OUTCOMES.items())
    yield from ("", "## Dropped in silence", "")
    yield "What is not genuine gets no answer and no row: it is in the log (`discarded`, once a minute), in"
    yield "`radiusd_discards_total` and in `radiusd client list`."
    yield from ("", "| reason | it means, and what to do |", "|---|---|")
    yield from (f"| {name} | {meaning} |" for name, meaning in DISCARDED.items())


def _dotted(text: str) -> str:
    return re.sub(r"\{[^}]*\}", "...", text)
