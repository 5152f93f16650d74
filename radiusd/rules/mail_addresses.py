"""What is a mail address. Whether there is such a mailbox is the mail server's to say."""

from __future__ import annotations

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, ValidatedEmail, validate_email

# Mail that stays in the house goes to ann@corp.local too.
if "local" in SPECIAL_USE_DOMAIN_NAMES:
    SPECIAL_USE_DOMAIN_NAMES.remove("local")


def read(address: str) -> ValidatedEmail:
    """The address in normal form. Nothing is looked up in the DNS. Raises ValueError with what is wrong with it."""
    try:
        return validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None
