"""What radius.yaml may say of authenticator apps: what no app computes is refused, what some compute wrongly is warned of."""

from __future__ import annotations

import pytest

from tests.config.writing import SMALL, faults_of, settings_of, warnings_of

APP = "  app: {method: soft_otp, directories: [corp]%s}\n"


def yaml(options):
    return SMALL.replace("profiles:\n", "profiles:\n" + APP % options).replace("profiles: [plain]", "profiles: [app]")


@pytest.mark.parametrize(
    "options", ["", ", period: 60s", ", digits: 8", ", algorithm: sha512", ", drift: 2", ", recovery_codes: 0"]
)
def test_what_every_app_computes(tmp_path, options):
    """Measured: SHA-256, SHA-512, 8 digits and 60 seconds are right in all that were tried."""
    told = " ".join(warnings_of(tmp_path, yaml(options)))
    assert "KeePassXC" not in told
    assert "a code is right" not in told


@pytest.mark.parametrize("options", [", period: 5s", ", period: 121s", ", period: 1h", ", period: 0s"])
def test_a_step_that_no_app_computes(tmp_path, options):
    (fault,) = faults_of(tmp_path, yaml(options))
    assert "write 10s to 120s, best 30s" in fault or "0s" in fault


@pytest.mark.parametrize(
    "options", [", digits: 10", ", digits: 5", ", algorithm: md5", ", drift: 11", ", recovery_codes: 51"]
)
def test_other_values(tmp_path, options):
    assert len(faults_of(tmp_path, yaml(options))) == 1


def test_a_step_that_keepassxc_takes_for_60_seconds(tmp_path):
    assert any(
        "KeePassXC computes steps of 60s in place of 2m" in each for each in warnings_of(tmp_path, yaml(", period: 2m"))
    )


def test_a_drift_that_is_too_long_to_be_safe(tmp_path):
    told = warnings_of(tmp_path, yaml(", drift: 10"))
    assert any("a code is right 5m after it was shown" in each for each in told)


def test_the_defaults(tmp_path):
    app = settings_of(tmp_path, yaml("")).profiles["app"]
    assert (app.digits, app.period.total_seconds(), app.algorithm, app.drift, app.recovery_codes) == (
        6,
        30,
        "sha1",
        1,
        10,
    )
