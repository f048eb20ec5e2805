"""Lists of contacts."""

from collections.abc import Iterator, Sequence

from smsblaster.answers import PAGE, Id, answer, id_of, pages
from smsblaster.generated.api.operations import (
    add_list_members,
    create_contact_list,
    delete_contact_list,
    get_contact_list,
    list_contact_lists,
    remove_list_members_by_post,
)
from smsblaster.generated.client import AuthenticatedClient
from smsblaster.generated.models.add_list_members_body import AddListMembersBody
from smsblaster.generated.models.contact_list import ContactList
from smsblaster.generated.models.create_list_request import CreateListRequest
from smsblaster.generated.models.remove_list_members_by_post_body import RemoveListMembersByPostBody

_MOST = 5000
"""Contacts that one request may name."""


class Lists:
    """Lists of contacts."""

    def __init__(self, api: AuthenticatedClient) -> None:
        self._api = api

    def create(self, name: str) -> ContactList:
        """Create an empty list."""
        body = CreateListRequest(name=name)
        return answer(create_contact_list.sync(client=self._api, body=body))

    def list(self) -> Iterator[ContactList]:
        """Yield all lists."""
        return pages(
            lambda cursor: answer(
                list_contact_lists.sync(client=self._api, limit=PAGE, cursor=cursor)
            )
        )

    def get(self, list_id: Id) -> ContactList:
        """Return a list."""
        return answer(get_contact_list.sync(id_of(list_id), client=self._api))

    def delete(self, list_id: Id) -> None:
        """Delete a list. Its contacts stay."""
        delete_contact_list.sync_detailed(id_of(list_id), client=self._api)

    def add(self, list_id: Id, contact_ids: Sequence[Id]) -> int:
        """Add contacts to a list. Returns how many were not on it."""
        return sum(
            answer(
                add_list_members.sync(
                    id_of(list_id),
                    client=self._api,
                    body=AddListMembersBody([id_of(each) for each in contact_ids[at : at + _MOST]]),
                )
            ).added
            for at in range(0, len(contact_ids), _MOST)
        )

    def remove(self, list_id: Id, contact_ids: Sequence[Id]) -> int:
        """Take contacts from a list. Returns how many were on it."""
        return sum(
            answer(
                remove_list_members_by_post.sync(
                    id_of(list_id),
                    client=self._api,
                    body=RemoveListMembersByPostBody(
                        [id_of(each) for each in contact_ids[at : at + _MOST]]
                    ),
                )
            ).removed
            for at in range(0, len(contact_ids), _MOST)
        )
