"""Twilio's error codes are listed with their explanations."""

from servicekit.identity import acting_as
from services.messaging.tests.organisation import Organisation
from smsblaster.messaging.v1 import error_codes_pb2, error_codes_pb2_grpc


async def test_every_code_is_listed_with_its_explanation(bare_organisation: Organisation) -> None:
    stub = error_codes_pb2_grpc.ErrorCodeServiceStub(bare_organisation.messaging.channel)
    with acting_as(bare_organisation.person.identity()):
        answer = await bare_organisation.messaging.caller().call(
            stub.ListErrorCodes, error_codes_pb2.ListErrorCodesRequest()
        )
    codes = [item.code for item in answer.items]
    assert codes == sorted(set(codes))
    by_code = {item.code: item for item in answer.items}
    assert by_code[30003] == error_codes_pb2.ErrorCode(
        code=30003,
        title="Unreachable handset",
        description="Phone may be off or out of service area. Try again later.",
        retryable=True,
    )
    assert {20003, 21211, 21608, 21610, 30006, 30007, 30034, 63038} <= by_code.keys()
