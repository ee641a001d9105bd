package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// schemaFile is the part of `terraform providers schema -json` that planning needs.
type schemaFile struct {
	Provider    block            `json:"provider"`
	Resources   map[string]block `json:"resource_schemas"`
	DataSources map[string]block `json:"data_source_schemas"`
}

type block struct {
	Attributes map[string]attribute   `json:"attributes"`
	Blocks     map[string]nestedBlock `json:"block_types"`
}

type attribute struct {
	Type     json.RawMessage `json:"type"`
	Optional bool            `json:"optional"`
	Required bool            `json:"required"`
	Computed bool            `json:"computed"`
}

type nestedBlock struct {
	Mode     string `json:"nesting_mode"`
	Block    block  `json:"block"`
	MinItems int64  `json:"min_items"`
	MaxItems int64  `json:"max_items"`
}

var nestingModes = map[string]tfprotov5.SchemaNestedBlockNestingMode{
	"list":   tfprotov5.SchemaNestedBlockNestingModeList,
	"set":    tfprotov5.SchemaNestedBlockNestingModeSet,
	"single": tfprotov5.SchemaNestedBlockNestingModeSingle,
	"map":    tfprotov5.SchemaNestedBlockNestingModeMap,
}

// schemas holds each schema twice: as Terraform's protocol wants it, and as read, for looking up single attributes.
type schemas struct {
	file        schemaFile
	provider    *tfprotov5.Schema
	resources   map[string]*tfprotov5.Schema
	dataSources map[string]*tfprotov5.Schema
}

func loadSchemas(path string) (*schemas, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var file schemaFile
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return newSchemas(file)
}

func newSchemas(file schemaFile) (*schemas, error) {
	provider, err := protocolSchema("provider", file.Provider)
	if err != nil {
		return nil, err
	}
	resources, err := protocolSchemas(file.Resources)
	if err != nil {
		return nil, err
	}
	dataSources, err := protocolSchemas(file.DataSources)
	if err != nil {
		return nil, err
	}
	return &schemas{file: file, provider: provider, resources: resources, dataSources: dataSources}, nil
}

func protocolSchemas(blocks map[string]block) (map[string]*tfprotov5.Schema, error) {
	result := make(map[string]*tfprotov5.Schema, len(blocks))
	for name, b := range blocks {
		schema, err := protocolSchema(name, b)
		if err != nil {
			return nil, err
		}
		result[name] = schema
	}
	return result, nil
}

func protocolSchema(name string, b block) (*tfprotov5.Schema, error) {
	converted, err := protocolBlock(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &tfprotov5.Schema{Block: converted}, nil
}

func protocolBlock(b block) (*tfprotov5.SchemaBlock, error) {
	result := &tfprotov5.SchemaBlock{}
	for name, a := range b.Attributes {
		attributeType, err := tftypes.ParseJSONType(a.Type) //nolint:staticcheck // the one parser of Terraform's JSON type notation
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		result.Attributes = append(result.Attributes, &tfprotov5.SchemaAttribute{
			Name: name, Type: attributeType, Optional: a.Optional, Required: a.Required, Computed: a.Computed,
		})
	}
	for name, nested := range b.Blocks {
		inner, err := protocolBlock(nested.Block)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		mode, known := nestingModes[nested.Mode]
		if !known {
			return nil, fmt.Errorf("%s: unknown nesting mode %q", name, nested.Mode)
		}
		result.BlockTypes = append(result.BlockTypes, &tfprotov5.SchemaNestedBlock{
			TypeName: name, Nesting: mode, MinItems: nested.MinItems, MaxItems: nested.MaxItems, Block: inner,
		})
	}
	return result, nil
}

// attributeAt finds the attribute that a path ends at; list indexes, set values and map keys are stepped over.
func (b block) attributeAt(path *tftypes.AttributePath) (attribute, bool) {
	current := b
	steps := path.Steps()
	for i, step := range steps {
		name, isName := step.(tftypes.AttributeName)
		if !isName {
			continue
		}
		if a, ok := current.Attributes[string(name)]; ok {
			return a, i == len(steps)-1
		}
		nested, ok := current.Blocks[string(name)]
		if !ok {
			return attribute{}, false
		}
		current = nested.Block
	}
	return attribute{}, false
}
