"""Which profiles are open to whom (D6 to D8, D20, S273 to S293)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiusd.model.entry import Entry
from radiusd.rules.conditions import Condition
from radiusd.rules.policy import Decision, Offer, Policy, Rule


def person(directory="corp", **attributes):
    return Entry(directory, "1", "ann", attributes={name: tuple(values) for name, values in attributes.items()})


OFFERS = {
    "contractor-approval": Offer("approved_otp", ("corp", "local")),
    "office-mail": Offer("mail_otp", ("corp", "local")),
    "second-mail": Offer("mail_otp", ("corp", "local")),
    "password-only": Offer("password", ("corp", "local")),
}
CONTRACTOR = Condition("corp", "memberOf", ["CN=Contractors,*", "/CN=Ext-[0-9]+,.*/"])


def policy(profiles=tuple(OFFERS), rules=(), closed=()):
    return Policy("vpn", {name: OFFERS[name] for name in profiles}, rules, dict(closed))


@pytest.mark.parametrize(
    ("wanted", "has"),
    [
        ("staff", "staff"),
        ("Staff", "sTAFF"),
        ("straße", "STRASSE"),
        ("CN=Contractors,*", "cn=contractors,ou=groups,dc=example,dc=com"),
        ("*", ""),
        ("a*b*c", "aXXbXXc"),
        ("*.vpn+(1)", "x.vpn+(1)"),
        ("a*c", "a\nb\nc"),
        ("*İ*", "ankara i̇"),
        ("/CN=Ext-[0-9]+,.*/", "cn=ext-17,ou=x"),
        ("/a|ab/", "AB"),
        ("/.*/", "lines\nof text"),
        ("//", "//"),
        ("*", "not utf-8: \udce9"),
    ],
)
@pytest.mark.row("S287")
def test_a_value_matches_whole_in_any_case(wanted, has):
    """D8, S287."""
    assert Condition("corp", "department", [wanted]).matches(person(department=["other", has]))


@pytest.mark.parametrize(
    ("wanted", "has"),
    [
        ("staff", "staff2"),
        ("staff", "the staff"),
        ("CN=Contractors,*", "CN=Contractors"),
        ("CN=Contractors,*", "OU=x,CN=Contractors,OU=y"),
        ("a*b*c", "aXXcXXb"),
        ("a.c", "abc"),
        ("/CN=Ext-[0-9]+/", "CN=Ext-17,OU=x"),
        ("/ext/", "/ext/"),
        ("/a/", "b\na"),
        ("*x", "x\udce9"),
    ],
)
def test_a_part_of_a_value_is_not_enough(wanted, has):
    assert not Condition("corp", "department", [wanted]).matches(person(department=[has]))


def test_attribute_names_in_any_case_and_any_one_value():
    condition = Condition("corp", "memberOf", ["b"])
    assert condition.matches(person(memberof=["a", "b", "c"]))
    assert not condition.matches(person(memberof=["a", "c"]))
    assert not condition.matches(person())
    assert not condition.matches(person("local", memberof=["b"]))


def test_without_an_attribute_it_is_the_whole_directory():
    assert Condition("corp").matches(person())
    assert not Condition("corp").matches(person("local"))


@pytest.mark.parametrize("wrong", ["/(/", "/a{1000}{1000}/", "/(?=a)/", "/(((a{500}){500}){500})/"])
def test_an_expression_that_does_not_compile_is_named(wrong):
    with pytest.raises(ValueError, match="is not a regular expression of RE2: ") as told:
        Condition("corp", "department", ["x", wrong])
    assert str(told.value).startswith(wrong)


def test_an_expression_takes_linear_time():
    """A backtracking engine would not come back from this one."""
    assert not Condition("corp", "department", ["/(a+)+b/"]).matches(person(department=["a" * 20_000]))


@pytest.mark.row("S288")
def test_no_policy_every_user_gets_the_first_profile_of_each_method():
    """D6, S288."""
    decision = policy().decide(person())
    assert decision.profiles == ("contractor-approval", "office-mail", "password-only")
    assert decision.refusal == ""


@pytest.mark.row("S289", "S290")
def test_policies_exist_only_whom_one_matches():
    """D7, S289, S290: for that method; others stay open."""
    rules = [Rule("contractor-approval", CONTRACTOR)]
    assert policy(rules=rules).decide(person()).profiles == ("office-mail", "password-only")
    contractor = person(memberof=["CN=Ext-7,OU=x"])
    assert policy(rules=rules).decide(contractor).profiles[0] == "contractor-approval"


@pytest.mark.row("S291")
def test_first_match_wins():
    """S291, S292: top to bottom, also where the application has the profiles the other way round."""
    rules = [Rule("second-mail", Condition("corp", "title", ["boss"])), Rule("office-mail", Condition("corp"))]
    assert policy(["office-mail", "second-mail"], rules).decide(person(title=["Boss"])).profiles == ("second-mail",)
    assert policy(["office-mail", "second-mail"], rules).decide(person(title=["clerk"])).profiles == ("office-mail",)


def test_rules_of_other_applications_are_not_read():
    rules = [Rule("contractor-approval", Condition("corp"), required=True), Rule("second-mail", CONTRACTOR)]
    decision = policy(["office-mail"], rules).decide(person())
    assert decision == Decision(("office-mail",), None, ("profile office-mail",), "")


def test_required_leaves_nothing_else():
    rules = [Rule("office-mail", Condition("corp")), Rule("password-only", CONTRACTOR, required=True)]
    decision = policy(rules=rules).decide(person(memberof=["CN=Contractors,OU=x"]))
    assert (decision.profiles, decision.required) == (("password-only",), "password-only")
    assert policy(rules=rules).decide(person()).required is None


def test_required_wins_below_an_ordinary_rule_of_its_method():
    """Whoever it matches signs in this way only; the exception to it is a required rule above it."""
    rules = [Rule("office-mail", Condition("corp")), Rule("second-mail", CONTRACTOR, required=True)]
    contractor = person(memberof=["CN=Contractors,OU=x"])
    assert policy(rules=rules).decide(contractor).profiles == ("second-mail",)
    excepted = [Rule("office-mail", Condition("corp"), required=True), *rules]
    assert policy(rules=excepted).decide(contractor).profiles == ("office-mail",)


def test_closed_is_never_replaced():
    """D7: by no profile of its method, and by no other method."""
    decision = policy(closed={"contractor-approval": "approved_otp is not active yet"}).decide(person())
    assert decision.profiles == ()
    assert decision.refusal == "contractor-approval is closed: approved_otp is not active yet"
    required = policy(rules=[Rule("office-mail", Condition("corp"), required=True)], closed={"office-mail": "closed"})
    assert required.decide(person()).profiles == ()


def test_closed_does_not_matter_to_whom_it_is_not_for():
    closed = {"contractor-approval": "approved_otp is not active yet", "office-mail": "quorum is not active yet"}
    rules = [Rule("contractor-approval", CONTRACTOR), Rule("office-mail", CONTRACTOR)]
    assert policy(rules=rules, closed=closed).decide(person()).profiles == ("password-only",)
    later = policy(["password-only", "office-mail"], closed=closed).decide(person())
    assert (later.profiles, later.refusal) == (("password-only",), "")


def test_a_profile_is_for_users_of_its_directories():
    offers = {"corp-only": Offer("mail_otp", ("corp",)), "password-only": Offer("password", ("corp", "local"))}
    rule = Policy("vpn", offers, (), {})
    assert rule.decide(person("local")).profiles == ("password-only",)
    assert rule.decide(person("corp")).profiles == ("corp-only", "password-only")
    assert "corp-only: not for users of local" in rule.decide(person("local")).trail


def test_the_story_names_the_rules():
    """The audit says which rules were tried (D7)."""
    rules = [
        Rule("second-mail", Condition("corp", "title", ["boss"])),
        Rule("contractor-approval", CONTRACTOR),
        Rule("office-mail", Condition("local", "group_name", ["staff"])),
    ]
    decision = policy(["contractor-approval", "office-mail"], rules).decide(person("local", group_name=["Staff"]))
    assert decision.trail == (
        "policy 2 (contractor-approval: corp memberOf) did not match",
        "policy 3 (office-mail: local group_name) matched",
        "approved_otp: no rule matched",
        "profile office-mail",
    )
    nobody = policy(["contractor-approval", "office-mail"], rules).decide(person("local"))
    assert nobody.refusal == "no profile of vpn is open to the user"
    assert nobody.trail[-1] == "mail_otp: no rule matched"


METHODS = ("password", "mail_otp", "approved_otp")
DIRECTORIES = ("corp", "local")
VALUES = ("a", "b", "c", "a*")
names = st.sampled_from([f"p{number}" for number in range(6)])
offers = st.dictionaries(
    names,
    st.builds(Offer, st.sampled_from(METHODS), st.lists(st.sampled_from(DIRECTORIES), min_size=1).map(tuple)),
    min_size=1,
)
rules = st.lists(
    st.builds(
        Rule,
        names,
        st.builds(
            Condition,
            st.sampled_from(DIRECTORIES),
            st.just("groups"),
            st.lists(st.sampled_from(VALUES), min_size=1, max_size=2),
        ),
        st.booleans(),
    ),
    max_size=6,
)
people = st.builds(
    lambda directory, groups: person(directory, groups=groups),
    st.sampled_from(DIRECTORIES),
    st.lists(st.sampled_from(["A", "b", "ab", "x"]), max_size=3),
)


def naive(offers, rules, closed, entry):
    """The decision as the documents tell it, one sentence a line, without a thought for speed."""

    def matches(rule):
        wanted, has = rule.condition.values, [value.lower() for value in entry.attributes["groups"]]
        hit = any(value == want or (want == "a*" and value.startswith("a")) for want in wanted for value in has)
        return rule.condition.directory == entry.directory and hit

    read = [rule for rule in rules if rule.profile in offers]
    required = [rule.profile for rule in read if rule.required and matches(rule)]
    allowed = set()
    for method in METHODS:
        of_method = [rule for rule in read if offers[rule.profile].method == method]
        profiles = [name for name in offers if offers[name].method == method]
        wins = [rule.profile for rule in of_method if matches(rule)] if of_method else profiles
        allowed.update(wins[:1])
    if required:
        allowed = {required[0]}
    in_order = [name for name in offers if name in allowed and entry.directory in offers[name].directories]
    if not in_order or in_order[0] in closed:
        return ()
    return tuple(name for name in in_order if name not in closed)


@given(offers, rules, st.sets(names), people)
def test_as_the_documents_tell_it(offers, rules, closed, entry):
    decision = Policy("vpn", offers, rules, dict.fromkeys(closed, "closed")).decide(entry)
    assert decision.profiles == naive(offers, rules, closed, entry)
    assert bool(decision.profiles) != bool(decision.refusal)
    assert decision.required is None or decision.profiles in {(), (decision.required,)}


@given(offers, rules, st.sets(names), people)
def test_closing_a_profile_opens_none(offers, rules, closed, entry):
    """Whatever is switched off, nobody signs in by a profile that was not the one to use before."""
    before = Policy("vpn", offers, rules, {}).decide(entry)
    after = Policy("vpn", offers, rules, dict.fromkeys(closed, "closed")).decide(entry)
    assert set(after.profiles) <= set(offers) - closed
    assert after.profiles[:1] in {(), before.profiles[:1]}
