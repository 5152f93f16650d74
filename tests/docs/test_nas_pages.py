"""docs/nas/ says what is known of the NASes, and what it shows of radius.yaml can be used."""

from __future__ import annotations

import pytest
import yaml

from config.models.clients import ClientSettings
from radiusd.nas.products import PRODUCTS
from tests.docs.nas_pages import FOLDER, pages, radius_yaml

PAGES = pages()


def test_there_is_a_page_for_each_and_no_other():
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(PAGES)
    assert len(PAGES) == len(PRODUCTS) + 1


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_is_as_made(name):
    """Where it is not: `python -m tests.docs.nas_pages`."""
    assert (FOLDER / name).read_text() == PAGES[name]


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.key)
def test_the_client_of_a_page_can_be_used(product):
    (values,) = yaml.safe_load("\n".join(radius_yaml(product)))["clients"].values()
    client = ClientSettings.model_validate({**values, "secret": "s" * 20})
    assert client.hold.total_seconds() <= product.recommended_wait(60.0)
    assert bool(client.challenge) == product.answers_challenges
    signing = {"never": "optional", "unknown": "auto", "when set": "auto", "always": "auto"}
    assert client.message_authenticator == signing[product.signs]
