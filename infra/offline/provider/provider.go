package main

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// offlineProvider answers the calls that `terraform validate`, `plan` and `test` make; refusals answers the rest.
type offlineProvider struct {
	refusals
	schemas *schemas
	derived derivationTable
	around  surroundings
}

var _ tfprotov5.ProviderServer = (*offlineProvider)(nil)

func newOfflineProvider(s *schemas, table derivationTable) *offlineProvider {
	return &offlineProvider{schemas: s, derived: table}
}

func (p *offlineProvider) GetMetadata(context.Context, *tfprotov5.GetMetadataRequest) (*tfprotov5.GetMetadataResponse, error) {
	return &tfprotov5.GetMetadataResponse{}, nil
}

func (p *offlineProvider) GetProviderSchema(context.Context, *tfprotov5.GetProviderSchemaRequest) (*tfprotov5.GetProviderSchemaResponse, error) {
	return &tfprotov5.GetProviderSchemaResponse{
		Provider:           p.schemas.provider,
		ResourceSchemas:    p.schemas.resources,
		DataSourceSchemas:  p.schemas.dataSources,
		ServerCapabilities: &tfprotov5.ServerCapabilities{GetProviderSchemaOptional: true},
	}, nil
}

func (p *offlineProvider) PrepareProviderConfig(_ context.Context, request *tfprotov5.PrepareProviderConfigRequest) (*tfprotov5.PrepareProviderConfigResponse, error) {
	return &tfprotov5.PrepareProviderConfigResponse{PreparedConfig: request.Config}, nil
}

// ConfigureProvider reads region, the one allowed account and the default tags: what derived values are made of.
func (p *offlineProvider) ConfigureProvider(_ context.Context, request *tfprotov5.ConfigureProviderRequest) (*tfprotov5.ConfigureProviderResponse, error) {
	config, err := attributesOf(request.Config, p.schemas.provider)
	if err != nil {
		return nil, err
	}
	p.around, err = readSurroundings(config)
	return &tfprotov5.ConfigureProviderResponse{}, err
}

func (p *offlineProvider) StopProvider(context.Context, *tfprotov5.StopProviderRequest) (*tfprotov5.StopProviderResponse, error) {
	return &tfprotov5.StopProviderResponse{}, nil
}

// ValidateResourceTypeConfig refuses values for attributes that only AWS sets; Terraform itself checks the rest of a schema.
func (p *offlineProvider) ValidateResourceTypeConfig(_ context.Context, request *tfprotov5.ValidateResourceTypeConfigRequest) (*tfprotov5.ValidateResourceTypeConfigResponse, error) {
	response := &tfprotov5.ValidateResourceTypeConfigResponse{}
	config, err := request.Config.Unmarshal(p.schemas.resources[request.TypeName].ValueType())
	if err != nil {
		return nil, err
	}
	resource := p.schemas.file.Resources[request.TypeName]
	err = tftypes.Walk(config, func(path *tftypes.AttributePath, value tftypes.Value) (bool, error) {
		a, isAttribute := resource.attributeAt(path)
		if isAttribute && a.Computed && !a.Optional && !value.IsNull() {
			response.Diagnostics = append(response.Diagnostics, &tfprotov5.Diagnostic{
				Severity:  tfprotov5.DiagnosticSeverityError,
				Summary:   "Value for unconfigurable attribute",
				Detail:    fmt.Sprintf("%s of %s is decided by AWS: remove the argument.", path, request.TypeName),
				Attribute: path,
			})
		}
		return true, nil
	})
	return response, err
}

func (p *offlineProvider) ValidateDataSourceConfig(context.Context, *tfprotov5.ValidateDataSourceConfigRequest) (*tfprotov5.ValidateDataSourceConfigResponse, error) {
	return &tfprotov5.ValidateDataSourceConfigResponse{}, nil
}

