"""Convert the details of a brand into the attributes that Twilio's Trust Hub expects.

Source: Twilio's guide to A2P 10DLC onboarding for ISVs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_BUSINESS_TYPES = {
    "partnership": "Partnership",
    "llc": "Limited Liability Corporation",
    "corporation": "Corporation",
    "cooperative": "Co-operative",
    "llp": "Limited Liability Partnership",
    "non_profit": "Non-profit Corporation",
}
_JOB_POSITIONS = {
    "director": "Director",
    "gm": "GM",
    "vp": "VP",
    "ceo": "CEO",
    "cfo": "CFO",
    "general_counsel": "General Counsel",
    "other": "Other",
}


@dataclass(frozen=True, slots=True)
class EndUser:
    """An end user of the Trust Hub: a business or a person, with its attributes."""

    kind: str
    attributes: Mapping[str, str]


def business(details: Mapping[str, Any]) -> EndUser:
    """Return the end user that describes the business."""
    return EndUser(
        "customer_profile_business_information",
        {
            "business_name": details["legal_name"],
            "business_identity": "direct_customer",
            "business_type": _BUSINESS_TYPES[details["business_type"].lower()],
            "business_industry": details["industry"].upper(),
            "business_registration_identifier": "EIN",
            "business_registration_number": details["ein"],
            "business_regions_of_operation": "USA_AND_CANADA",
            "website_url": details["website"],
            "social_media_profile_urls": "",
        },
    )


def representative(details: Mapping[str, Any]) -> EndUser:
    """Return the end user that describes the person whom Twilio may contact."""
    contact = details["contact"]
    return EndUser(
        "authorized_representative_1",
        {
            "first_name": contact["first_name"],
            "last_name": contact["last_name"],
            "email": contact["email"],
            "phone_number": contact["phone"],
            "business_title": contact["title"],
            "job_position": _JOB_POSITIONS[contact["job_position"].lower()],
        },
    )


def messaging_profile(details: Mapping[str, Any]) -> EndUser:
    """Return the end user that describes the company. A public company has more attributes."""
    attributes = {"company_type": details["company_type"].lower().replace("_", "-")}
    if attributes["company_type"] == "public":
        attributes |= {
            "stock_exchange": details["stock_exchange"],
            "stock_ticker": details["stock_ticker"],
            "brand_contact_email": details["contact"]["email"],
        }
    return EndUser("us_a2p_messaging_profile_information", attributes)


def address(details: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the business's address as parameters of Twilio's SDK."""
    given = details["address"]
    fields = {
        "customer_name": details["legal_name"],
        "street": given["street"],
        "city": given["city"],
        "region": given["region"],
        "postal_code": given["postal_code"],
        "iso_country": given["country"],
    }
    return fields | ({"street_secondary": given["street2"]} if given.get("street2") else {})
