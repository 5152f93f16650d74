"""`method: soft_otp`: the code of an authenticator app is right, wrong, late, used; recovery codes; both databases."""

from __future__ import annotations

import pytest

from radiusd.handlers import KINDS
from radiusd.model.verdict import Asked, Failed, Passed, Unavailable
from store import authenticators
from tests.methods.totp import AT, KEY, Login, Phone, ann
from tests.store.conftest import postgres_server, store, url

__all__ = ["postgres_server", "store", "url"]

ASKS = "Type the code that your authenticator app shows."
NEXT = b"n" * 32


def test_it_is_active():
    assert KINDS["soft_otp"].active


@pytest.mark.row("S173")
async def test_the_code_of_the_app_lets_in(store):
    login, phone = Login(store), Phone()
    await login.has(phone, label="Pixel")
    await login.begins()
    assert login.reads == ASKS
    assert await login.types(phone.shows(AT)) == Passed("authenticator code right (Pixel)", writes=login.verdict.writes)
    assert login.written


async def test_a_wrong_code_may_be_typed_anew_three_times(store):
    login = Login(store)
    await login.has(Phone())
    await login.begins()
    for number in (1, 2):
        asked = await login.types("123456")
        assert (asked.prompt, asked.reason, asked.counted) == (
            f"Wrong code. {ASKS}",
            f"authenticator code wrong ({number} of 3)",
            "code",
        )
    assert await login.types("123456") == Failed("authenticator code wrong, 3 times", "code", against="app")


async def test_what_is_typed_around_a_code_does_not_matter(store):
    login, phone = Login(store), Phone()
    await login.has(phone)
    shown = phone.shows(AT)
    assert isinstance(await login.signs_in(f" {shown[:3]} {shown[3:]}\n"), Passed)


async def test_a_code_is_used_once(store):
    """The same code again, in another sign-in: a thief who looked over a shoulder comes too late."""
    login, phone = Login(store), Phone()
    await login.has(phone)
    assert isinstance(await login.signs_in(phone.shows(AT)), Passed)
    again = await login.signs_in(phone.shows(AT))
    assert (again.prompt, again.reason, again.counted) == (
        f"This code was used already. Wait for the next one. {ASKS}", "authenticator code used already (1 of 3)", "",
    )  # fmt: skip
    login.now += 30
    assert isinstance(await login.types(phone.shows(login.now)), Passed)


async def test_nor_one_of_a_time_before(store):
    login, phone = Login(store, drift=3), Phone()
    await login.has(phone)
    await login.signs_in(phone.shows(AT))
    assert (await login.signs_in(phone.shows(AT, -1))).reason == "authenticator code used already (1 of 3)"


