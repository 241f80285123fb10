// SPDX-License-Identifier: Apache-2.0

package oaktree

import (
	"context"
	"iter"

	pb "opendev.org/x/oaktree/oaktreemodel/go/oaktree/v1"
)

// Volumes has the volumes of all pages, one by one.
func (c *Client) Volumes(ctx context.Context, request *pb.ListVolumesRequest) iter.Seq2[*pb.Volume, error] {
	return each(ctx, c.BlockStorage.ListVolumes, request, (*pb.ListVolumesResponse).GetVolumes)
}

// VolumeTypes has the volume types of all pages, one by one.
func (c *Client) VolumeTypes(ctx context.Context, request *pb.ListVolumeTypesRequest) iter.Seq2[*pb.VolumeType, error] {
	return each(ctx, c.BlockStorage.ListVolumeTypes, request, (*pb.ListVolumeTypesResponse).GetVolumeTypes)
}

// VolumeSnapshots has the volume snapshots of all pages, one by one.
func (c *Client) VolumeSnapshots(ctx context.Context, request *pb.ListVolumeSnapshotsRequest) iter.Seq2[*pb.VolumeSnapshot, error] {
	return each(ctx, c.BlockStorage.ListVolumeSnapshots, request, (*pb.ListVolumeSnapshotsResponse).GetVolumeSnapshots)
}

// VolumeBackups has the volume backups of all pages, one by one.
func (c *Client) VolumeBackups(ctx context.Context, request *pb.ListVolumeBackupsRequest) iter.Seq2[*pb.VolumeBackup, error] {
	return each(ctx, c.BlockStorage.ListVolumeBackups, request, (*pb.ListVolumeBackupsResponse).GetVolumeBackups)
}

// VolumeTransfers has the volume transfers of all pages, one by one.
func (c *Client) VolumeTransfers(ctx context.Context, request *pb.ListVolumeTransfersRequest) iter.Seq2[*pb.VolumeTransfer, error] {
	return each(ctx, c.BlockStorage.ListVolumeTransfers, request, (*pb.ListVolumeTransfersResponse).GetVolumeTransfers)
}

// AllClouds has the clouds of all pages, one by one.
func (c *Client) AllClouds(ctx context.Context, request *pb.ListCloudsRequest) iter.Seq2[*pb.Cloud, error] {
	return each(ctx, c.Clouds.ListClouds, request, (*pb.ListCloudsResponse).GetClouds)
}

// Flavors has the flavors of all pages, one by one.
func (c *Client) Flavors(ctx context.Context, request *pb.ListFlavorsRequest) iter.Seq2[*pb.Flavor, error] {
	return each(ctx, c.Compute.ListFlavors, request, (*pb.ListFlavorsResponse).GetFlavors)
}

// Keypairs has the keypairs of all pages, one by one.
func (c *Client) Keypairs(ctx context.Context, request *pb.ListKeypairsRequest) iter.Seq2[*pb.Keypair, error] {
	return each(ctx, c.Compute.ListKeypairs, request, (*pb.ListKeypairsResponse).GetKeypairs)
}

// Servers has the servers of all pages, one by one.
func (c *Client) Servers(ctx context.Context, request *pb.ListServersRequest) iter.Seq2[*pb.Server, error] {
	return each(ctx, c.Compute.ListServers, request, (*pb.ListServersResponse).GetServers)
}

// ServerSecurityGroups has the server security groups of all pages, one by one.
func (c *Client) ServerSecurityGroups(ctx context.Context, request *pb.ListServerSecurityGroupsRequest) iter.Seq2[*pb.SecurityGroup, error] {
	return each(ctx, c.Compute.ListServerSecurityGroups, request, (*pb.ListServerSecurityGroupsResponse).GetSecurityGroups)
}

// ServerInterfaces has the server interfaces of all pages, one by one.
func (c *Client) ServerInterfaces(ctx context.Context, request *pb.ListServerInterfacesRequest) iter.Seq2[*pb.ServerInterface, error] {
	return each(ctx, c.Compute.ListServerInterfaces, request, (*pb.ListServerInterfacesResponse).GetInterfaces)
}

