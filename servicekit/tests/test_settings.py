"""All missing and invalid settings are reported together, and no secret is shown."""

import base64
from base64 import b64encode

import pytest
from pydantic import Field, SecretStr, ValidationError

from servicekit.settings import GrpcSettings, KeyringSettings, MailSettings, load


class ToySettings(GrpcSettings):
    """Settings of a test service, one of which is a secret."""

    toy_secret: SecretStr = Field(min_length=8, description="The toy's secret")


GOOD = {
    "DATABASE_URL": "postgresql://toy:hunter2@127.0.0.1:5432/toy",
    "NATS_URL": "nats://127.0.0.1:4222",
    "GRPC_LISTEN": "127.0.0.1:50051",
    "INTERNAL_TOKEN_KEY": base64.b64encode(b"k" * 32).decode(),
    "TOY_SECRET": "correct-horse",
}
EVERY_NAME = {name.upper() for name in ToySettings.model_fields}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in EVERY_NAME:
        monkeypatch.delenv(name, raising=False)


def refusal(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Load the settings, which must fail. Return the lines that are printed."""
    with pytest.raises(SystemExit) as exit_:
        load(ToySettings)
    assert exit_.value.code == 2
    return capsys.readouterr().err.splitlines()


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    settings = load(ToySettings)
    assert settings.nats_url.get_secret_value() == GOOD["NATS_URL"]
    assert settings.token_key() == b"k" * 32
    assert settings.pool_size == 8


def test_several_token_keys_are_accepted_and_the_first_one_signs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = (b64encode(text * 32).decode() for text in (b"1", b"2"))
    for name, value in {**GOOD, "INTERNAL_TOKEN_KEY": f"{first}, {second}"}.items():
        monkeypatch.setenv(name, value)
    settings = load(ToySettings)
    assert settings.token_keys() == [b"1" * 32, b"2" * 32]
    assert settings.token_key() == b"1" * 32


@pytest.mark.parametrize("second", ["not base64!", "c2hvcnQ="])
def test_each_of_several_token_keys_is_checked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], second: str
) -> None:
    for name, value in {**GOOD, "INTERNAL_TOKEN_KEY": f"{'A' * 44},{second}"}.items():
        monkeypatch.setenv(name, value)
    assert any("INTERNAL_TOKEN_KEY" in line for line in refusal(capsys))


def test_all_missing_settings_are_listed_with_their_descriptions(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = refusal(capsys)
    assert {line.strip().split(":")[0] for line in lines[1:]} == set(GOOD)
    assert "Address of NATS with the login of this process" in "\n".join(lines)


def test_an_empty_setting_counts_as_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {**GOOD, "DATABASE_URL": "", "POOL_SIZE": ""}.items():
        monkeypatch.setenv(name, value)
    assert [line.strip().split(":")[0] for line in refusal(capsys)[1:]] == ["DATABASE_URL"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INTERNAL_TOKEN_KEY", "not base64 at all"),
        ("INTERNAL_TOKEN_KEY", base64.b64encode(b"k" * 31).decode()),
        ("INTERNAL_SIGNING_KEY", "not base64 at all"),
        ("INTERNAL_SIGNING_KEY", base64.b64encode(b"k" * 31).decode()),
        ("INTERNAL_PUBLIC_KEYS", base64.b64encode(b"k" * 32).decode()),
        ("INTERNAL_PUBLIC_KEYS", "gateway:short"),
        ("GRPC_TLS", "on"),
        ("GRPC_TLS_DIR", "/nowhere"),
        ("TOY_SECRET", "short"),
        ("POOL_SIZE", "zero"),
        ("POOL_SIZE", "0"),
        ("SCHEDULER", "perhaps"),
        ("GRACE_SECONDS", "-1"),
        ("GRPC_LISTEN", "50051"),
        ("OPS_LISTEN", "http://127.0.0.1:9090"),
    ],
)
def test_the_error_about_wrong_settings_names_them_and_contains_no_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    for setting, good in {**GOOD, "GRPC_TLS_DIR": "", name: value}.items():
        monkeypatch.setenv(setting, good)
    if name == "GRPC_TLS_DIR":
        monkeypatch.setenv("GRPC_TLS", "mutual")
    lines = refusal(capsys)
    assert [line.strip().split(":")[0] for line in lines[1:]] == [name]
    printed = "\n".join(lines)
    secrets = {"hunter2", GOOD["INTERNAL_TOKEN_KEY"], GOOD["TOY_SECRET"]}
    if name in {"INTERNAL_TOKEN_KEY", "INTERNAL_SIGNING_KEY", "TOY_SECRET"}:
        secrets.add(value)
    assert not [secret for secret in secrets if secret in printed]


def test_settings_do_not_show_secrets_when_they_are_printed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    shown = repr(load(ToySettings))
    assert "hunter2" not in shown
    assert GOOD["TOY_SECRET"] not in shown
    assert GOOD["INTERNAL_TOKEN_KEY"] not in shown


@pytest.mark.parametrize("prefix", ["smsblaster-", "S.", ""])
def test_every_valid_beginning_of_a_template_alias_is_accepted_as_the_template_prefix(
    prefix: str,
) -> None:
    assert mail_settings(prefix).postmark_templates == prefix


def test_mails_are_made_from_templates_unless_the_setting_is_off() -> None:
    shipped = MailSettings(postmark_server_token=SecretStr("t"), postmark_from="a@example.com")
    assert shipped.postmark_templates == "smsblaster-"
    assert mail_settings("off").postmark_templates == ""


@pytest.mark.parametrize("prefix", ["-smsblaster", "1st-", "sms blaster", "smsblaster\n"])
def test_a_template_prefix_that_cannot_begin_a_postmark_alias_is_refused(prefix: str) -> None:
    with pytest.raises(ValidationError, match="postmark_templates"):
        mail_settings(prefix)


def mail_settings(templates: str) -> MailSettings:
    return MailSettings(
        postmark_server_token=SecretStr("token"),
        postmark_from="a@example.com",
        postmark_templates=templates,
    )


def test_the_setting_of_a_kms_key_requires_the_package_boto3(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    assert KeyringSettings(keyring=SecretStr("k"), kms_key_id=key).kms_key_id == key
    monkeypatch.setattr("servicekit.settings.find_spec", lambda name: None)
    assert not KeyringSettings(keyring=SecretStr("k")).kms_key_id
    with pytest.raises(ValidationError, match="needs the package boto3: run `make install`"):
        KeyringSettings(keyring=SecretStr("k"), kms_key_id=key)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_TRACES_SAMPLER_ARG", "1.01"),
        ("OTEL_TRACES_SAMPLER_ARG", "often"),
    ],
)
def test_wrong_settings_of_traces_are_named(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for known, good in {**GOOD, name: value}.items():
        monkeypatch.setenv(known, good)
    assert any(line.startswith(f"  {name}: ") for line in refusal(capsys))


def test_the_headers_for_a_collector_are_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**GOOD, "OTEL_EXPORTER_OTLP_HEADERS": "key=hunter3"}.items():
        monkeypatch.setenv(name, value)
    settings = load(ToySettings)
    assert settings.otel_exporter_otlp_headers
    assert "hunter3" not in repr(settings)
