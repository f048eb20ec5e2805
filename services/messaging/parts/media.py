"""Wire up the files of incoming messages."""

from collections.abc import Sequence
from datetime import timedelta

import grpc

from servicekit.jobs import Job
from services.messaging.inbox.providers.twilio_media import TwilioMedia
from services.messaging.inbox.rpc.media import MediaRpc
from services.messaging.inbox.storage import media
from services.messaging.inbox.usecases.delete_media import DeleteMedia
from services.messaging.inbox.usecases.download_media import DownloadMedia
from services.messaging.inbox.usecases.fetch_media import FetchMedia
from services.messaging.parts.pipeline import Pipeline
from services.messaging.settings import MessagingSettings
from smsblaster.messaging.v1 import media_pb2_grpc


def register_media(
    pipeline: Pipeline, settings: MessagingSettings, server: grpc.aio.Server
) -> None:
    """Add ``MediaService`` to the gRPC server."""
    database, keys = pipeline.kit.database, settings.token_keys()
    download = DownloadMedia(database, settings.export_dir, keys)
    media_pb2_grpc.add_MediaServiceServicer_to_server(MediaRpc(database, download, keys), server)


def media_jobs(
    pipeline: Pipeline, twilio: TwilioMedia, settings: MessagingSettings
) -> Sequence[Job]:
    """Return the jobs that fetch files and delete them with their messages."""
    database, folder = pipeline.kit.database, settings.export_dir
    fetch = FetchMedia(database, twilio, pipeline.accounts, folder)
    delete = DeleteMedia(database, folder)
    return [
        Job(
            "fetch-media",
            fetch.fetch_all,
            every=timedelta(seconds=2),
            has_work=media.HAS_WAITING,
        ),
        Job("forget-media", delete.delete_all, every=timedelta(minutes=1)),
    ]
