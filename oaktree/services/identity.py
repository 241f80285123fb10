# SPDX-License-Identifier: Apache-2.0
"""IdentityService."""

from typing import Any

from oaktreemodel import v1 as pb
from oaktreemodel.v1 import identity_service_pb2

from oaktree import errors, finding, verbs, writes
from oaktree.rows.identity import APPLICATION_CREDENTIAL


@verbs.serves(identity_service_pb2.DESCRIPTOR.services_by_name['IdentityService'])
class Identity(verbs.Service, pb.IdentityServiceServicer):
    """What a user signs in with."""

    ListApplicationCredentials = verbs.list_(APPLICATION_CREDENTIAL)
    GetApplicationCredential = verbs.get(APPLICATION_CREDENTIAL)
    DeleteApplicationCredential = writes.delete(APPLICATION_CREDENTIAL)

    async def CreateApplicationCredential(self, request: Any, _context: Any) -> Any:
        """Have Keystone make one, and its secret: none of ours or of the caller's is sent, so none can get into a log."""
        verbs.required(request, 'name')
        if any(not (rule.service and rule.method and rule.path) for rule in request.access_rules):
            raise errors.invalid('access_rules', 'must each have a service, a method and a path', 'MISSING_FIELD')
        place = await finding.where(self.backend, request.location)
        body: dict[str, Any] = {'name': request.name, 'unrestricted': request.unrestricted}
        if request.description:
            body['description'] = request.description
        if request.roles:
            body['roles'] = [{'id' if finding.UUID.match(role) else 'name': role} for role in request.roles]
        if request.access_rules:
            body['access_rules'] = [
                {'service': rule.service, 'method': rule.method, 'path': rule.path} for rule in request.access_rules
            ]
        if request.HasField('expire_time'):
            body['expires_at'] = _moment(request)
        try:
            made = await self.backend.create(APPLICATION_CREDENTIAL, place, {'application_credential': body})
        except errors.Failure as failure:
            raise writes.taken(failure) from None
        return pb.CreateApplicationCredentialResponse(application_credential=made)


def _moment(request: Any) -> str:
    try:
        return f'{request.expire_time.ToDatetime():%Y-%m-%dT%H:%M:%S.%fZ}'
    except ValueError:
        raise errors.invalid('expire_time', 'is no moment between the years 1 and 9999') from None
