// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"google.golang.org/protobuf/proto"

	pb "opendev.org/x/oaktree/oaktreemodel/go/oaktree/v1"
)

func (w *workload) balancer(ctx context.Context) error {
	balancers := w.client.LoadBalancer
	made, err := balancers.CreateLoadBalancer(ctx, &pb.CreateLoadBalancerRequest{
		Location: w.cloud, Name: w.name + "-balancer", Network: w.network, AdminStateUp: proto.Bool(true), Wait: wait,
	})
	if err != nil {
		return err
	}
	balancer := made.LoadBalancer
	w.undo(func(ctx context.Context) error {
		_, err := balancers.DeleteLoadBalancer(ctx, &pb.DeleteLoadBalancerRequest{Location: w.cloud, NameOrId: balancer.Id, Wait: wait})
		return err
	})
	active := balancer.State == pb.LoadBalancerState_LOAD_BALANCER_STATE_ACTIVE && balancer.Address != ""
	if err := check(active, balancer); err != nil {
		return err
	}
	listener, err := balancers.CreateListener(ctx, &pb.CreateListenerRequest{
		Location: w.cloud, Name: w.name + "-listener", LoadBalancer: balancer.Id, Protocol: "HTTP", ProtocolPort: 80, Wait: wait,
	})
	if err != nil {
		return err
	}
	w.undo(func(ctx context.Context) error {
		_, err := balancers.DeleteListener(ctx, &pb.DeleteListenerRequest{
			Location: w.cloud, NameOrId: listener.Listener.Id, Wait: wait,
		})
		return err
	})
	return w.pool(ctx, listener.Listener.Id)
}

func (w *workload) pool(ctx context.Context, listener string) error {
	balancers := w.client.LoadBalancer
	made, err := balancers.CreatePool(ctx, &pb.CreatePoolRequest{
		Location: w.cloud, Name: w.name + "-pool", Listener: listener, Protocol: "HTTP", LbAlgorithm: "ROUND_ROBIN", Wait: wait,
	})
	if err != nil {
		return err
	}
	pool := made.Pool.Id
	w.undo(func(ctx context.Context) error {
		_, err := balancers.DeletePool(ctx, &pb.DeletePoolRequest{Location: w.cloud, NameOrId: pool, Wait: wait})
		return err
	})
	member, err := balancers.CreatePoolMember(ctx, &pb.CreatePoolMemberRequest{
		Location: w.cloud, Name: w.name + "-member", Pool: pool, Address: w.address, ProtocolPort: 80, Wait: wait,
	})
	if err != nil {
		return err
	}
	w.undo(func(ctx context.Context) error {
		_, err := balancers.DeletePoolMember(ctx, &pb.DeletePoolMemberRequest{
			Location: w.cloud, Pool: pool, NameOrId: member.PoolMember.Id, Wait: wait,
		})
		return err
	})
	monitor, err := balancers.CreateHealthMonitor(ctx, &pb.CreateHealthMonitorRequest{
		Location: w.cloud, Name: w.name + "-monitor", Pool: pool, Type: "HTTP", DelaySeconds: 5, TimeoutSeconds: 3, MaxRetries: 2,
		Wait: wait,
	})
	if err != nil {
		return err
	}
	w.undo(func(ctx context.Context) error {
		_, err := balancers.DeleteHealthMonitor(ctx, &pb.DeleteHealthMonitorRequest{
			Location: w.cloud, NameOrId: monitor.HealthMonitor.Id, Wait: wait,
		})
		return err
	})
	right := member.PoolMember.Address == w.address && member.PoolMember.PoolId == pool
	return check(right, member.PoolMember)
}
