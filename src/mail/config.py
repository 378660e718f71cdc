"""How letters leave this server."""

from pydantic import SecretStr

from src.config import PackageSettings


class MailSettings(PackageSettings):
    """The environment variables of this package."""

    # smtps://user:password@host (TLS from the start) or smtp://user:password@host (STARTTLS, which only a server on
    # this machine may do without). Unset: development prints letters to the log, production sends none.
    smtp_url: SecretStr | None = None
    # Whom letters are from: an address, or a name with one.
    mail_from: str = "Hearth <hearth@localhost>"
