# The modules of a tier, from the tier files (config/tiers): its own after those of the tier that it extends, each once; then what
# `module_overrides` of the features file switches on or off. The detectors read the same files in the same way
# (coattail_detectors.kernel.tiers and .features), and check what else stands in them.

locals {
  files = { for name in ["small", "medium", "large"] : name => yamldecode(file("${var.folder}/${name}.yaml")) }

  # Three files: the longest chain has three links.
  first  = var.tier
  second = lookup(local.files[local.first], "extends", null)
  third  = local.second == null ? null : lookup(local.files[local.second], "extends", null)
  fourth = local.third == null ? null : lookup(local.files[local.third], "extends", null)

  chain = [for name in [local.third, local.second, local.first] : name if name != null]
  tier  = distinct(flatten([for name in local.chain : lookup(local.files[name], "modules", [])]))

  features  = yamldecode(file(var.features))
  overrides = try(local.features.module_overrides, {})
  modules = tolist([
    for name in distinct(concat(local.tier, [for name, on in local.overrides : name if on])) :
    name if lookup(local.overrides, name, true)
  ])
}
