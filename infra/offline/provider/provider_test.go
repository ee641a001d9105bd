package main

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

const sampleSchema = `{
  "provider": {
    "attributes": {
      "region": {"type": "string", "optional": true},
      "allowed_account_ids": {"type": ["set", "string"], "optional": true}
    },
    "block_types": {
      "default_tags": {"nesting_mode": "list", "block": {"attributes": {"tags": {"type": ["map", "string"], "optional": true}}}}
    }
  },
  "resource_schemas": {
    "aws_queue": {
      "attributes": {
        "name": {"type": "string", "required": true},
        "arn": {"type": "string", "computed": true},
        "region": {"type": "string", "optional": true, "computed": true},
        "created": {"type": "string", "computed": true}
      },
      "block_types": {
        "dead_letters": {"nesting_mode": "list", "max_items": 1, "block": {"attributes": {
          "after": {"type": "number", "required": true},
          "arn": {"type": "string", "computed": true}
        }}}
      }
    }
  }
}`

var sampleTable = derivationTable{"aws_queue": {"arn": "arn:aws:sqs:{region}:{account}:{name}"}}

func sampleProvider(t *testing.T) *offlineProvider {
	t.Helper()
	var file schemaFile
	if err := json.Unmarshal([]byte(sampleSchema), &file); err != nil {
		t.Fatal(err)
	}
	loaded, err := newSchemas(file)
	if err != nil {
		t.Fatal(err)
	}
	p := newOfflineProvider(loaded, sampleTable)
	config := object(loaded.provider, map[string]any{"region": "us-west-2", "allowed_account_ids": []tftypes.Value{text("000000000000")}})
	dynamic := wrap(t, config)
	if _, err := p.ConfigureProvider(context.Background(), &tfprotov5.ConfigureProviderRequest{Config: &dynamic}); err != nil {
		t.Fatal(err)
	}
	return p
}

// object makes a value of a schema's type; what is not given is null.
func object(schema *tfprotov5.Schema, given map[string]any) tftypes.Value {
	objectType := schema.ValueType().(tftypes.Object)
	values := map[string]tftypes.Value{}
	for name, attributeType := range objectType.AttributeTypes {
		values[name] = tftypes.NewValue(attributeType, given[name])
	}
	return tftypes.NewValue(objectType, values)
}

func wrap(t *testing.T, value tftypes.Value) tfprotov5.DynamicValue {
	t.Helper()
	dynamic, err := tfprotov5.NewDynamicValue(value.Type(), value)
	if err != nil {
		t.Fatal(err)
	}
	return dynamic
}

func TestAPlanFillsInWhatCanBeDerivedAndLeavesTheRestUnknown(t *testing.T) {
	p := sampleProvider(t)
	schema := p.schemas.resources["aws_queue"]
	proposed := wrap(t, object(schema, map[string]any{"name": "tap"}))

	response, err := p.PlanResourceChange(context.Background(), &tfprotov5.PlanResourceChangeRequest{TypeName: "aws_queue", ProposedNewState: &proposed})
	if err != nil {
		t.Fatal(err)
	}
	planned, err := attributesOf(response.PlannedState, schema)
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, planned["arn"]); got != "arn:aws:sqs:us-west-2:000000000000:tap" {
		t.Errorf("arn is %q", got)
	}
	if planned["created"].IsKnown() {
		t.Error("created is known, and only AWS can know it")
	}
}

func TestAnArgumentThatOnlyAwsDecidesIsRefused(t *testing.T) {
	p := sampleProvider(t)
	schema := p.schemas.resources["aws_queue"]
	config := wrap(t, object(schema, map[string]any{"name": "tap", "created": "today"}))

	response, err := p.ValidateResourceTypeConfig(context.Background(), &tfprotov5.ValidateResourceTypeConfigRequest{TypeName: "aws_queue", Config: &config})

	if err != nil {
		t.Fatal(err)
	}
	if len(response.Diagnostics) != 1 || response.Diagnostics[0].Severity != tfprotov5.DiagnosticSeverityError {
		t.Errorf("diagnostics are %v", response.Diagnostics)
	}
}

func TestAttributesAreFoundInsideBlocks(t *testing.T) {
	p := sampleProvider(t)
	path := tftypes.NewAttributePath().WithAttributeName("dead_letters").WithElementKeyInt(0).WithAttributeName("arn")

	found, ok := p.schemas.file.Resources["aws_queue"].attributeAt(path)

	if !ok || !found.Computed {
		t.Errorf("found %v, %v", found, ok)
	}
}

func TestNothingIsEverCreated(t *testing.T) {
	_, err := sampleProvider(t).ApplyResourceChange(context.Background(), &tfprotov5.ApplyResourceChangeRequest{})

	if !errors.Is(err, errOffline) {
		t.Errorf("error is %v", err)
	}
}
