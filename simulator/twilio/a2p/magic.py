"""Submitted values that decide the outcome of a review, so that a test can choose it.

The EIN decides the review of a brand, and a code in brackets in the description decides the review
of a campaign. The real Twilio has neither rule.
"""

import re
from typing import Any

from simulator.twilio.a2p.models import Campaign

STAYS = 1
SUSPENDED = 2
PROFILE_REJECTED = 18601
"""The code of a rejected profile, and the EINs with a fixed outcome.

A brand with EIN 00-0000001 stays in review. 00-0000002 is approved and suspended at once. With
00-0018601 the customer profile is rejected. 00-00xxxxx is rejected with the code xxxxx.
"""

Fate = str | int
"""`approved`, `stays` (in review), `suspended`, or the code of a rejection."""

_CODE = re.compile(r"\[(\d{5}|stays|suspended)\]")


def brand_fate(attributes: dict[str, Any]) -> Fate:
    """Return the outcome of a brand's review, which its EIN decides."""
    digits = re.sub(r"\D", "", str(attributes.get("business_registration_number", "")))
    if len(digits) != 9 or not digits.startswith("0000"):
        return "approved"
    number = int(digits)
    words = {STAYS: "stays", SUSPENDED: "suspended"}
    return words.get(number, number)


def campaign_fate(campaign: Campaign) -> Fate:
    """Return the outcome of a campaign's review, which its description decides."""
    found = _CODE.search(str(campaign.fields.get("description", "")))
    if found is None:
        return "approved"
    return int(found[1]) if found[1].isdigit() else found[1]
