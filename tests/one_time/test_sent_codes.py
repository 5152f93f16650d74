"""A code dies by use, by count and by age; what the user reads and types meanwhile."""

from __future__ import annotations

import pytest

from radiusd.model.verdict import Asked, Failed, Passed
from radiusd.rules import chance
from tests.one_time.conversation import AT, MINUTES, MORE, Login, ann, finished, seconds


@pytest.fixture(params=["mail", "sms"])
def login(request):
    """By either method, with the same times."""
    return Login(request.param, validity=seconds(600))


def sent_to(login):
    return "a***e@example.com" if login.messages[0].carriers == ("primary", "backup") else "+90********22"


def ended(verdict):
    """Why, and as what it counts."""
    assert isinstance(verdict, Failed)
    return verdict.reason, verdict.counted


def test_the_right_code(login):
    login.begins()
    assert login.reads == f"Code sent to {sent_to(login)}{MORE}"
    login.later(30)
    assert login.types(login.codes[0]) == Passed(f"code right (sent to {sent_to(login)})")
    assert len(login.messages) == 1


def test_the_right_code_as_people_type_it(login):
    login.begins()
    code = login.codes[0]
    login.types(f" {code[:3]} {code[3:]} ")
    assert login.passed


def test_wrong_codes_end_the_login(login):
    """S5: the third one is the last, and each counts for blocking (S263)."""
    login.begins()
    first = login.types(login.wrong)
    assert login.reads == f"Wrong code. Code sent to {sent_to(login)}{MORE}"
    assert (first.counted, first.reason, first.message) == ("code", "code wrong (1 of 3)", None)
    second = login.types("let me in")
    assert (second.counted, second.reason) == ("code", "code wrong (2 of 3)")
    assert ended(login.types(login.wrong)) == ("code wrong, 3 times", "code")


def test_the_same_wrong_answer_again_is_told_by_the_code_it_was_judged_against(login):
    """Not across codes: what is wrong for one may be right for the next (X8)."""
    login.begins()
    first, second = login.types(login.wrong), login.types(login.wrong)
    assert first.against == second.against != ""
    other = Login()
    other.name = "login2"
    other.begins()
    assert other.types(other.wrong).against != first.against


def test_a_wrong_code_and_then_the_right_one(login):
    login.begins()
    login.types(login.wrong)
    login.types(login.wrong)
    login.types(login.codes[0])
    assert login.passed


def test_one_try(login):
    login = Login(attempts=1)
    login.begins()
    assert ended(login.types(login.wrong)) == ("code wrong, 1 times", "code")


def test_a_fresh_code_does_not_begin_the_count_anew(login):
    login.begins()
    login.types(login.wrong)
    login.types(login.wrong)
    login.later(30)
    login.types("")
    assert ended(login.types(login.wrong)) == ("code wrong, 3 times", "code")


@pytest.mark.parametrize("asked", ["", "resend", "Yeniden"])
def test_a_fresh_code_in_the_place_of_the_old_one(login, asked):
    login.begins()
    login.later(30)
    fresh = login.types(asked)
    assert login.reads == f"A fresh code was sent; earlier ones no longer work. Code sent to {sent_to(login)}{MORE}"
    assert (fresh.counted, fresh.reason) == ("", f"a code was made for {sent_to(login)}")
    old, new = login.codes
    if old != new:
        late = login.types(old)
        assert login.reads == f"This code was replaced. Type the newest one. Code sent to {sent_to(login)}{MORE}"
        # Counted as a try, not as a guess: whoever types it has read the mail.
        assert (late.counted, late.reason) == ("", "code too old (1 of 3)")
    login.types(new)
    assert login.passed


def test_no_fresh_code_just_after_the_last(login):
    """D13, without a message and without counting as a wrong try."""
    login.begins()
    login.later(18.5)
    soon = login.types("")
    assert login.reads == f"A fresh code can be sent in 12 seconds. Code sent to {sent_to(login)}{MORE}"
    assert (soon.message, soon.counted) == (None, "")
    for _ in range(5):
        login.types("resend")
    login.later(11.4)
    login.types("")
    assert login.reads.startswith("A fresh code can be sent in 1 second.")
    assert len(login.messages) == 1
    login.types(login.codes[0])
    assert login.passed


def test_the_wait_is_from_the_last_code_that_was_sent(login):
    login.begins()
    login.later(40)
    login.types("")
    login.later(29)
    login.types("")
    assert login.reads.startswith("A fresh code can be sent in 1 second.")
    assert len(login.messages) == 2


def test_a_code_of_the_last_second(login):
    login.begins()
    login.later(10 * MINUTES - 0.1)
    login.types(login.codes[0])
    assert login.passed


def test_a_late_code_brings_a_fresh_one(login):
    """Nobody has to find out how to ask for it. What is typed late is one of the tries all the same."""
    login.begins()
    login.later(10 * MINUTES)
    late = login.types(login.codes[0])
    assert login.reads == (
        f"The code has expired. A fresh code was sent; earlier ones no longer work. Code sent to {sent_to(login)}{MORE}"
    )
    assert late.counted == ""
    assert late.reason == f"code too old (1 of 3), all have expired: a code was made for {sent_to(login)}"
    login.types(login.codes[1])
    assert login.passed


