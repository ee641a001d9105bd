package main

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

var here = surroundings{region: "us-west-2", account: "000000000000"}

func text(value string) tftypes.Value { return tftypes.NewValue(tftypes.String, value) }

func unknown() tftypes.Value { return tftypes.NewValue(tftypes.String, tftypes.UnknownValue) }

func read(t *testing.T, value tftypes.Value) string {
	t.Helper()
	var result string
	if err := value.As(&result); err != nil {
		t.Fatal(err)
	}
	return result
}

func TestAnArnFollowsFromNameRegionAndAccount(t *testing.T) {
	table := derivationTable{"aws_kinesis_stream": {"arn": "arn:aws:kinesis:{region}:{account}:stream/{name}", "id": "{arn}"}}
	planned := map[string]tftypes.Value{"name": text("trades"), "arn": unknown(), "id": unknown(), "region": unknown()}

	table.apply("aws_kinesis_stream", planned, here)

	if got := read(t, planned["id"]); got != "arn:aws:kinesis:us-west-2:000000000000:stream/trades" {
		t.Errorf("id is %q", got)
	}
}

func TestAResourceMayLieInAnotherRegionThanItsProvider(t *testing.T) {
	table := derivationTable{"aws_sqs_queue": {"arn": "arn:aws:sqs:{region}:{account}:{name}"}}
	planned := map[string]tftypes.Value{"name": text("tap"), "arn": unknown(), "region": text("eu-west-1")}

	table.apply("aws_sqs_queue", planned, here)

	if got := read(t, planned["arn"]); got != "arn:aws:sqs:eu-west-1:000000000000:tap" {
		t.Errorf("arn is %q", got)
	}
}

func TestAGlobalResourceHasNoRegionOfItsOwn(t *testing.T) {
	table := derivationTable{"aws_iam_role": {"arn": "arn:aws:iam::{account}:role/{name}"}}
	planned := map[string]tftypes.Value{"name": text("writer"), "arn": unknown()}

	table.apply("aws_iam_role", planned, here)

	if got := read(t, planned["arn"]); got != "arn:aws:iam::000000000000:role/writer" {
		t.Errorf("arn is %q", got)
	}
}

func TestWhatHangsOnSomethingUnknownStaysUnknown(t *testing.T) {
	table := derivationTable{"aws_sqs_queue": {"arn": "arn:aws:sqs:{region}:{account}:{name}"}}
	cases := map[string]struct {
		name   tftypes.Value
		around surroundings
	}{
		"name decided by AWS": {unknown(), here},
		"no name":             {tftypes.NewValue(tftypes.String, nil), here},
		"no account":          {text("tap"), surroundings{region: "us-west-2"}},
	}
	for label, test := range cases {
		t.Run(label, func(t *testing.T) {
			planned := map[string]tftypes.Value{"name": test.name, "arn": unknown(), "region": unknown()}

			table.apply("aws_sqs_queue", planned, test.around)

			if planned["arn"].IsKnown() {
				t.Errorf("arn is %v", planned["arn"])
			}
		})
	}
}

func TestAValueFromTheCodeIsKept(t *testing.T) {
	table := derivationTable{"aws_glue_catalog_database": {"catalog_id": "{account}"}}
	planned := map[string]tftypes.Value{"catalog_id": text("111111111111")}

	table.apply("aws_glue_catalog_database", planned, here)

	if got := read(t, planned["catalog_id"]); got != "111111111111" {
		t.Errorf("catalog_id is %q", got)
	}
}

func TestAnArnGivesItsLastPart(t *testing.T) {
	table := derivationTable{"aws_ecs_service": {"arn": "service/{cluster|basename}/{name}"}}
	planned := map[string]tftypes.Value{"cluster": text("arn:aws:ecs:us-west-2:000000000000:cluster/coattail"), "name": text("writer"), "arn": unknown()}

	table.apply("aws_ecs_service", planned, here)

	if got := read(t, planned["arn"]); got != "service/coattail/writer" {
		t.Errorf("arn is %q", got)
	}
}

func TestOwnTagsWinOverDefaultTags(t *testing.T) {
	tags := tftypes.Map{ElementType: tftypes.String}
	around := surroundings{defaultTags: map[string]tftypes.Value{"Project": text("coattail"), "Stack": text("platform")}}
	planned := map[string]tftypes.Value{
		"tags":     tftypes.NewValue(tags, map[string]tftypes.Value{"Stack": text("other")}),
		"tags_all": tftypes.NewValue(tags, tftypes.UnknownValue),
	}

	derivationTable{}.apply("aws_sqs_queue", planned, around)

	all := map[string]tftypes.Value{}
	if err := planned["tags_all"].As(&all); err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || read(t, all["Stack"]) != "other" {
		t.Errorf("tags_all is %v", all)
	}
}

func TestTheTableNamesOnlyPlaceholdersThatCanBeFilled(t *testing.T) {
	table, err := parseDerivations(derivations)
	if err != nil {
		t.Fatal(err)
	}
	for resourceType, templates := range table {
		for attribute, template := range templates {
			if rest := placeholder.ReplaceAllString(template, ""); containsBrace(rest) {
				t.Errorf("%s.%s: %q has a placeholder that is not understood", resourceType, attribute, template)
			}
		}
	}
}

func containsBrace(text string) bool {
	for _, letter := range text {
		if letter == '{' || letter == '}' {
			return true
		}
	}
	return false
}
