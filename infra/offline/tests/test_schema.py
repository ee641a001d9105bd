"""The extraction, on bindings as the generator writes them (shortened)."""

import pytest
from infra.offline.errors import SetupError
from infra.offline.schema import Attribute, Nested, build, require_types

RESOURCE = """
export interface ThingRuleConfig { readonly days: number; }
export function thingRuleToHclTerraform(struct?: ThingRule): any {
  const attrs = {
    days: {
      value: cdktn.numberToHclTerraform(struct!.days),
      isBlock: false,
      type: "simple",
      storageClassType: "number",
    },
  };
}

export class ThingRuleOutputReference extends cdktn.ComplexObject {
  // days - computed: false, optional: false, required: true
  private _days?: number;
  public get days() {
    return this.getNumberAttribute('days');
  }
}
export class ThingEndpointOutputReference extends cdktn.ComplexObject {
  // port - computed: true, optional: false, required: false
  public get port() {
    return this.getNumberAttribute('port');
  }
}

export class ThingEndpointList extends cdktn.ComplexList {
  public get(index: number): ThingEndpointOutputReference {
    return new ThingEndpointOutputReference(this.terraformResource, this.terraformAttribute, index, this.wrapsSet);
  }
}

export class Thing extends cdktn.TerraformResource {
  public static readonly tfResourceType = "aws_thing";

  // arn - computed: true, optional: false, required: false
  public get arn() {
    return this.getStringAttribute('arn');
  }

  // zones - computed: true, optional: false, required: false
  public get zones() {
    return cdktn.Fn.tolist(this.getListAttribute('zones'));
  }

  // name - computed: false, optional: false, required: true
  private _name?: string;
  public get name() {
    return this.getStringAttribute('name');
  }

  // labels - computed: true, optional: false, required: false
  private _labels = new cdktn.StringMap(this, "labels");

  // endpoints - computed: true, optional: false, required: false
  private _endpoints = new ThingEndpointList(this, "endpoints", false);

  // rule - computed: false, optional: true, required: false
  private _rule = new ThingRuleOutputReference(this, "rule");

  protected synthesizeHclAttributes(): { [name: string]: any } {
    const attrs = {
      name: {
        value: cdktn.stringToHclTerraform(this._name),
        isBlock: false,
        type: "simple",
        storageClassType: "string",
      },
      rule: {
        value: thingRuleToHclTerraform(this._rule.internalValue),
        isBlock: true,
        type: "list",
        storageClassType: "ThingRuleList",
      },
    };
  }
}
"""


def test_flags_and_types_of_attributes() -> None:
    thing = build([RESOURCE]).resources["aws_thing"]

    assert thing.attributes["name"] == Attribute("string", computed=False, optional=False, required=True)
    assert thing.attributes["arn"] == Attribute("string", computed=True, optional=False, required=False)


def test_a_computed_attribute_has_the_type_of_its_own_getter_and_not_of_the_next_one() -> None:
    thing = build([RESOURCE]).resources["aws_thing"]

    assert thing.attributes["arn"].type == "string"
    assert thing.attributes["zones"].type == ["set", "string"]
    assert thing.attributes["labels"].type == ["map", "string"]


def test_a_block_that_is_one_object_may_stand_once() -> None:
    rule = build([RESOURCE]).resources["aws_thing"].blocks["rule"]

    assert (rule.nesting, rule.min_items, rule.max_items) == ("list", 0, 1)
    assert rule.block.attributes["days"].required


def test_what_is_only_computed_is_an_attribute_of_object_type() -> None:
    thing = build([RESOURCE]).resources["aws_thing"]

    assert thing.attributes["endpoints"].type == ["list", ["object", {"port": "number"}]]


def test_a_type_that_the_bindings_do_not_tell_is_left_out_and_named() -> None:
    source = RESOURCE.replace("this.getStringAttribute('arn')", "this.interpolationForAttribute('arn')")

    schema = build([source])

    assert schema.left_out == ["aws_thing"]
    assert not schema.resources


def test_the_providers_blocks_take_their_arguments_from_the_mapping_functions() -> None:
    source = """
export function awsProviderDefaultTagsToHclTerraform(struct?: AwsProviderDefaultTags): any {
  const attrs = {
    tags: {
      value: cdktn.hashMapperHcl(cdktn.stringToHclTerraform)(struct!.tags),
      isBlock: false,
      type: "map",
      storageClassType: "stringMap",
    },
  };
}

export class AwsProvider extends cdktn.TerraformProvider {
  public static readonly tfResourceType = "aws";

  // default_tags - computed: false, optional: true, required: false
  private _defaultTags?: AwsProviderDefaultTags[] | cdktn.IResolvable;
  public get defaultTags() {
    return this._defaultTags;
  }

  protected synthesizeHclAttributes(): { [name: string]: any } {
    const attrs = {
      default_tags: {
        value: cdktn.listMapperHcl(awsProviderDefaultTagsToHclTerraform, true)(this._defaultTags),
        isBlock: true,
        type: "list",
        storageClassType: "AwsProviderDefaultTagsList",
      },
    };
  }
}
"""
    provider = build([source]).provider

    block = provider.blocks["default_tags"]
    assert isinstance(block, Nested)
    assert block.block.attributes["tags"].type == ["map", "string"]
    assert "default_tags" not in provider.attributes


def test_schema_of_bindings_that_nobody_recognises() -> None:
    """The classes of another library: without this the provider would serve no types, and say so of each resource."""
    other = build([RESOURCE.replace("cdktn.", "other.")])

    assert other.resources == {}
    with pytest.raises(SetupError, match=r"@scope/thing@1\.0\.0 holds no resources"):
        require_types(other, "@scope/thing@1.0.0")
