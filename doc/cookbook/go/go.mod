module opendev.org/x/oaktree/doc/cookbook/go

go 1.24.0

require (
	google.golang.org/protobuf v1.36.12
	opendev.org/x/oaktree/oaktreemodel/go v0.0.0
)

require (
	go.yaml.in/yaml/v3 v3.0.4 // indirect
	golang.org/x/net v0.49.0 // indirect
	golang.org/x/sys v0.40.0 // indirect
	golang.org/x/text v0.33.0 // indirect
	google.golang.org/genproto/googleapis/rpc v0.0.0-20260120221211-b8f7ae30c516 // indirect
	google.golang.org/grpc v1.80.0 // indirect
)

replace opendev.org/x/oaktree/oaktreemodel/go => ../../../oaktreemodel/go