func (p *offlineProvider) UpgradeResourceState(_ context.Context, request *tfprotov5.UpgradeResourceStateRequest) (*tfprotov5.UpgradeResourceStateResponse, error) {
	resourceType := p.schemas.resources[request.TypeName].ValueType()
	value, err := request.RawState.Unmarshal(resourceType)
	if err != nil {
		return nil, err
	}
	state, err := tfprotov5.NewDynamicValue(resourceType, value)
	return &tfprotov5.UpgradeResourceStateResponse{UpgradedState: &state}, err
}

func (p *offlineProvider) ReadResource(_ context.Context, request *tfprotov5.ReadResourceRequest) (*tfprotov5.ReadResourceResponse, error) {
	return &tfprotov5.ReadResourceResponse{NewState: request.CurrentState}, nil
}

// PlanResourceChange marks what AWS would decide as unknown and then fills in what can be derived.
func (p *offlineProvider) PlanResourceChange(_ context.Context, request *tfprotov5.PlanResourceChangeRequest) (*tfprotov5.PlanResourceChangeResponse, error) {
	resourceType := p.schemas.resources[request.TypeName].ValueType()
	proposed, err := request.ProposedNewState.Unmarshal(resourceType)
	if err != nil {
		return nil, err
	}
	// Like the real provider's older half: optional computed attributes inside blocks would else be called inconsistent.
	response := &tfprotov5.PlanResourceChangeResponse{PlannedState: request.ProposedNewState, UnsafeToUseLegacyTypeSystem: true}
	if proposed.IsNull() {
		return response, nil
	}
	resource := p.schemas.file.Resources[request.TypeName]
	planned, err := tftypes.Transform(proposed, func(path *tftypes.AttributePath, value tftypes.Value) (tftypes.Value, error) {
		if a, isAttribute := resource.attributeAt(path); isAttribute && a.Computed && value.IsKnown() && value.IsNull() {
			return tftypes.NewValue(value.Type(), tftypes.UnknownValue), nil
		}
		return value, nil
	})
	if err != nil {
		return nil, err
	}
	attributes := map[string]tftypes.Value{}
	if err := planned.As(&attributes); err != nil {
		return nil, err
	}
	p.derived.apply(request.TypeName, attributes, p.around)
	state, err := tfprotov5.NewDynamicValue(resourceType, tftypes.NewValue(resourceType, attributes))
	response.PlannedState = &state
	return response, err
}

func attributesOf(value *tfprotov5.DynamicValue, schema *tfprotov5.Schema) (map[string]tftypes.Value, error) {
	object, err := value.Unmarshal(schema.ValueType())
	if err != nil {
		return nil, err
	}
	attributes := map[string]tftypes.Value{}
	return attributes, object.As(&attributes)
}

func readSurroundings(config map[string]tftypes.Value) (surroundings, error) {
	around := surroundings{}
	if region := config["region"]; region.IsKnown() && !region.IsNull() {
		if err := region.As(&around.region); err != nil {
			return around, err
		}
	}
	accounts := []tftypes.Value{}
	if ids := config["allowed_account_ids"]; ids.IsFullyKnown() && !ids.IsNull() {
		if err := ids.As(&accounts); err != nil {
			return around, err
		}
	}
	if len(accounts) == 1 {
		if err := accounts[0].As(&around.account); err != nil {
			return around, err
		}
	}
	var err error
	around.defaultTags, err = readDefaultTags(config["default_tags"])
	return around, err
}

func readDefaultTags(blocks tftypes.Value) (map[string]tftypes.Value, error) {
	list := []tftypes.Value{}
	tags := map[string]tftypes.Value{}
	if !blocks.IsFullyKnown() || blocks.IsNull() {
		return tags, nil
	}
	if err := blocks.As(&list); err != nil {
		return nil, err
	}
	for _, entry := range list {
		fields := map[string]tftypes.Value{}
		if err := entry.As(&fields); err != nil {
			return nil, err
		}
		if fields["tags"].IsNull() {
			continue
		}
		if err := fields["tags"].As(&tags); err != nil {
			return nil, err
		}
	}
	return tags, nil
}
