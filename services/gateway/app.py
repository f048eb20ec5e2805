"""Build the gateway from its settings."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import structlog

from servicekit.bus.connection import Bus
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.identity import GATEWAY, TokenSigner
from servicekit.mail import Mailer
from servicekit.process import background, finish
from servicekit.rewrap import RewrapSecrets
from servicekit.rpc.client import RpcClient
from servicekit.service import Kit, Parts, run_one_job, serve
from servicekit.vault import Vault, envelope_of
from servicekit.web.asgi import Application, LifespanApp
from servicekit.web.loop_thread import LoopThread
from servicekit.web.server import leading
from servicekit.web.shared_metrics import SharedMetrics
from servicekit.web.wsgi import Threads, WsgiBridge
from services.gateway.events.consumers import consumers
from services.gateway.http.app import MAX_BODY_BYTES, create_app
from services.gateway.http.authentication import Authentication
from services.gateway.http.backends import Backends
from services.gateway.http.channels import open_channels
from services.gateway.http.idempotency import IdempotentRequests
from services.gateway.http.names import fill_names_of
from services.gateway.http.rate_limit import RateLimits
from services.gateway.http.routes import RouteParts
from services.gateway.http.security_log import SecurityLog
from services.gateway.http.session_cookies import SessionCookies
from services.gateway.http.transfers import Transfers, is_transfer
from services.gateway.jobs.housekeeping import jobs
from services.gateway.jobs.measure import measure_mails
from services.gateway.providers.ledger import Ledger
from services.gateway.providers.organisations import OrganisationSources
from services.gateway.providers.overview import OverviewSources
from services.gateway.rpc.api_keys import ApiKeyService
from services.gateway.rpc.audit import AuditService
from services.gateway.rpc.auth import AuthService
from services.gateway.rpc.credentials import CredentialService
from services.gateway.rpc.dashboard import DashboardRpc
from services.gateway.rpc.invitations import InvitationService
from services.gateway.rpc.organisation import OrganisationService
from services.gateway.rpc.organisation_admin import OrganisationAdminRpc
from services.gateway.rpc.profile import ProfileService
from services.gateway.rpc.recovery import RecoveryService
from services.gateway.rpc.second_factor import SecondFactorService
from services.gateway.rpc.sessions import SessionService
from services.gateway.rpc.stream import StreamService
from services.gateway.rpc.transaction_export import TransactionExportRpc
from services.gateway.rpc.user_admin import UserAdminService
from services.gateway.settings import GatewaySettings
from services.gateway.storage.overdue import MAKE_DUE
from services.gateway.storage.second_factor_tables import ENCRYPTED
from services.gateway.storage.session_tokens import SessionTokens
from services.gateway.storage.signing_keys import SigningKeys
from services.gateway.stream.access import open_stream_of
from services.gateway.support.password_check import PasswordCheck
from services.gateway.support.second_factor_check import SecondFactorCheck
from services.gateway.usecases.accept_invitation import AcceptInvitation
from services.gateway.usecases.audit_log import AuditLog
from services.gateway.usecases.change_email import ChangeEmail
from services.gateway.usecases.change_password import ChangePassword
from services.gateway.usecases.change_second_factor import ChangeSecondFactor
from services.gateway.usecases.end_sessions import EndSessions
from services.gateway.usecases.idempotency_keys import IdempotencyKeys
from services.gateway.usecases.manage_api_keys import ManageApiKeys
from services.gateway.usecases.manage_invitations import ManageInvitations
from services.gateway.usecases.manage_members import ManageMembers
from services.gateway.usecases.recover_account import RecoverAccount
from services.gateway.usecases.register import Register
from services.gateway.usecases.reset_second_factor import ResetSecondFactor
from services.gateway.usecases.send_mails import SendMails
from services.gateway.usecases.sessions import Sessions
from services.gateway.usecases.set_up_second_factor import SetUpSecondFactor
from services.gateway.usecases.set_user_status import SetUserStatus
from services.gateway.usecases.sign_in import SignIn
from services.gateway.usecases.update_organisation import UpdateOrganisation
from services.gateway.usecases.update_profile import UpdateProfile

log = structlog.get_logger()


def application(settings: GatewaySettings, lead_lock: Path) -> Application:
    """Return the ASGI application of one web worker. Call this in the worker's own process."""
    return LifespanApp(_running(settings, Worker(settings, lead_lock)))


