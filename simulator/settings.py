"""Settings of the simulator, read once from the environment."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    """All settings of the simulator. All of them have defaults.

    Attributes:
        host: Address to listen on (SIMULATOR_HOST).
        port: Port to listen on (SIMULATOR_PORT).
        public_url: Where a browser reaches the simulator (SIMULATOR_PUBLIC_URL); empty means
            `http://host:port`.
        state_dir: Folder of the database (SIMULATOR_STATE_DIR).
        twilio_account_sid: The master account, which owns the balance and all subaccounts.
        twilio_auth_token: Primary auth token of the master account.
        stripe_secret_key: The only API key that Stripe's side accepts.
        stripe_webhook_secret: The `whsec_...` string that signs events.
        stripe_webhook_url: Address to which events are posted. If it is empty, none are posted.
        postmark_server_token: The only server token that Postmark's side accepts, beside
            `POSTMARK_API_TEST`.
        callback_concurrency: Webhooks in flight at the same time.
    """

    host: str = Field("127.0.0.1", validation_alias="SIMULATOR_HOST")
    port: int = Field(8082, validation_alias="SIMULATOR_PORT")
    public_url: str = Field("", validation_alias="SIMULATOR_PUBLIC_URL")
    state_dir: Path = Field(Path(".state/simulator"), validation_alias="SIMULATOR_STATE_DIR")
    twilio_account_sid: str = "AC" + "0" * 31 + "1"
    twilio_auth_token: str = "simulator-twilio-auth-token"  # noqa: S105 - a development default
    stripe_secret_key: str = "sk_test_simulator"  # noqa: S105 - a development default
    stripe_webhook_secret: str = "whsec_simulator"  # noqa: S105 - a development default
    stripe_webhook_url: str = ""
    postmark_server_token: str = "simulator-postmark-token"  # noqa: S105 - a development default
    callback_concurrency: int = Field(64, validation_alias="SIMULATOR_CALLBACK_CONCURRENCY")

    @property
    def browser_url(self) -> str:
        """The base address of all links to the simulator's web pages, without a trailing slash."""
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"


class Behaviour(BaseSettings, env_prefix="SIMULATOR_", extra="forbid"):
    """How the simulated carriers and accounts behave. `/sim/behaviour` changes it at run time.

    Attributes:
        queued_delay_ms: Range of the time from acceptance to `queued`, milliseconds.
        sent_delay_ms: Range of the time from `queued` to `sent`, milliseconds.
        final_delay_ms: Range of the time from `sent` to the carrier's delivery report,
        milliseconds.
        opt_out: How a messaging service refuses a text to a person who has opted out (21610):
            `sync` answers HTTP 400, `async` accepts the text and gives it the status `failed`.
        advanced_opt_out: Inbound webhooks have `OptOutType`, as with Advanced Opt-Out.
        max_concurrent_requests: How many requests of an account may be in progress at once. Others
            are answered with 429 and code 20429. 0 means no limit.
        require_10dlc: Texts from US local numbers end as `undelivered` with 30034, unless their
            service has a verified A2P 10DLC campaign.
        review_delay_ms: Range of the time that each stage of an A2P review takes, milliseconds.
        review_by_hand: A2P reviews end only by `/sim/twilio/a2p` or by a person on the page.
        stripe_retry_base_ms: Pause before an event is delivered again. It doubles each time.
        keep_exchanges: How many of the latest requests of each route are kept in memory with their
            answers, for `/sim/record/exchanges`.
    """

    queued_delay_ms: tuple[int, int] = (20, 40)
    sent_delay_ms: tuple[int, int] = (20, 80)
    final_delay_ms: tuple[int, int] = (50, 200)
    opt_out: Literal["sync", "async"] = "sync"
    advanced_opt_out: bool = False
    max_concurrent_requests: int = 0
    require_10dlc: bool = False
    review_delay_ms: tuple[int, int] = (50, 200)
    review_by_hand: bool = False
    stripe_retry_base_ms: int = 500
    keep_exchanges: int = Field(0, ge=0)
    clock_ahead_ms: int = 0