def test_a_guess_at_an_expired_code_is_a_guess(login):
    login.begins()
    login.later(10 * MINUTES)
    assert login.types(login.wrong).counted == "code"
    login.types(login.wrong)
    assert ended(login.types(login.codes[-1][:-1])) == ("code wrong, 3 times", "code")


def test_a_late_code_where_the_last_one_was_sent_just_now():
    login = Login(validity=seconds(20))
    login.begins()
    login.later(25)
    late = login.types(login.codes[0])
    assert login.reads == "The code has expired. A fresh code can be sent in 5 seconds."
    assert late.message is None
    login.later(5)
    login.types("")
    login.types(login.codes[1])
    assert login.passed


def test_late_codes_end_the_login_too():
    login = Login(validity=seconds(5))
    login.begins()
    login.later(6)
    login.types(login.codes[0])
    login.types(login.codes[0])
    assert ended(login.types(login.codes[0])) == ("code too old, 3 times", "")


def test_the_login_ends_soon_after_its_code(login):
    asked = login.begins()
    assert asked.until == AT + 10 * MINUTES + 60
    login.later(5 * MINUTES)
    assert login.types(login.wrong).until == asked.until
    assert login.types("").until == AT + 15 * MINUTES + 60


def test_after_a_restart_either_code_is_good(login):
    login.begins()
    for sent in range(1, 4):
        login.later(5)
        login.starts_again()
        assert login.reads == f"Code sent to {sent_to(login)}{MORE}"
        assert len(login.messages) == sent + 1
    remembered = login.memory
    for code in login.codes:
        login.memory = remembered
        login.types(code)
        assert login.passed


def test_after_a_restart_wrong_ones_are_remembered(login):
    login.begins()
    login.types(login.wrong)
    login.types(login.wrong)
    login.starts_again()
    assert isinstance(login.types(login.wrong), Failed)


def test_a_restart_gives_a_replaced_code_no_new_life(login):
    login.begins()
    login.later(30)
    login.types("")
    login.starts_again()
    old, *new = login.codes
    if old not in new:
        assert not isinstance(login.types(old), Passed)
    login.types(new[0])
    assert login.passed


def test_a_restart_gives_an_old_code_no_new_life(login):
    login.begins()
    login.later(9 * MINUTES)
    login.starts_again()
    login.later(2 * MINUTES)
    old, new = login.codes
    if old != new:
        login.types(old)
        assert login.reads.startswith("This code was replaced. Type the newest one.")
    login.types(new)
    assert login.passed


def test_a_server_that_is_killed_again_and_again_remembers_so_many_codes_and_no_more(login):
    login.begins()
    for _ in range(50):
        login.starts_again()
    assert len(login.memory) < 600
    login.types(login.codes[-1])
    assert login.passed


@pytest.mark.parametrize("other", [{"name": "login2"}, {"factor": "office-2"}])
def test_the_code_of_another_login_or_factor_is_nothing(other):
    """S4: the memory of one login is nothing in another either."""
    one, two = Login(), Login(**other)
    one.begins()
    two.begins()
    if one.codes != two.codes:
        assert isinstance(two.types(one.codes[0]), Asked)
    two.memory = one.memory
    assert isinstance(two.types(one.codes[0]), Asked)
    one.types(one.codes[0])
    assert one.passed


def test_no_code_in_what_is_remembered_or_told(login, monkeypatch):
    """S22: only keyed digests."""
    made = iter((271828, 314159))
    monkeypatch.setattr(chance, "below", lambda _limit: next(made))
    login.begins()
    login.types(login.wrong)
    login.later(30)
    login.types("")
    assert login.codes == ["271828", "314159"]
    told = repr(login.verdict) + repr(login.memory) + repr(login.messages)
    assert all(code not in told for code in login.codes)
    assert "alice@example.com" not in told
    assert "5554443322" not in told


def test_what_the_engine_must_know_of_a_message(login):
    login.begins()
    (message,) = login.messages
    assert (message.kind, message.profile, message.within) == ("code", "office", 8.0)
    assert (message.most_per_hour, message.per_recipient) == (10, False)
    assert len(message.carriers) == 2


def test_options_are_followed():
    login = Login(
        code_length=8,
        attempts=2,
        resend_after=seconds(0),
        sends_per_hour=3,
        send_within=seconds(4),
        placement="appended",
    )
    login.begins()
    assert len(login.codes[0]) == 8
    assert (login.messages[0].most_per_hour, login.messages[0].within) == (3, 4.0)
    assert (login.method.placement, login.method.code_length) == ("appended", 8)
    login.types("")
    assert len(login.messages) == 2
    login.types("1")
    assert isinstance(login.types("1"), Failed)


