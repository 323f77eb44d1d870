"""All routes of this room, as one."""

from fastapi import APIRouter

from mailguard.desk.login import account, again, enrolling, form, oidc, second

router = APIRouter()
for _part in (form, second, oidc, again, enrolling, account):
    router.include_router(_part.router)
