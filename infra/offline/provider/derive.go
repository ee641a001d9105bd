package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// derivationTable gives, per resource type and computed attribute, the template of a value that AWS would form the same way.
type derivationTable map[string]map[string]string

// placeholder is `{attribute}` or `{attribute|basename}`: the part after the last slash.
var placeholder = regexp.MustCompile(`\{([a-z_]+)(\|basename)?\}`)

func parseDerivations(raw []byte) (derivationTable, error) {
	var table derivationTable
	if err := json.Unmarshal(raw, &table); err != nil {
		return nil, fmt.Errorf("derived.json: %w", err)
	}
	return table, nil
}

// surroundings is what the provider block says about where resources live.
type surroundings struct {
	region      string
	account     string
	defaultTags map[string]tftypes.Value
}

// apply replaces what is still unknown in a planned resource by what its name, region and account decide.
// A template over a value that is itself unknown stays unknown.
func (table derivationTable) apply(resourceType string, planned map[string]tftypes.Value, around surroundings) {
	if region, exists := planned["region"]; exists && !region.IsKnown() && around.region != "" {
		planned["region"] = tftypes.NewValue(tftypes.String, around.region)
	}
	mergeTags(planned, around.defaultTags)
	templates := table[resourceType]
	// A template may use a derived attribute (`id` is often `{arn}`), so repeat until nothing more becomes known.
	for changed := true; changed; {
		changed = false
		for name, template := range templates {
			current, exists := planned[name]
			if !exists || current.IsKnown() {
				continue
			}
			if text, complete := expand(template, planned, around); complete {
				planned[name] = tftypes.NewValue(tftypes.String, text)
				changed = true
			}
		}
	}
}

func mergeTags(planned map[string]tftypes.Value, defaults map[string]tftypes.Value) {
	all, exists := planned["tags_all"]
	if !exists || all.IsKnown() {
		return
	}
	merged := map[string]tftypes.Value{}
	for key, value := range defaults {
		merged[key] = value
	}
	if own, ok := planned["tags"]; ok {
		if !own.IsKnown() {
			return
		}
		tags := map[string]tftypes.Value{}
		if !own.IsNull() && own.As(&tags) != nil {
			return
		}
		for key, value := range tags {
			merged[key] = value
		}
	}
	planned["tags_all"] = tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, merged)
}

func expand(template string, planned map[string]tftypes.Value, around surroundings) (string, bool) {
	complete := true
	text := placeholder.ReplaceAllStringFunc(template, func(match string) string {
		parts := placeholder.FindStringSubmatch(match)
		value, ok := lookUp(parts[1], planned, around)
		complete = complete && ok
		if parts[2] != "" {
			value = value[strings.LastIndex(value, "/")+1:]
		}
		return value
	})
	return text, complete
}

func lookUp(name string, planned map[string]tftypes.Value, around surroundings) (string, bool) {
	if name == "account" {
		return around.account, around.account != ""
	}
	value, exists := planned[name]
	if !exists && name == "region" {
		return around.region, around.region != ""
	}
	if !exists || !value.IsFullyKnown() || value.IsNull() || !value.Type().Is(tftypes.String) {
		return "", false
	}
	var text string
	err := value.As(&text)
	return text, err == nil && text != ""
}