def test_an_address_that_was_corrected_meanwhile_gets_the_next_code():
    login = Login(entry=ann(mail="alcie@example.com"))
    login.begins()
    login.entry = ann()
    login.later(30)
    login.types("")
    assert [message.content.recipient for message in login.messages] == ["alcie@example.com", "alice@example.com"]
    login.starts_again()
    assert login.messages[-1].content.recipient == "alice@example.com"


@pytest.mark.parametrize("step", ["begins", "types", "starts_again"])
def test_an_address_that_is_gone_ends_the_login(step):
    login = Login()
    if step != "begins":
        login.begins()
    login.later(30)
    login.entry = ann(mail="")
    verdict = login.types("") if step == "types" else getattr(login, step)()
    assert verdict == Failed("the user has no mail address")


def test_a_guess_is_counted_even_where_no_fresh_code_can_be_sent():
    login = Login()
    login.begins()
    login.later(10 * MINUTES)
    login.entry = ann(mail="")
    assert ended(login.types(login.wrong)) == ("the user has no mail address", "code")


def test_where_no_further_code_can_be_sent_the_last_one_stays_good(login):
    """Sends_per_hour is reached: whoever asks for a fresh one keeps the code they have, and is told so (D26)."""
    login.begins()
    login.later(30)
    fresh = login.types("")
    kept = fresh.otherwise
    assert isinstance(kept, Asked)
    assert kept.message is None
    assert (
        kept.prompt
        == f"No further code can be sent now. Type the last one: it is still good. Code sent to {sent_to(login)}"
    )
    assert kept.until == AT + 10 * MINUTES + 60
    first, _second = login.codes
    login.memory = kept.memory
    login.types(first)
    assert login.passed


def test_where_no_code_is_good_any_more_and_none_can_be_sent_that_is_said(login):
    login.begins()
    assert login.verdict.otherwise == Failed("as many messages as an hour allows were sent", text="no_code")
    login.later(600)
    late = login.types(login.codes[0])
    assert late.otherwise == Failed("as many messages as an hour allows were sent", text="no_code")
    login.types(login.wrong)
    assert login.verdict.otherwise is None or isinstance(login.verdict.otherwise, Failed)


def test_a_message_that_is_made_again_is_done_without_where_none_can_be_sent(login):
    login.begins()
    again = login.starts_again()
    assert again.otherwise.message is None
    assert again.otherwise.memory != again.memory


def test_a_refused_address_is_said(login):
    login.begins()
    failed = finished(login.method.refused(login._turn(""), "main: refused the recipient (550)"))
    assert failed.text == "not_delivered"
    assert failed.reason == f"the code for {sent_to(login)} was refused: main: refused the recipient (550)"


@pytest.mark.parametrize(
    ("validity", "english", "turkish"),
    [(10, "10 seconds", "10 saniye"), (60, "1 minute", "1 dakika"), (90, "90 seconds", "90 saniye")],
)
@pytest.mark.parametrize("kind", ["mail", "sms"])
def test_how_long_a_code_is_good_is_told_right(kind, validity, english, turkish):
    said = {
        "mail": (f"Valid for: {english}\n", f"Geçerlilik: {turkish}\n"),
        "sms": (f"Valid for {english}.", f" {turkish} geçerlidir."),
    }
    for language, told in zip(("en", "tr"), said[kind], strict=True):
        login = Login(kind, entry=ann(language=language), validity=seconds(validity))
        login.begins()
        assert told in login.messages[0].content.text


BEHIND = {
    "en": "Sign in again with the code behind your password.",
    "tr": "Parolanızın sonuna kodu ekleyerek yeniden oturum açın.",
}


@pytest.mark.parametrize("language", BEHIND)
@pytest.mark.parametrize("kind", ["mail", "sms"])
def test_what_to_do_next_is_in_the_message(kind, language):
    """Many a NAS shows no text of a Reject; whoever wrote the message need not have thought of it."""
    of = {"entry": ann(language=language), "message": "{{ code }} is yours."}
    appended = [Login(kind, placement="appended", **of), Login(kind, **of), Login(kind, entry=of["entry"])]
    for login, challenges in zip(appended, (-1, 0, 0), strict=True):
        login.begins(challenges=challenges)
        assert login.messages[0].content.text.count(BEHIND[language]) == 1
        assert "resend" not in login.reads
    asked = Login(kind, **of)
    asked.begins()
    assert asked.messages[0].content.text == f"{asked.codes[0]} is yours."


@pytest.mark.parametrize(("challenges", "told"), [(-1, True), (2, True), (1, False)])
def test_enter_and_resend_are_told_of_where_the_nas_can_ask_again(login, challenges, told):
    login.begins(challenges=challenges)
    assert login.reads == f"Code sent to {sent_to(login)}{MORE if told else ''}"


def test_the_administrators_word_for_enter():
    said = Login(prompt="Your code?", texts={"resend": {"en": "Enter: another."}})
    said.begins()
    assert said.reads == "Your code? Enter: another."
    silent = Login(prompt="Your code?", texts={"resend": {"en": ""}})
    silent.begins()
    assert silent.reads == "Your code?"
