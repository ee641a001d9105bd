"""The EMR Serverless API's errors."""

from localstack.aws.api import CommonServiceException


def not_found(message: str) -> CommonServiceException:
    return CommonServiceException("ResourceNotFoundException", message, status_code=404, sender_fault=True)


def invalid(message: str) -> CommonServiceException:
    return CommonServiceException("ValidationException", message, status_code=400, sender_fault=True)
