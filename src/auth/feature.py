"""The table of contents of accounts."""

from src import idempotency
from src.auth import (
    admin_router,
    api_keys_router,
    archive,
    audit_router,
    authenticator,
    constants,
    email_router,
    invitations_router,
    jobs,
    models,
    password_resets,
    router,
    second_factor_router,
    sessions_router,
)
from src.feature import Feature, Impersonal, Job, Owned, Permissions, Resource, Router

FEATURE = Feature(
    "auth",
    (
        Router(router.router, prefix="/v1/auth"),
        Router(email_router.router, prefix="/v1/auth"),
        Router(second_factor_router.router, prefix="/v1/auth"),
        Router(sessions_router.router, prefix="/v1/auth/sessions"),
        Router(api_keys_router.router, prefix="/v1/auth/api-keys"),
        Router(invitations_router.router, prefix="/v1/auth/invitations"),
        Router(admin_router.router, prefix="/v1/admin/accounts"),
        Router(audit_router.router, prefix="/v1/admin/audit"),
        Permissions(constants.Permission),
        Resource("authenticator", authenticator.opened),
        Job("auth.answer_reset_requests", password_resets.answer, every=2),
        Job("auth.purge_revocations", jobs.purge_revocations, every=60),
        Job("auth.purge_credentials", jobs.purge_credentials, every=3600),
        Job("idempotency.purge", idempotency.purge, every=600),
        Owned(
            (
                models.Account,
                models.Bot,
                models.Session,
                models.ApiKey,
                models.Invitation,
                models.OneTimeLink,
                models.TotpSecret,
                models.RecoveryCode,
                models.SecurityEvent,
                models.AuditEntry,
                idempotency.StoredAnswer,
            ),
            export=archive.export,
            erase=archive.erase,
        ),
        # A reset is asked for by an address, which may be nobody's; it is answered within seconds.
        Impersonal((models.Revocation, models.ResetRequest, models.RetiredUsername)),
    ),
)
