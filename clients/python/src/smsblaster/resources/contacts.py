"""The people of the organisation."""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from smsblaster.answers import PAGE, Id, answer, given, id_of, optional_id, pages
from smsblaster.errors import ApiError
from smsblaster.files import download
from smsblaster.generated.api.operations import (
    cancel_import_job,
    create_contact,
    create_import_job,
    delete_contact,
    get_contact,
    get_import_job,
    list_contacts,
    list_import_errors,
    opt_out_contact,
    update_contact,
)
from smsblaster.generated.client import AuthenticatedClient
from smsblaster.generated.models.contact import Contact
from smsblaster.generated.models.contact_sort_input import ContactSortInput
from smsblaster.generated.models.create_contact_request import CreateContactRequest
from smsblaster.generated.models.create_import_job_files_body import CreateImportJobFilesBody
from smsblaster.generated.models.import_error import ImportError_
from smsblaster.generated.models.import_job import ImportJob
from smsblaster.generated.models.opt_status_input import OptStatusInput
from smsblaster.generated.models.update_contact_body import UpdateContactBody
from smsblaster.generated.types import UNSET, File, Unset
from smsblaster.waiting import states

_ENDED = ("done", "failed", "cancelled")


class Contacts:
    """The people of the organisation."""

    def __init__(self, api: AuthenticatedClient) -> None:
        self._api = api

    def create(
        self,
        phone: str,
        *,
        first_name: str | None = None,
        last_name: str | None = None,
        email: str | None = None,
        tags: Sequence[str] | None = None,
        time_zone: str | None = None,
    ) -> Contact:
        """Create a contact. Its phone number can be in any common format."""
        body = CreateContactRequest(
            phone=phone,
            first_name=given(first_name),
            last_name=given(last_name),
            email=given(email),
            tags=given(list(tags) if tags is not None else None),
            time_zone=given(time_zone),
        )
        return answer(create_contact.sync(client=self._api, body=body))

    def list(
        self,
        *,
        search: str | None = None,
        tag: str | None = None,
        list_id: Id | None = None,
        opt_status: OptStatusInput | None = None,
        sort: ContactSortInput | None = None,
    ) -> Iterator[Contact]:
        """Yield the contacts that match every given filter."""
        return pages(
            lambda cursor: answer(
                list_contacts.sync(
                    client=self._api,
                    limit=PAGE,
                    cursor=cursor,
                    search=given(search),
                    tag=given(tag),
                    list_id=optional_id(list_id),
                    opt_status=given(opt_status),
                    sort=given(sort),
                )
            )
        )

    def get(self, contact_id: Id) -> Contact:
        """Return a contact."""
        return answer(get_contact.sync(id_of(contact_id), client=self._api))

    def update(
        self,
        contact_id: Id,
        *,
        first_name: str | Unset | None = UNSET,
        last_name: str | Unset | None = UNSET,
        phone: str | Unset = UNSET,
        email: str | Unset | None = UNSET,
        tags: Sequence[str] | Unset | None = UNSET,
        time_zone: str | Unset | None = UNSET,
    ) -> Contact:
        """Change the given fields. None empties a field; ``tags`` replaces all tags."""
        body = UpdateContactBody(
            first_name=first_name,
            last_name=last_name,
            phone=phone,
            email=email,
            tags=tags if tags is None or isinstance(tags, Unset) else [*tags],
            time_zone=time_zone,
        )
        return answer(update_contact.sync(id_of(contact_id), client=self._api, body=body))

    def delete(self, contact_id: Id) -> None:
        """Delete a contact."""
        delete_contact.sync_detailed(id_of(contact_id), client=self._api)

    def opt_out(self, contact_id: Id) -> Contact:
        """Record that a person wants no texts."""
        return answer(opt_out_contact.sync(id_of(contact_id), client=self._api))

    def import_csv(
        self,
        path: str | os.PathLike[str],
        *,
        mapping: Mapping[str, str] | None = None,
        list_id: Id | None = None,
        default_country: str | None = None,
        on_progress: Callable[[ImportJob], object] | None = None,
        interval: float = 1.0,
        timeout: float | None = None,
    ) -> ImportJob:
        """Upload a CSV file and wait until its rows are imported.

        Args:
            path: The file, with a header row.
            mapping: Which column holds which field, such as ``{"Mobile": "phone"}``. Default: the
                names of the columns decide.
            list_id: The list to which every contact of the file is added.
            default_country: The country of numbers without a country code, such as ``US``.
            on_progress: Is called with the import whenever it has changed.
            interval: Seconds between two requests for the progress.
            timeout: For how many seconds to wait. The import goes on after that.

        Raises:
            ApiError: The file was refused, or the import has failed (``import_failed``). Rows with
                errors don't make an import fail: see ``error_count`` and ``import_errors``.
        """
        job = self.start_import(
            path, mapping=mapping, list_id=list_id, default_country=default_country
        )
        fetch = partial(self.get_import, job.id)
        for job in states(fetch, lambda state: state.status in _ENDED, interval, timeout):
            if on_progress is not None:
                on_progress(job)
        if job.status == "failed":
            raise ApiError("import_failed", job.failure or "The import has failed.")
        return job

    def start_import(
        self,
        path: str | os.PathLike[str],
        *,
        mapping: Mapping[str, str] | None = None,
        list_id: Id | None = None,
        default_country: str | None = None,
    ) -> ImportJob:
        """Upload a CSV file. Its rows are imported in the background."""
        with Path(path).open("rb") as file:
            body = CreateImportJobFilesBody(
                file=File(payload=file, file_name=Path(path).name, mime_type="text/csv"),
            )
            started = create_import_job.sync(
                client=self._api,
                body=body,
                mapping=UNSET if mapping is None else json.dumps(dict(mapping)),
                list_id=optional_id(list_id),
                default_country=given(default_country),
            )
        return answer(started)

    def get_import(self, import_id: Id) -> ImportJob:
        """Return the progress of an import."""
        return answer(get_import_job.sync(id_of(import_id), client=self._api))

    def cancel_import(self, import_id: Id) -> ImportJob:
        """Stop an import. Contacts that it has created stay."""
        return answer(cancel_import_job.sync(id_of(import_id), client=self._api))

    def import_errors(self, import_id: Id) -> Iterator[ImportError_]:
        """Yield what is wrong with rows of an import."""
        return pages(
            lambda cursor: answer(
                list_import_errors.sync(
                    id_of(import_id), client=self._api, limit=PAGE, cursor=cursor
                )
            )
        )

    def export_csv(
        self,
        path: str | os.PathLike[str],
        *,
        search: str | None = None,
        tag: str | None = None,
        list_id: Id | None = None,
        opt_status: OptStatusInput | None = None,
    ) -> Path:
        """Save contacts as a CSV file."""
        query = {
            "search": given(search),
            "tag": given(tag),
            "listId": optional_id(list_id),
            "optStatus": given(opt_status),
        }
        return download(self._api.get_httpx_client(), "/api/contacts/export", path, query)
