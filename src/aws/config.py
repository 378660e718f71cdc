"""Settings of the S3 client."""

from pydantic import Field, SecretStr

from src.config import PackageSettings


class AwsSettings(PackageSettings):
    """From the environment."""

    # The address of an S3-compatible service; unset, that of Amazon in the region below.
    s3_endpoint_url: str | None = None
    s3_bucket_name: str | None = Field(default=None, min_length=3, max_length=63)
    # Unset, boto3 looks for credentials where it always does (instance role, ~/.aws).
    s3_access_key_id: SecretStr | None = None
    s3_secret_access_key: SecretStr | None = None
    s3_region: str = "us-east-1"
    # Stands before every key, for a bucket that is shared with others.
    s3_prefix: str = Field(default="", max_length=200)
