#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
#   cookbook.sh CLOUD FLAVOR IMAGE FILE
#
# The tasks of the cook book, one after the other; where the cloud has no server of that name yet.

set -euo pipefail
export OAKTREE_CLOUD=$1
flavor=$2 image=$3 file=$4

# task 1
what_there_is() {
    oaktree clouds
    oaktree capabilities "$OAKTREE_CLOUD" -f yaml
}

# task 2
servers_of_all_clouds() {
    oaktree server list --cloud '' --jmespath "[?state=='ACTIVE']" --max-age 5 -c cloud -c name -c public_v4
}

# task 3
make_a_server() {
    oaktree keypair create cook > cook.pem
    oaktree server create cook --flavor "$flavor" --image "$image" --key-name cook --auto-ip --wait
}

# task 4
open_a_port() {
    oaktree security group create cook --description 'for the web'
    oaktree security group rule create cook --ingress --protocol tcp --dst-port 443 --remote-ip 0.0.0.0/0
    oaktree server add security group cook cook
}

# task 5
give_it_a_disk() {
    oaktree volume create cook --size 1 --wait
    oaktree server add volume cook cook --wait
}

# task 6
take_a_snapshot() {
    oaktree server image create cook --name cook-snapshot --wait
}

# task 7
upload_an_image() {
    oaktree image upload "$file" --name cook --disk-format raw
}

# task 8
keep_a_file() {
    oaktree container create cook
    oaktree object upload cook "$file" --name file
    oaktree object download cook file --file copy
}

# task 9
see_what_changes() {
    oaktree watch servers --for 5
}

# task 10
clean_up() {
    oaktree server delete cook --wait
    oaktree floating ip delete unattached --min-age 3600
}

for task in what_there_is servers_of_all_clouds make_a_server open_a_port give_it_a_disk take_a_snapshot upload_an_image \
            keep_a_file see_what_changes clean_up; do
    echo "== $task"
    $task
done
