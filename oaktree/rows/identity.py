# SPDX-License-Identifier: Apache-2.0
"""What a user signs in with as Keystone writes it. https://docs.openstack.org/api-ref/identity/v3/"""

from oaktreemodel import v1 as pb

from oaktree.resource import OWN_USER, Resource

APPLICATION_CREDENTIAL = Resource(
    pb.ApplicationCredential, 'identity', f'/users/{OWN_USER}/application_credentials', 'application_credentials', ttl=60,
    fields={
        'expire_time': 'expires_at', 'roles': lambda d: [role['name'] for role in d.get('roles') or ()],
        'access_rules': lambda d: [
            {key: rule.get(key) or '' for key in ('id', 'service', 'method', 'path')} for rule in d.get('access_rules') or ()
        ],
    },
    used=frozenset({'access_rules', 'roles', 'system', 'user_id'}),
)  # fmt: skip