// ServerGroups has the server groups of all pages, one by one.
func (c *Client) ServerGroups(ctx context.Context, request *pb.ListServerGroupsRequest) iter.Seq2[*pb.ServerGroup, error] {
	return each(ctx, c.Compute.ListServerGroups, request, (*pb.ListServerGroupsResponse).GetServerGroups)
}

// ApplicationCredentials has the application credentials of all pages, one by one.
func (c *Client) ApplicationCredentials(ctx context.Context, request *pb.ListApplicationCredentialsRequest) iter.Seq2[*pb.ApplicationCredential, error] {
	return each(ctx, c.Identity.ListApplicationCredentials, request, (*pb.ListApplicationCredentialsResponse).GetApplicationCredentials)
}

// Images has the images of all pages, one by one.
func (c *Client) Images(ctx context.Context, request *pb.ListImagesRequest) iter.Seq2[*pb.Image, error] {
	return each(ctx, c.Image.ListImages, request, (*pb.ListImagesResponse).GetImages)
}

// ImageMembers has the image members of all pages, one by one.
func (c *Client) ImageMembers(ctx context.Context, request *pb.ListImageMembersRequest) iter.Seq2[*pb.ImageMember, error] {
	return each(ctx, c.Image.ListImageMembers, request, (*pb.ListImageMembersResponse).GetImageMembers)
}

// LoadBalancers has the load balancers of all pages, one by one.
func (c *Client) LoadBalancers(ctx context.Context, request *pb.ListLoadBalancersRequest) iter.Seq2[*pb.LoadBalancer, error] {
	return each(ctx, c.LoadBalancer.ListLoadBalancers, request, (*pb.ListLoadBalancersResponse).GetLoadBalancers)
}

// Listeners has the listeners of all pages, one by one.
func (c *Client) Listeners(ctx context.Context, request *pb.ListListenersRequest) iter.Seq2[*pb.Listener, error] {
	return each(ctx, c.LoadBalancer.ListListeners, request, (*pb.ListListenersResponse).GetListeners)
}

// Pools has the pools of all pages, one by one.
func (c *Client) Pools(ctx context.Context, request *pb.ListPoolsRequest) iter.Seq2[*pb.Pool, error] {
	return each(ctx, c.LoadBalancer.ListPools, request, (*pb.ListPoolsResponse).GetPools)
}

// PoolMembers has the pool members of all pages, one by one.
func (c *Client) PoolMembers(ctx context.Context, request *pb.ListPoolMembersRequest) iter.Seq2[*pb.PoolMember, error] {
	return each(ctx, c.LoadBalancer.ListPoolMembers, request, (*pb.ListPoolMembersResponse).GetPoolMembers)
}

// HealthMonitors has the health monitors of all pages, one by one.
func (c *Client) HealthMonitors(ctx context.Context, request *pb.ListHealthMonitorsRequest) iter.Seq2[*pb.HealthMonitor, error] {
	return each(ctx, c.LoadBalancer.ListHealthMonitors, request, (*pb.ListHealthMonitorsResponse).GetHealthMonitors)
}

// Networks has the networks of all pages, one by one.
func (c *Client) Networks(ctx context.Context, request *pb.ListNetworksRequest) iter.Seq2[*pb.Network, error] {
	return each(ctx, c.Network.ListNetworks, request, (*pb.ListNetworksResponse).GetNetworks)
}

// Subnets has the subnets of all pages, one by one.
func (c *Client) Subnets(ctx context.Context, request *pb.ListSubnetsRequest) iter.Seq2[*pb.Subnet, error] {
	return each(ctx, c.Network.ListSubnets, request, (*pb.ListSubnetsResponse).GetSubnets)
}

// Ports has the ports of all pages, one by one.
func (c *Client) Ports(ctx context.Context, request *pb.ListPortsRequest) iter.Seq2[*pb.Port, error] {
	return each(ctx, c.Network.ListPorts, request, (*pb.ListPortsResponse).GetPorts)
}

