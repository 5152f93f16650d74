"""What `radiusd check` says of menus that nobody is shown, and of ways that can not be chosen."""

from __future__ import annotations

import pytest

from tests.config.writing import warnings_of

YAML = """\
public_url: https://mfa.example.com
phone_country: TR
clients:
  nas: {{address: 192.0.2.1, secret: "a secret of twenty characters", application: vpn{client}}}
directories:
  local: {{type: local}}
mail_servers:
  post: {{host: smtp.example.com, from_address: mfa@example.com}}
sms_gateways:
  gate: {{type: http, url: "https://sms.example.com", json: {{to: "{{{{ recipient }}}}", text: "{{{{ message }}}}"}}}}
profiles:
  code: {{method: mail_otp, directories: [local], mail_servers: [post]{code}}}
  text: {{method: sms_otp, directories: [local], sms_gateways: [gate]{text}}}
  boss: {{method: approved_otp, directories: [local], mail_servers: [post], methods: [{first}], default_recipient: it@example.com}}
applications:
  vpn: {{profiles: [{profiles}], choose: {choose}}}
"""
AS_IT_SHOULD = {
    "client": "", "code": "", "text": "", "first": "password", "profiles": "code, text, boss", "choose": "ask",
}  # fmt: skip


PASSWORDLESS = (
    "16:20: whoever can sign in by `boss` gets it and no menu: it asks for no password, and which ways somebody has is told"
    " behind one alone; put it behind those that ask for one"
)


def said(folder, **of):
    return [
        each for each in warnings_of(folder, YAML.format(**AS_IT_SHOULD | of)) if "menu" in each or "choose" in each
    ]


def test_nothing_of_one_that_works(tmp_path):
    assert said(tmp_path) == []


def test_the_password_alone_beside_stricter_ways(tmp_path):
    """Whoever may choose may choose the weakest."""
    plain = YAML.replace("applications:\n", "  plain: {{method: password, directories: [local]}}\nRULESapplications:\n")
    told = (
        "17:38: whoever has somebody's password chooses `plain` in the menu, and nothing more is asked; take it out, or write a"
        " policy that says for whom it is"
    )
    given = AS_IT_SHOULD | {"profiles": "code, text, boss, plain"}
    found = warnings_of(tmp_path, plain.replace("RULES", "").format(**given))
    assert [each for each in found if "menu" in each] == [told]
    rule = "policies:\n  - {profile: plain, directory: local, attribute: group_name, values: [trusted]}\n"
    found = warnings_of(tmp_path, plain.format(**given).replace("RULES", rule))
    assert [each for each in found if "menu" in each] == []


@pytest.mark.parametrize(
    ("of", "told"),
    [
        (
            {"profiles": "code"},
            "16:35: `vpn` has one profile, and there is nothing to choose; add another, or take `choose` out",
        ),
        (
            {"profiles": "boss, code", "first": ""},
            PASSWORDLESS,
        ),
        (
            {"code": ", placement: appended"},
            "16:20: no menu offers `code`: `code` has `placement: appended`; write `placement: auto` there",
        ),
        (
            {"client": ", challenge: false"},
            "4:99: this client shows no menu: of what `vpn` lets them choose from, its users get the first that it can show",
        ),
        (
            {"client": ", challenge: 1"},
            "4:99: the menu takes one of its Challenges, and what is left is enough for one profile: its users get no menu, but the first",
        ),
        (
            {"client": ", challenge: 2", "first": "password, text, code"},
            "4:99: the menu takes one of its Challenges, and what is left is not enough for `boss`: not offered here",
        ),
        (
            {"code": ", title: Code", "text": ", title: code"},
            "16:26: `text` and `code` read the same in the menu: `code`; write another `title`",
        ),
    ],
    ids=["nothing to choose", "no password", "appended", "no challenge", "one", "two", "alike"],
)
def test_what_is_said(tmp_path, of, told):
    assert said(tmp_path, **of) == [told]
    assert said(tmp_path, **of, choose="first") == [] or "profiles" in of
