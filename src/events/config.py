"""Where events travel when one machine is not enough."""

from pydantic import Field, SecretStr

from src.config import PackageSettings


class EventsSettings(PackageSettings):
    """Kafka; without `kafka_bootstrap_servers` there is none, and the server itself runs all handlers."""

    # host:port of some of the brokers, separated by commas.
    kafka_bootstrap_servers: str | None = None
    # What the names of topics and groups begin with; a new one begins anew, from what the database knows.
    kafka_prefix: str = Field(default="hearth", pattern=r"^[A-Za-z0-9._-]{1,100}$")
    # More options of the client (librdkafka), such as those of TLS and SASL.
    kafka_options: dict[str, str] = Field(default={})
    # The option sasl.password.
    kafka_password: SecretStr | None = None