// Routers has the routers of all pages, one by one.
func (c *Client) Routers(ctx context.Context, request *pb.ListRoutersRequest) iter.Seq2[*pb.Router, error] {
	return each(ctx, c.Network.ListRouters, request, (*pb.ListRoutersResponse).GetRouters)
}

// RouterInterfaces has the router interfaces of all pages, one by one.
func (c *Client) RouterInterfaces(ctx context.Context, request *pb.ListRouterInterfacesRequest) iter.Seq2[*pb.Port, error] {
	return each(ctx, c.Network.ListRouterInterfaces, request, (*pb.ListRouterInterfacesResponse).GetPorts)
}

// SubnetPools has the subnet pools of all pages, one by one.
func (c *Client) SubnetPools(ctx context.Context, request *pb.ListSubnetPoolsRequest) iter.Seq2[*pb.SubnetPool, error] {
	return each(ctx, c.Network.ListSubnetPools, request, (*pb.ListSubnetPoolsResponse).GetSubnetPools)
}

// Trunks has the trunks of all pages, one by one.
func (c *Client) Trunks(ctx context.Context, request *pb.ListTrunksRequest) iter.Seq2[*pb.Trunk, error] {
	return each(ctx, c.Network.ListTrunks, request, (*pb.ListTrunksResponse).GetTrunks)
}

// AddressScopes has the address scopes of all pages, one by one.
func (c *Client) AddressScopes(ctx context.Context, request *pb.ListAddressScopesRequest) iter.Seq2[*pb.AddressScope, error] {
	return each(ctx, c.Network.ListAddressScopes, request, (*pb.ListAddressScopesResponse).GetAddressScopes)
}

// AddressGroups has the address groups of all pages, one by one.
func (c *Client) AddressGroups(ctx context.Context, request *pb.ListAddressGroupsRequest) iter.Seq2[*pb.AddressGroup, error] {
	return each(ctx, c.Network.ListAddressGroups, request, (*pb.ListAddressGroupsResponse).GetAddressGroups)
}

// RbacPolicies has the rbac policies of all pages, one by one.
func (c *Client) RbacPolicies(ctx context.Context, request *pb.ListRbacPoliciesRequest) iter.Seq2[*pb.RbacPolicy, error] {
	return each(ctx, c.Network.ListRbacPolicies, request, (*pb.ListRbacPoliciesResponse).GetRbacPolicies)
}

// FloatingIps has the floating ips of all pages, one by one.
func (c *Client) FloatingIps(ctx context.Context, request *pb.ListFloatingIpsRequest) iter.Seq2[*pb.FloatingIp, error] {
	return each(ctx, c.Network.ListFloatingIps, request, (*pb.ListFloatingIpsResponse).GetFloatingIps)
}

// SecurityGroups has the security groups of all pages, one by one.
func (c *Client) SecurityGroups(ctx context.Context, request *pb.ListSecurityGroupsRequest) iter.Seq2[*pb.SecurityGroup, error] {
	return each(ctx, c.Network.ListSecurityGroups, request, (*pb.ListSecurityGroupsResponse).GetSecurityGroups)
}

// PortForwardings has the port forwardings of all pages, one by one.
func (c *Client) PortForwardings(ctx context.Context, request *pb.ListPortForwardingsRequest) iter.Seq2[*pb.PortForwarding, error] {
	return each(ctx, c.Network.ListPortForwardings, request, (*pb.ListPortForwardingsResponse).GetPortForwardings)
}

// Containers has the containers of all pages, one by one.
func (c *Client) Containers(ctx context.Context, request *pb.ListContainersRequest) iter.Seq2[*pb.Container, error] {
	return each(ctx, c.ObjectStore.ListContainers, request, (*pb.ListContainersResponse).GetContainers)
}

// Objects has the objects of all pages, one by one.
func (c *Client) Objects(ctx context.Context, request *pb.ListObjectsRequest) iter.Seq2[*pb.Object, error] {
	return each(ctx, c.ObjectStore.ListObjects, request, (*pb.ListObjectsResponse).GetObjects)
}
