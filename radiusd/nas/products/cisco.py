"""What Cisco makes. Only data."""

from __future__ import annotations

from radiusd.nas.product import NasProduct, Step
from radiusd.nas.products.sentences import NO_SIGNING_KNOWN, WINDOWS

ANYCONNECT = Step(
    "AnyConnect profile, Preferences (Part 2) > Authentication Timeout (10 to 120), or in its XML",
    ("<AuthenticationTimeout>$wait</AuthenticationTimeout>",),
)

CISCO = (
    NasProduct(
        key="asa",
        name="Cisco ASA with AnyConnect",
        default_timeout_seconds=10,
        default_tries=3,
        longest_timeout_seconds=10,
        preferred_tries=1,
        most_tries=6,
        answers_challenges=True,
        challenge="A window of its own with the text of Reply-Message and one field.",
        user_waits_seconds=30,
        signs="when set",
        steps=(
            Step(
                "configure terminal",
                (
                    "aaa-server NAME protocol radius",
                    " max-failed-attempts 5",
                    " reactivation-mode timed",
                    "aaa-server NAME (INTERFACE) host SERVER",
                    " timeout $wait",
                    " retry-interval $timeout",
                    " authentication-port 1812",
                    " accounting-port 1813",
                ),
            ),
            ANYCONNECT,
        ),
        signing=(
            Step(
                "configure terminal, from ASA 9.22 on",
                ("aaa-server NAME (INTERFACE) host SERVER", " message-authenticator-required"),
            ),
        ),
        cautions=(
            "Its ports are 1645 and 1646 unless told otherwise.",
            "Requests of max-failed-attempts users without an answer mark the server as failed for everybody.",
            "No document was at hand for message-authenticator-required (9.22): look whether your release has it.",
            "Password management in the tunnel group turns PAP into MS-CHAPv2, which is refused: leave it off.",
            "AnyConnect itself gives up after 30 s, before 4.8.02045 after 12 s, unless its profile says otherwise.",
        ),
        source="Cisco ASA CLI guide, AAA servers; ASDM guide, RADIUS server; AnyConnect profile reference",
    ),
    NasProduct(
        key="ftd",
        name="Cisco Secure Firewall (FTD) with AnyConnect",
        default_timeout_seconds=10,
        default_tries=3,
        longest_timeout_seconds=10,
        preferred_tries=1,
        most_tries=30,
        answers_challenges=True,
        challenge="A window of its own with the text of Reply-Message and one field.",
        user_waits_seconds=30,
        signs="when set",
        steps=(
            Step(
                "FMC: Objects > Object Management > AAA Server > RADIUS Server Group > NAME",
                ("Retry Interval: $timeout seconds", "RADIUS Servers > SERVER > Timeout: $wait seconds"),
            ),
            ANYCONNECT,
            Step("FMC", ("Deploy > Deployment",)),
        ),
        signing=(
            Step(
                "FMC, in releases whose RADIUS server has the check box for the Message-Authenticator",
                ("RADIUS Server Group > NAME > RADIUS Servers > SERVER: switch it on",),
            ),
        ),
        cautions=(
            "Cisco asks for 60 seconds or more where there is a second factor.",
            "No document was at hand for the check box of Message-Authenticator: look whether your release has it.",
            "AnyConnect itself gives up after 30 s, before 4.8.02045 after 12 s, unless its profile says otherwise.",
        ),
        source="Cisco Secure Firewall Management Center: RADIUS server options, RADIUS server group options",
    ),
    NasProduct(
        key="meraki",
        name="Cisco Meraki client VPN",
        default_timeout_seconds=5,
        default_tries=3,
        longest_timeout_seconds=60,
        preferred_tries=3,
        most_tries=3,
        answers_challenges=False,
        challenge="None: an Access-Challenge counts as a refusal.",
        user_waits_seconds=30,
        signs="unknown",
        steps=(
            Step(
                "a case with Meraki support: the dashboard has no setting for it",
                ("Please set the RADIUS time-out of client VPN in network NAME to $timeout s, with $tries attempts.",),
            ),
        ),
        cautions=(NO_SIGNING_KNOWN, WINDOWS),
        source="Meraki guides of DoubleClue and Duo",
    ),
)