@asynccontextmanager
async def _running(settings: GatewaySettings, worker: "Worker") -> AsyncIterator[Application]:
    threads = Threads(settings.web_threads, settings.web_transfers, is_transfer)
    bridge = WsgiBridge(worker.app, threads, MAX_BODY_BYTES)
    yield bridge
    bridge.close()
    await asyncio.to_thread(worker.close)


class Worker:
    """One web worker: the Flask application, and the event loop that does its work.

    Create it in the worker's own process. All workers share the file `lead_lock`. The worker that
    holds the lock of this file is the leader: it also serves health and metrics, and runs
    consumers, relay and jobs.
    """

    def __init__(self, settings: GatewaySettings, lead_lock: Path) -> None:
        self._settings = settings
        self._lead_lock = lead_lock
        self._stop = asyncio.Event()
        self._metrics = SharedMetrics(lead_lock.parent, settings.web_workers)
        self._loop = LoopThread()
        self._database = Database(settings.database_url.get_secret_value(), settings.pool_size)
        self._signer = TokenSigner(GATEWAY, *settings.token_keys())
        self._leads = False
        self._loop.run(self._start())
        keys = SigningKeys(Path(settings.jwt_keys_dir))
        self.app = create_app(settings, self._route_parts(keys), keys)

    def close(self) -> None:
        """Finish the running requests and close everything."""
        self._loop.run(self._close(), self._settings.grace_seconds * 2)
        self._loop.close()

    def _route_parts(self, keys: SigningKeys) -> RouteParts:
        rpc = RpcClient(self._signer)
        authentication = Authentication(
            self._loop,
            self._database,
            keys,
            operators_need_second_factor=self._settings.operator_second_factor,
        )
        servicers = self._servicers(keys, rpc)
        return RouteParts(
            settings=self._settings,
            authentication=authentication,
            rate_limits=RateLimits(self._settings) if self._settings.rate_limits else None,
            idempotency=IdempotentRequests(self._loop, IdempotencyKeys(self._database)),
            backends=Backends(self._loop, self._database, rpc, self._channels, servicers),
            security_log=SecurityLog(self._loop, AuditLog(self._database)),
            cookies=SessionCookies(self._settings.public_app_url),
            transfers=Transfers(self._settings.user_transfers),
        )

    def _servicers(self, keys: SigningKeys, rpc: RpcClient) -> Mapping[str, object]:
        """Return the services that the gateway implements itself, keyed by their full names."""
        database, cursors = self._database, CursorCodec(self._settings.token_key())
        tokens = SessionTokens(keys, self._settings.session_length())
        identity = {
            **self._sign_in_servicers(tokens, cursors),
            "ProfileService": ProfileService(database, UpdateProfile(database)),
            "RecoveryService": RecoveryService(RecoverAccount(database)),
            "OrganisationService": OrganisationService(
                database, cursors, UpdateOrganisation(database), ManageMembers(database)
            ),
            "InvitationService": InvitationService(
                database, cursors, ManageInvitations(database), AcceptInvitation(database, tokens)
            ),
            "ApiKeyService": ApiKeyService(database, cursors, ManageApiKeys(database)),
            "OrganisationAdminService": OrganisationAdminRpc(
                database, cursors, OrganisationSources(rpc, self._channels)
            ),
            "UserAdminService": UserAdminService(
                database, cursors, SetUserStatus(database), ResetSecondFactor(database)
            ),
        }
        return {
            **{f"smsblaster.identity.v1.{name}": servicer for name, servicer in identity.items()},
            "smsblaster.audit.v1.AuditService": AuditService(database, cursors),
            "smsblaster.stream.v1.StreamService": StreamService(
                open_stream_of(database, self._settings),
                self._settings.stream_url(),
            ),
            "smsblaster.billing.v1.TransactionExportService": TransactionExportRpc(
                Ledger(rpc, self._channels["billing"]), partial(fill_names_of, database)
            ),
            "smsblaster.dashboard.v1.DashboardService": DashboardRpc(
                database, OverviewSources(rpc, self._channels)
            ),
        }

    def _sign_in_servicers(
        self, tokens: SessionTokens, cursors: CursorCodec
    ) -> Mapping[str, object]:
        """Return the services for sessions, passwords and second factors, keyed by full name."""
        database = self._database
        passwords, vault = PasswordCheck(database), Vault(envelope_of(self._settings))
        codes = SecondFactorCheck(database, vault)
        return {
            "AuthService": AuthService(
                Register(database, tokens),
                SignIn(database, passwords, codes, tokens),
                Sessions(database, tokens, self._settings.token_keys()),
            ),
            "SessionService": SessionService(
                database, cursors, tokens.longest, EndSessions(database)
            ),
            "CredentialService": CredentialService(
                ChangePassword(database, passwords), ChangeEmail(database, passwords)
            ),
            "SecondFactorService": SecondFactorService(
                database,
                SetUpSecondFactor(database, vault, passwords),
                ChangeSecondFactor(database, passwords, codes),
                ResetSecondFactor(database),
                operators_need_it=self._settings.operator_second_factor,
            ),
        }

    async def _start(self) -> None:
        # Every worker publishes hints about its changes. Only the leader does more on the bus.
        self._bus = Bus(self._settings.nats_url.get_secret_value(), GATEWAY)
        self._database.pass_on = self._bus.hints.add
        self._channels = open_channels(self._settings)
        await self._metrics.open()
        self._background = background(self._lead(), "lead")

    async def _lead(self) -> None:
        """Wait until this worker leads, then run consumers, relay and jobs until it is stopped."""
        async with leading(self._lead_lock):
            kit = Kit(
                GATEWAY,
                self._settings,
                self._database,
                self._bus,
                self._signer,
                RpcClient(self._signer),
            )
            mailer = _mailer(self._settings)
            send_mails = SendMails(self._database, mailer, self._settings.public_app_url)
            parts = Parts(
                consumers=consumers(self._database),
                jobs=jobs(self._database, send_mails),
                closers=[mailer.close],
                make_due=MAKE_DUE,
                measures=[measure_mails],
                read_metrics=self._metrics.read,
            )
            self._leads = True
            await serve(kit, parts, self._stop)

    async def _close(self) -> None:
        self._stop.set()
        if self._leads:
            # Finishing the running requests may have taken half of the grace period.
            await asyncio.wait([self._background], timeout=self._settings.grace_seconds / 2)
        await finish(self._background, 1)
        await self._metrics.close()
        for channel in self._channels.values():
            await channel.close()
        await self._bus.close()
        await self._database.close()


def _mailer(settings: GatewaySettings) -> Mailer:
    """Return the client that sends mails."""
    return Mailer(
        settings.postmark_base_url,
        settings.postmark_server_token.get_secret_value(),
        settings.postmark_from,
        settings.postmark_templates,
    )


async def run_job(settings: GatewaySettings, database: Database, name: str) -> bool:
    """Run the job ``name`` once, now. Returns False if another process is running it."""
    mailer = _mailer(settings)
    send_mails = SendMails(database, mailer, settings.public_app_url)
    try:
        return await run_one_job(database, jobs(database, send_mails), name)
    finally:
        await mailer.close()


async def rewrap(settings: GatewaySettings, database: Database) -> None:
    """Encrypt every stored secret under the newest key, and log how many were changed."""
    vault = Vault(envelope_of(settings))
    counts = await RewrapSecrets(database, vault, ENCRYPTED).rewrap()
    log.info("secrets_rewrapped", **counts)
