"""Lookup v2: valid and invalid phone numbers both get status 200, and the line type."""

from typing import Any

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.simulation import Simulation
from simulator.tests.conftest import LiveSimulator
from simulator.tests.twilio_client import call, client
from simulator.tests.twilio_in_process import account_of, ask, assembled
from simulator.twilio import lookup

PACKAGES = {
    *("caller_name", "sim_swap", "call_forwarding", "line_status", "line_type_intelligence"),
    *("identity_match", "reassigned_number", "sms_pumping_risk", "phone_number_quality_score"),
    "pre_fill",
}


@pytest.fixture(scope="module")
def simulation(tmp_path_factory: pytest.TempPathFactory) -> Any:
    simulation = assembled(tmp_path_factory.mktemp("lookup"))
    yield simulation
    simulation.store.close()


async def look_up(sim: LiveSimulator, number: str, **query: str) -> Any:
    numbers = client(sim.url).lookups.v2.phone_numbers
    return await call(lambda: numbers(number).fetch(**query))


@pytest.mark.parametrize(
    ("asked", "query", "number", "country"),
    [
        ("+14155552671", {}, "+14155552671", "US"),
        ("4155552671", {}, "+14155552671", "US"),
        ("(415) 555-2671", {"country_code": "US"}, "+14155552671", "US"),
        ("07911123456", {"country_code": "GB"}, "+447911123456", "GG"),
        ("+14168675309", {}, "+14168675309", "CA"),
    ],
)
async def test_the_lookup_of_a_valid_number_returns_it_in_e164_with_its_country(
    sim: LiveSimulator, asked: str, query: dict[str, str], number: str, country: str
) -> None:
    found = await look_up(sim, asked, **query)
    assert (found.valid, found.validation_errors) == (True, [])
    assert (found.phone_number, found.country_code) == (number, country)


@pytest.mark.parametrize(
    ("asked", "errors"),
    [
        ("+1415555267", ["TOO_SHORT"]),
        ("+141555526711111111", ["TOO_LONG"]),
        ("+15558675310", ["INVALID_BUT_POSSIBLE"]),
        ("5551234", ["INVALID_BUT_POSSIBLE"]),
        ("+999123456789", ["INVALID_COUNTRY_CODE"]),
        ("+441", ["TOO_SHORT"]),
        ("+1" + "4155552671" * 3, ["TOO_LONG"]),
        ("nonsense", ["NOT_A_NUMBER"]),
    ],
)
async def test_the_lookup_of_an_invalid_number_returns_the_reason(
    sim: LiveSimulator, asked: str, errors: list[str]
) -> None:
    found = await look_up(sim, asked)
    assert (found.valid, found.validation_errors) == (False, errors)


async def test_the_packages_of_a_lookup_are_empty_unless_the_request_asks_for_them(
    sim: LiveSimulator,
) -> None:
    plain = await look_up(sim, "+14155552671")
    assert {getattr(plain, name) for name in PACKAGES} == {None}
    assert plain.national_format == "(415) 555-2671"
    assert plain.calling_country_code == "1"
    some = await look_up(sim, "+14155552671", fields="sim_swap,line_type_intelligence")
    assert {name for name in PACKAGES if getattr(some, name)} == {"line_type_intelligence"}


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("+14155552671", "mobile"),
        ("+14155553006", "landline"),
        ("+18005551212", "tollFree"),
        ("+19005551234", "premium"),
        ("+15005550006", "personal"),
    ],
)
async def test_a_lookup_can_return_the_line_type_of_a_phone_number(
    sim: LiveSimulator, number: str, kind: str
) -> None:
    found = await look_up(sim, number, fields="line_type_intelligence")
    line = found.line_type_intelligence
    assert (line["type"], line["error_code"]) == (kind, None)
    assert set(line) == {
        *("type", "carrier_name", "mobile_country_code", "mobile_network_code", "error_code"),
    }


@settings(deadline=None)
@given(st.text(min_size=1) | st.from_regex(r"\+?[0-9]{1,18}", fullmatch=True))
def test_only_numbers_that_the_phonenumbers_library_accepts_are_valid(
    simulation: Simulation, asked: str
) -> None:
    account = account_of(simulation)
    answer = ask(simulation, lookup.fetch, account, "/v2/PhoneNumbers/x", number=asked)
    try:
        valid = phonenumbers.is_valid_number(phonenumbers.parse(asked, "US"))
    except phonenumbers.NumberParseException:
        valid = False
    assert answer["valid"] is valid
    assert bool(answer["validation_errors"]) is not valid
