"""What an administrator can do about a refused sign-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.records import AuditRow

# By a part of the reason, the first that fits.
CHANGES_HERE = "`change_password: true` of the directory lets the user change it at the next sign-in, where the NAS shows Challenges."
CHANGES_ELSEWHERE = "The user changes it where the directory lets users do that, or an administrator sets one."
ADVICE = (
    ("can not be reached: ", (
        "The mail server or gateway refuses the approver's address or number for good: correct it where they have it.",
        "`radiusd send-test mail SERVER ADDRESS` shows what the server says. `approvers` of the profile may name another.",
    )),
    ("was refused: ", (
        "The mail server or gateway refuses the user's address or number for good: correct it where the user has it.",
        "`radiusd send-test mail SERVER ADDRESS` shows what the server says.",
    )),
    ("there is room for", (
        "Leave out some of `reply` and `reply_rules` of the application: a packet has 4096 octets (RFC 2865 section 3), and",
        "proxies before this server take some of them. `radiusd check` adds up what radius.yaml has.",
    )),
    ("not delivered: ", (
        "Is the number right, is the phone on, and may it get SMS where it is? The gateway's own log has more.",
        "`radiusd send-test sms GATEWAY NUMBER` sends to it. The user may sign in another way meanwhile.",
    )),
    ("revoked by", ("The approval was revoked before the user signed in with it. The user tries again, and it is asked anew.",)),
    ("changed since it was proved", ("The user begins again, with the new password.",)),
    ("signs in another way", ("The user begins again: the profile is another one by now.",)),
    ("stood in line", (
        "The user signs in again. Where the NAS can name the user's device (`station` of the client), let it do so.",
    )),
    ("has let somebody in", ("An approval counts once. The user signs in again, and it is asked anew.",)),
    ("counts no longer", (
        "The user signs in again, and it is asked anew; late_approval of the profile says how long one counts.",
    )),
    ("in another domain", (
        "The manager is in another domain of the forest. The global catalogue (ldaps://...:3269 in `urls`) has all of them;",
        "else `approvers` or `default_recipient` of the profile say who is asked in their place.",
    )),
    ("nobody can be asked", ("Set a manager or sponsor for the user, or default_recipient of the profile.",)),
    ("User-Password has no octets", (
        "The NAS sent an empty password: the user left it out, or the NAS lost the State that it should return.",
    )),
    ("Authorize-Only", ("Set the NAS to authenticate users (PAP), not only to ask what they may do.",)),
    ("State", ("The login that the NAS continued was over. The user begins again.",)),
    ("no authenticator app", (
        "`radiusd authenticator list {user}` shows why one is not verified; `radiusd authenticator add {user}` sets one up.",
    )),
    ("authenticator app is disabled", ("`radiusd authenticator enable ID` lets it count again.",)),
    ("authenticator app was removed", ("The user begins again; `radiusd authenticator add {user}` sets one up.",)),
    ("authenticator code used already", ("A code is good once: the user waits for the next one that the app shows.",)),
    ("authenticator code of", (
        "The user sets the clock of the phone to automatic time. `drift` of the profile says how far it may be off.",
        "A token without a clock to set is synchronised by two codes in a row: `radiusd authenticator resync ID`.",
        "All users have it? Then the clock of this server is wrong: `timedatectl` shows it.",
    )),
    ("authenticator code wrong", (
        "The user types the code of the right account in the app.",
        "They have another phone? `radiusd authenticator add {user}` sets it up, `radiusd authenticator remove ID` ends the old one.",
    )),
    ("behind the password", (
        "The user types the code of the app directly behind the password; this NAS shows no Challenge.",
    )),
    ("recovery code", ("`radiusd authenticator recovery-codes {user}` makes new ones, in the place of all before.",)),
    ("used the same code", ("A code is good once: the user waits for the next one that the app shows.",)),
    ("code wrong", ("The user begins again, and types the code of the newest message.",)),
    ("an hour allows", (
        "The user asked for more messages than sends_per_hour or asks_per_hour of the profile allow, and tries later.",
        "It comes back? Something signs in again and again; `radiusd audit --user {user}` shows from where.",
    )),
    ("beyond ASCII", (
        "Give the user an address without such letters, or the profile a mail server that takes them (SMTPUTF8).",
    )),
    ("enrolled no", ("`enrollment.automatic` says whose address and number of the directory count.",)),
    ("and needs an invitation", ("Invite them: `radiusd enrollment invite {user}`.",)),
    ("nothing that a code could be sent to", (
        "Enroll it for the user, if you vouch for it: `radiusd enrollment add {user} ADDRESS`; or let them: `radiusd enrollment invite {user}`.",
        "A client that can show Challenges (`challenge`) lets the user enroll at its prompt.",
    )),
    ("enrollment.per_user", ("`radiusd enrollment list {user}` shows them; `radiusd enrollment remove ID` makes room.",)),
    ("and there is no other", ("`radiusd explain --user {user} --client {client}` shows where a code would go.",)),
    ("can be used no more", ("The user begins again, and is sent a code to what they have now.",)),
    ("mail address", ("Enter one: `radiusd user edit {user} --email ADDRESS` (an LDAP user: in the directory).",)),
    ("mobile number", (
        "Enter one: `radiusd user edit {user} --phone NUMBER` (an LDAP user: in the directory).",
        "enrollment.countries says where SMS may go.",
    )),
    ("nobody is asked again", ("The approver rejected it a while ago; after_refusal of the profile says for how long.",)),
    ("rejected by", ("The approver rejected it. If it was a mistake, the user tries again once after_refusal is over.",)),
    ("nobody decided", (
        "The approver was asked and did not decide before the NAS gave up; a late approval counts for the next try.",
        "Raise the time-out of the NAS and `hold` of the client: `radiusd client advice {client}` shows to what.",
    )),
    ("Challenge", (
        "The NAS cannot show what is asked; see `challenge` of the client, and `placement: appended` of the profile.",
    )),
    ("max_held", ("Raise max_held of the client, if that many may really wait at once.",)),
    ("no such user", (
        "Compare the name with `radiusd user list` and with the directories of the application's profiles.",
        "Names like DOMAIN\\name or name@realm: see user_names of the directory.",
    )),
    ("was not asked: ", (
        "The directory is not asked, so that it does not lock the account. Once its time is over the user tries again.",
        "`radiusd block list` shows the time; `radiusd block remove {user}` gives one more try at once.",
        "Some device repeats an old password: `radiusd audit --user {user}` shows from where.",
    )),
    ("judged until the NAS gives up", (
        "Something signs in as this user many times at once: `radiusd audit --user {user}` shows from where.",
    )),
    ("account is locked", ("Unlock it in the directory.",)),
    ("account is gone", ("The user tries again. It comes back? `radiusd check --live` shows whether a user can be read.",)),
    ("account has no password", ("Set one in the directory.",)),
    ("at this time", ("The directory's hours of the user (`logonHours`) say when.",)),
    ("from here", ("Clear the list of computers of the user in the directory (`userWorkstations`).",)),
    ("smart card only", ("Take the flag from the account in the directory, or give the user another account for this.",)),
    ("refuses the account", ("The directory's words say why; its log tells more.",)),
    ("account may not sign in", ("The directory's access rules say who may bind; its log tells more.",)),
    ("refuses further attempts", (
        "Unlock the user in the directory, or wait until its limit is over.",
        "Some device repeats an old password: `radiusd audit --user {user}` shows from where.",
    )),
    ("account is disabled", ("Enable it in the directory.",)),
    ("the account has expired", ("Extend it in the directory.",)),
    ("changed during the sign-in", ("The user tries again.",)),
    ("the client can not ask for another one", (CHANGES_ELSEWHERE,)),
    ("no new password was taken", ("The user signs in again; the reason says what was against the last one.",)),
    ("is not the one any more", ("The user signs in again, with the password of now.",)),
    ("is not kept any more", ("The user signs in again: between password and new password was more than an hour.",)),
    ("does not let the user change", ("Let users write their password: `by self write` for userPassword in slapd.",)),
    ("password has expired", (CHANGES_HERE, CHANGES_ELSEWHERE)),
    ("password must be changed", (CHANGES_HERE, CHANGES_ELSEWHERE)),
    ("code too old", ("The user begins again, and types the code of the newest message, within `validity`.",)),
    ("user has no password", ("`radiusd user password {user}` sets one.",)),
    ("request has no password", ("Set the NAS to PAP.",)),
    ("password wrong, as before", (
        "Some device repeats an old password: `radiusd audit --user {user}` shows from where.",
        "It is asked anew once the user's password is another one, or the directory's `lockout.window` is over.",
    )),
    ("password wrong", (
        "The user types it again, or `radiusd user password {user}` sets a new one (an LDAP user: in the directory).",
        "Every password is wrong from one NAS? Its shared secret or its password_encoding differs.",
    )),
    ("password is empty", ("The NAS sent an empty password: the user, or a saved profile, left it out.",)),
    ("blocked", (
        "`radiusd block list` shows the block and the time that remains; `radiusd block remove NAME` ends it.",
        "It comes back: some device of the user repeats an old password.",
    )),
    ("disabled", ("`radiusd user enable {user}` lets the user in again (an LDAP user: in the directory).",)),
    ("expired", ("`radiusd user edit {user} --expires DATE` extends the account (an LDAP user: in the directory).",)),
    ("a digest needs the password", ("Let the NAS look in a table of its own: docs/nas/kamailio.md.",)),
    ("MS-CHAP", ("Set the NAS to PAP.",)),
    ("CHAP", ("Set the NAS to PAP.",)),
    ("EAP", ("Set the NAS to PAP.",)),
    ("has two passwords", ("The shared secret of NAS and client may differ; else it is the NAS's fault.",)),
    ("not active", ("The profile wants what this release does not do yet; `radiusd check` names it.",)),
    ("answered 5", ("`radiusd send-test mail SERVER ADDRESS` or `send-test sms GATEWAY NUMBER` shows what it says.",)),
    ("is not available", ("The component was down: its own log, and `radiusd check --live`, tell more.",)),
    ("is open to the user", ("The steps above name the rules that were tried; policies: in radius.yaml decides.",)),
)  # fmt: skip


def what_to_do(row: AuditRow) -> list[str]:
    """Sentences; none where nothing was refused."""
    if row.outcome != "reject":
        return []
    for part, sentences in ADVICE:
        if part.casefold() in row.reason.casefold():
            return [sentence.replace("{user}", row.user_name).replace("{client}", row.client) for sentence in sentences]
    return [f"`radiusd explain --user {row.user_name} --client {row.client}` shows what would happen now."]
