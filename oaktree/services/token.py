# SPDX-License-Identifier: Apache-2.0
"""TokenService."""

import asyncio
import contextvars
import time
from typing import Any

from oaktreemodel import v1 as pb
from oaktreemodel.v1 import token_service_pb2

from oaktree import context, errors, finding, verbs
from oaktree.attempts import Attempts, host
from oaktree.bearer import Bearer
from oaktree.caller import OWNER
from oaktree.resource import Place, Snapshot

MOST = {'client_id': 255, 'client_secret': 4096}
"""Characters, so that whoever has not signed in can't have much sent to Keystone; it makes shorter ones itself."""


@verbs.serves(token_service_pb2.DESCRIPTOR.services_by_name['TokenService'])
class Token(verbs.Service, pb.TokenServiceServicer):
    """What callers show, and who that makes them."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._attempts = Attempts()

    async def CreateToken(self, request: Any, _context: Any) -> Any:
        """Sign in for somebody who is not known yet."""
        call = context.current()
        if not call.secure:
            raise errors.Failure(
                errors.Code.UNAUTHENTICATED,
                'INSECURE_TRANSPORT',
                'A secret has come in plain text: make a new one, and send it by TLS or to the unix socket.',
            )
        verbs.required(request, *MOST)
        for field, most in MOST.items():
            if len(getattr(request, field)) > most:
                raise errors.invalid(field, f'must have no more than {most} characters')
        client_id, client_secret, where = request.client_id, request.client_secret, host(call.peer)
        attempt = self._attempts.make(
            lambda: self.backend.create_token(request.location.cloud, client_id, client_secret), where, f'client {client_id}'
        )
        # Where its caller goes away meanwhile, it is counted all the same.
        name = f'CreateToken for {where}'
        token, ends = await asyncio.shield(self.background.start(attempt, name, contextvars.copy_context()))
        response = pb.CreateTokenResponse(access_token=token)
        response.expire_time.FromNanoseconds(int(ends * 1e9))
        return response

    async def RevokeToken(self, request: Any, _context: Any) -> Any:
        """End what the caller shows."""
        caller = context.current().caller
        if not isinstance(caller, Bearer):
            raise errors.Failure(
                errors.Code.FAILED_PRECONDITION,
                'TOKENS_NOT_USED',
                "This oaktree uses its owner's credentials, so there is no token of yours that it could revoke.",
            )
        clouds = {place.cloud for place in await finding.usable(self.backend, request.location)}
        if len(clouds) > 1:
            raise errors.invalid('location.cloud', f'is missing: name one of {", ".join(sorted(clouds))}', 'MISSING_FIELD')
        await caller.revoke(*clouds)
        return pb.RevokeTokenResponse()

    async def GetCaller(self, request: Any, _context: Any) -> Any:
        """Who calls, on each cloud."""
        places = await finding.allowed(self.backend, request.location)
        # The same in each region.
        first = {place.cloud: place for place in reversed(places)}
        results = await finding.everywhere([place for place in places if place is first[place.cloud]], self._read)
        failures = {place: result for place, result in results.items() if isinstance(result, errors.Failure)}
        if len(failures) == len(results):
            raise finding.unread(failures, len(results), '')
        response = pb.GetCallerResponse()
        for place, result in results.items():
            if isinstance(result, Snapshot):
                response.callers.extend(result.items)
            else:
                response.unreachable.append(finding.unreachable(Place(place.cloud, '', place.caller), result))
        return response

    async def _read(self, place: Place) -> Snapshot:
        if place.caller.refusal:
            raise place.caller.refusal.at(cloud=place.cloud)
        return Snapshot([await self._caller(place)], [place.cloud], now := time.time(), now, moving=False)

    async def _caller(self, place: Place) -> Any:
        caller = place.caller
        if caller is OWNER:
            return pb.Caller(location={'cloud': place.cloud, 'project': await self.backend.project(place)}, owner=True)
        found = pb.Caller(
            location={'cloud': place.cloud, 'project': caller.project},
            user_id=caller.user_id,
            user_name=caller.user_name,
            user_domain_id=caller.user_domain_id,
            user_domain_name=caller.user_domain_name,
            roles=caller.roles,
            application_credential_id=caller.application_credential_id,
        )
        found.expire_time.FromNanoseconds(int(context.current().caller.ends({place.cloud}) * 1e9))
        return found
