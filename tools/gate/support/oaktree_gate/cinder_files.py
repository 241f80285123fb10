# SPDX-License-Identifier: Apache-2.0
"""A Cinder back end of sparse files in a directory: no LVM, no NFS, no target."""

import os

from cinder import interface
from cinder.image import image_utils
from cinder.volume import configuration, driver, volume_utils
from oslo_config import cfg

GIB = 1 << 30
OPTIONS = [cfg.StrOpt('files_directory', default='$state_path/volumes')]
cfg.CONF.register_opts(OPTIONS, group=configuration.SHARED_CONF_GROUP)


@interface.volumedriver
class FilesDriver(driver.VolumeDriver):
    VERSION = '1.0.0'
    CI_WIKI_NAME = 'none'

    def __init__(self, *args, **kw):
        super().__init__(*args, **kw)
        self.configuration.append_config_values(OPTIONS)
        self.directory = self.configuration.files_directory

    def do_setup(self, context):
        os.makedirs(self.directory, exist_ok=True)

    def check_for_setup_error(self):
        pass

    def local_path(self, volume):
        """Of a volume or a snapshot: their names differ."""
        return os.path.join(self.directory, volume['name'])

    def copy(self, source, target, gib):
        self._execute('cp', '--sparse=always', self.local_path(source), self.local_path(target))
        os.truncate(self.local_path(target), gib * GIB)

    def create_volume(self, volume):
        with open(self.local_path(volume), 'wb') as f:
            f.truncate(volume['size'] * GIB)

    def delete_volume(self, volume):
        if os.path.exists(self.local_path(volume)):
            os.unlink(self.local_path(volume))

    def create_snapshot(self, snapshot):
        self.copy(snapshot.volume, snapshot, snapshot['volume_size'])

    def delete_snapshot(self, snapshot):
        self.delete_volume(snapshot)

    def create_volume_from_snapshot(self, volume, snapshot):
        self.copy(snapshot, volume, volume['size'])

    def create_cloned_volume(self, volume, src_vref):
        self.copy(src_vref, volume, volume['size'])

    def revert_to_snapshot(self, context, volume, snapshot):
        self.copy(snapshot, volume, volume['size'])

    def extend_volume(self, volume, new_size):
        os.truncate(self.local_path(volume), new_size * GIB)

    def ensure_export(self, context, volume):
        pass

    def create_export(self, context, volume, connector):
        pass

    def remove_export(self, context, volume):
        pass

    def initialize_connection(self, volume, connector):
        return {'driver_volume_type': 'local', 'data': {'device_path': self.local_path(volume)}}

    def terminate_connection(self, volume, connector, **kw):
        pass

    def copy_image_to_volume(self, context, volume, image_service, image_id, disable_sparse=False):
        image_utils.fetch_to_raw(
            context,
            image_service,
            image_id,
            self.local_path(volume),
            self.configuration.volume_dd_blocksize,
            size=volume['size'],
            run_as_root=False,
        )
        os.truncate(self.local_path(volume), volume['size'] * GIB)

    def copy_volume_to_image(self, context, volume, image_service, image_meta):
        volume_utils.upload_volume(context, image_service, image_meta, self.local_path(volume), volume, run_as_root=False)

    def _update_volume_stats(self):
        name = self.configuration.safe_get('volume_backend_name') or 'files'
        self._stats = {
            'volume_backend_name': name,
            'vendor_name': 'oaktree',
            'driver_version': self.VERSION,
            'storage_protocol': 'local',
            'pools': [
                {
                    'pool_name': name,
                    'total_capacity_gb': 1000000,
                    'free_capacity_gb': 900000,
                    'reserved_percentage': 0,
                    'provisioned_capacity_gb': 0,
                    'max_over_subscription_ratio': '20',
                    'thin_provisioning_support': True,
                    'thick_provisioning_support': False,
                    'multiattach': True,
                    'QoS_support': False,
                    'online_extend_support': True,
                }
            ],
        }
