"""All outgoing messages, for reports."""

import datetime as dt
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from smsblaster.answers import PAGE, Id, answer, given, optional_id, pages
from smsblaster.errors import ApiError
from smsblaster.files import download
from smsblaster.generated.api.operations import (
    create_history_export,
    get_history_export,
    list_message_history,
)
from smsblaster.generated.client import AuthenticatedClient
from smsblaster.generated.models.create_export_request import CreateExportRequest
from smsblaster.generated.models.message import Message
from smsblaster.generated.models.message_status_input import MessageStatusInput
from smsblaster.waiting import states

Day = dt.date | dt.datetime


class History:
    """All outgoing messages, for reports."""

    def __init__(self, api: AuthenticatedClient) -> None:
        self._api = api

    def list(
        self,
        *,
        from_: Day | None = None,
        to: Day | None = None,
        status: MessageStatusInput | None = None,
        campaign_id: Id | None = None,
        contact_id: Id | None = None,
        reference: str | None = None,
    ) -> Iterator[Message]:
        """Yield outgoing messages, newest first."""
        return pages(
            lambda cursor: answer(
                list_message_history.sync(
                    client=self._api,
                    limit=PAGE,
                    cursor=cursor,
                    from_=given(from_),
                    to=given(to),
                    status=given(status),
                    campaign_id=optional_id(campaign_id),
                    contact_id=optional_id(contact_id),
                    reference=given(reference),
                )
            )
        )

    def export_csv(
        self,
        path: str | os.PathLike[str],
        *,
        from_: Day | None = None,
        to: Day | None = None,
        status: MessageStatusInput | None = None,
        campaign_id: Id | None = None,
        reference: str | None = None,
        interval: float = 1.0,
        timeout: float | None = None,
    ) -> Path:
        """Write the history to a file on the platform, wait for it and save it as ``path``.

        Raises:
            ApiError: The export has failed (``export_failed``), or the time is over
                (``timed_out``).
        """
        body = CreateExportRequest(
            from_=given(from_),
            to=given(to),
            status=given(status),
            campaign_id=optional_id(campaign_id),
            reference=given(reference),
        )
        export = answer(create_history_export.sync(client=self._api, body=body))
        fetch = partial(get_history_export.sync, export.id, client=self._api)
        *_, export = states(
            lambda: answer(fetch()),
            lambda state: state.status in ("done", "failed"),
            interval,
            timeout,
        )
        if export.download_url is None:
            raise ApiError("export_failed", "The export has failed. Try again.")
        return download(self._api.get_httpx_client(), export.download_url, path)