async def test_who_was_first_is_for_the_database_to_say(store):
    """Two nodes judge the same code at once: both find it right, and one of their writes is in time."""
    first, second, phone = Login(store), Login(store), Phone()
    number = await first.has(phone)
    await second.load()
    await first.begins()
    await second.begins()
    verdicts = [await each.method.answer(each._turn(phone.shows(AT))) for each in (first, second)]
    assert all(isinstance(each, Passed) for each in verdicts)
    outcomes = [await store.write(each.writes[0]) for each in verdicts]
    assert outcomes == [True, False]
    assert (await store.read(lambda c: authenticators.get(c, number))).step == int(AT // 30)
    assert (await second.types(phone.shows(AT))).reason == "authenticator code used already (1 of 3)"


async def test_a_commit_that_failed_uses_no_code(store):
    """The sign-in is taken again, with the same code."""
    login, phone = Login(store), Phone()
    await login.has(phone)
    await login.begins()
    assert isinstance(await login.method.answer(login._turn(phone.shows(AT))), Passed)
    assert isinstance(await login.types(phone.shows(AT)), Passed)


@pytest.mark.row("S238")
async def test_a_clock_that_is_off_is_told(store):
    login, phone = Login(store), Phone(off=-200)
    await login.has(phone, label="Pixel")
    asked = await login.signs_in(phone.shows(AT))
    assert asked.prompt == f"This code is of another time. Is the clock of your phone right? {ASKS}"
    assert asked.reason.startswith("authenticator code of 7 steps ago (Pixel)") or asked.reason.startswith(
        "authenticator code of 6 steps ago (Pixel)"
    )


@pytest.mark.parametrize(("drift", "steps"), [(0, 2), (0, 20), (-10, -5)])
async def test_a_code_of_a_time_to_come_reads_as_any_wrong_one(store, drift, steps):
    """Or who guesses would learn which code to type later; each such guess counts as well."""
    login, phone = Login(store), Phone(off=30 * steps)
    await login.has(phone, drift=drift)
    asked = await login.signs_in(phone.shows(AT))
    assert asked.prompt == f"Wrong code. {ASKS}"
    assert asked.counted == "code"
    assert asked.reason.startswith("authenticator code of ")


async def test_drift_is_learned(store):
    login, phone = Login(store), Phone(off=30)
    number = await login.has(phone)
    passed = await login.signs_in(phone.shows(AT))
    assert passed.detail == "authenticator code right, of 1 step ahead; its clock is taken to be 1 step ahead"
    login.now += 3000
    phone.off = 60  # it runs on
    assert isinstance(await login.signs_in(phone.shows(login.now)), Passed)
    row = await store.read(lambda c: authenticators.get(c, number))
    assert (row.drift, row.seen, row.used_at, row.used_station, row.used_client) == (
        2, 2, login.now, "192.0.2.77", "gateway",
    )  # fmt: skip


async def test_what_another_node_learned_counts_here_too(store):
    login, other, phone = Login(store), Login(store), Phone(off=30)
    await login.has(phone)
    await other.load()
    await other.signs_in(phone.shows(AT))
    login.now, phone.off = AT + 3000, 60
    assert isinstance(await login.signs_in(phone.shows(login.now)), Passed)


async def test_a_code_from_a_station_that_no_database_can_keep(store):
    login, phone = Login(store), Phone()
    number = await login.has(phone)
    await login.begins()
    await login.types(phone.shows(AT), station="a\0b\udcff")
    assert (await store.read(lambda c: authenticators.get(c, number))).used_station == r"a\x00b\xff"


async def test_one_of_several_apps(store):
    """8 digits in a minute, SHA-256, beside the usual one."""
    login, phone, other = Login(store), Phone(), Phone(digits=8, period=60, algorithm="sha256")
    await login.has(phone, label="old")
    await login.has(other, label="new")
    assert (await login.signs_in(other.shows(AT))).detail == "authenticator code right (new)"
    assert (await login.signs_in(phone.shows(AT))).detail == "authenticator code right (old)"


@pytest.mark.row("S229", "S231")
async def test_who_has_none_that_is_verified(store):
    login = Login(store)
    await login.load()
    assert login.method.lacks(ann()) == "the user has no authenticator app that is verified"
    await login.has(Phone(), status="pending", verified_at=None)
    assert login.method.lacks(ann()) == "the user has no authenticator app that is verified"
    await login.has(Phone(), status="disabled")
    assert login.method.lacks(ann()) == "the user's authenticator app is disabled"
    await login.has(Phone())
    assert login.method.lacks(ann()) == ""


async def test_one_that_is_disabled_meanwhile(store):
    login, phone = Login(store), Phone()
    number = await login.has(phone)
    await login.begins()
    await store.write(lambda c: authenticators.disable(c, number))
    verdict = await login.method.answer(login._turn(phone.shows(AT)))
    assert isinstance(verdict, Passed)  # memory has it still ...
    assert not await store.write(verdict.writes[0])  # ... and the database does not
    await login.load()
    assert await login.types(phone.shows(AT)) == Failed("the user's authenticator app is disabled")


# Behind the password


@pytest.mark.parametrize(
    ("typed", "split"),
    [
        ("tulip123456", ("tulip", "123456")),
        ("tulip12345", None),
        ("123456", None),
        ("tulip12345678", ("tulip12", "345678")),
        ("tulip7k3qx-9mb2t", ("tulip", "7k3qx-9mb2t")),
        ("tulip7k3qx9mb2t", None),
        ("7k3qx-9mb2t", None),
        ("", None),
    ],
)
async def test_password_and_code_typed_as_one(store, typed, split):
    login = Login(store)
    await login.has(Phone())
    assert login.method.behind(ann(), typed) == split


async def test_behind_the_password_as_many_digits_as_the_app_has(store):
    login = Login(store)
    await login.has(Phone(digits=8))
    assert login.method.behind(ann(), "tulip12345678") == ("tulip", "12345678")
    assert login.method.behind(ann(), "tulip345678") is None


async def test_behind_the_password_a_code_is_right_or_not(store):
    """Nothing is told of it (D26), and it counts."""
    login, phone = Login(store, placement="appended"), Phone()
    await login.has(phone)
    assert await login.begins() == Failed("no code was typed behind the password")
    assert await login.types("000000") == Failed("authenticator code wrong", "code", against="app")
    assert isinstance(await login.types(phone.shows(AT)), Passed)
    assert await login.types(phone.shows(AT)) == Failed("authenticator code used already", against="app")


async def test_auto_is_appended_where_no_challenge_can_be_shown(store):
    login = Login(store)
    await login.has(Phone())
    login.challenges = 0
    assert isinstance(await login.begins(), Failed)
    login.challenges = 1
    assert isinstance(await login.begins(), Asked)


# Recovery codes


async def test_a_recovery_code_lets_in_once(store):
    login = Login(store)
    await login.has(Phone())
    made = await login.has_recovery_codes()
    assert (await login.signs_in(made[3])).detail == "recovery code right (9 left)"
    again = await login.signs_in(made[3].upper())
    assert (again.prompt, again.reason, again.counted) == (
        f"This recovery code was used already. {ASKS}", "recovery code used already (1 of 3)", "",
    )  # fmt: skip
    assert (await login.types("00000-00000")).counted == "code"


async def test_of_two_who_type_the_same_recovery_code_one_gets_in(store):
    login = Login(store)
    await login.has(Phone())
    made = await login.has_recovery_codes()
    await login.begins()
    verdicts = [await login.method.answer(login._turn(made[0])) for _ in range(2)]
    assert [await store.write(each.writes[0]) for each in verdicts] == [True, False]


async def test_a_recovery_code_of_an_app_that_is_disabled_meanwhile(store):
    """Another node has disabled it, and this one has not heard of it yet."""
    login = Login(store)
    number = await login.has(Phone())
    made = await login.has_recovery_codes()
    await login.begins()
    await store.write(lambda c: authenticators.disable(c, number))
    verdict = await login.method.answer(login._turn(made[0]))
    assert isinstance(verdict, Passed)  # memory has it still ...
    assert not await store.write(verdict.writes[0])  # ... and the database does not
    await store.write(lambda c: authenticators.enable(c, number))
    assert await store.write(verdict.writes[0])


async def test_however_it_is_typed(store):
    login = Login(store)
    await login.has(Phone())
    (made,) = await login.has_recovery_codes(1)
    typed = made.replace("-", " ").replace("0", "o").replace("1", "İ").upper()
    assert isinstance(await login.signs_in(typed), Passed)


async def test_who_has_few_left_is_told(store):
    login = Login(store)
    await login.has(Phone())
    made = await login.has_recovery_codes(4)
    await login.begins()
    assert login.reads == ASKS
    await login.types(made[0])
    await login.begins()
    assert login.reads == f"Recovery codes left: 3. Ask your help desk for new ones. {ASKS}"


async def test_those_of_before_are_no_good_once_there_are_new_ones(store):
    login = Login(store)
    await login.has(Phone())
    before = await login.has_recovery_codes()
    await login.has_recovery_codes()
    assert (await login.signs_in(before[0])).reason == "recovery code wrong (1 of 3)"


async def test_after_a_rotation_of_the_key_file_they_are_good_still(store):
    login = Login(store)
    await login.has(Phone())
    made = await login.has_recovery_codes()
    after = Login(store, keys=(NEXT, KEY))
    await after.load()
    assert isinstance(await after.signs_in(made[0]), Passed)


# Languages, keys


async def test_a_turkish_user_reads_turkish(store):
    login, phone = Login(store, language="tr"), Phone()
    await login.has(phone)
    await login.begins()
    assert login.reads == "Kimlik doğrulama uygulamanızda görünen kodu girin."
    await login.types(phone.shows(AT))
    await login.signs_in(phone.shows(AT))
    assert login.reads.startswith("Bu kod zaten kullanıldı. Bir sonraki kodu bekleyin.")


async def test_a_key_that_is_missing_lets_nobody_in(store):
    login, phone = Login(store), Phone()
    await login.has(phone)
    after = Login(store, keys=(NEXT,))
    await after.load()
    verdict = await after.signs_in(phone.shows(AT))
    assert isinstance(verdict, Unavailable)
    assert verdict.component == "key_file"


async def test_a_secret_of_another_row_lets_nobody_in(store):
    """Who can write into the database gives nobody else's app to a user."""
    login, phone = Login(store), Phone()
    mine, other = Phone(), phone
    number = await login.has(mine)
    theirs = await login.has(other, unique_id="8", user_name="ben")
    stolen = (await store.read(lambda c: authenticators.get(c, theirs))).secret
    before = (await store.read(lambda c: authenticators.get(c, number))).secret
    await store.write(lambda c: authenticators.seal_anew(c, number, before, stolen))
    await login.load()
    assert isinstance(await login.signs_in(other.shows(AT)), Unavailable)
