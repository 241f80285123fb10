module opendev.org/x/oaktree/tests/interop/go

go 1.24.0

require (
	google.golang.org/protobuf v1.36.12
	opendev.org/x/oaktree/oaktreemodel/go v0.0.0
)

replace opendev.org/x/oaktree/oaktreemodel/go => ../../../oaktreemodel/go
