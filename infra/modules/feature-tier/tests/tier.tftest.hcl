variables {
  tier   = "small"
  folder = "./tests/tiers"

  features = "./tests/features.yaml"
}

run "a_tier_has_its_modules" {
  command = plan

  assert {
    condition     = output.modules == tolist(["a", "b"])
    error_message = "The small tier has other modules than its file says."
  }
}

run "a_tier_adds_its_modules_to_those_below" {
  command = plan
  variables { tier = "medium" }

  assert {
    condition     = output.modules == tolist(["a", "b", "c"])
    error_message = "The medium tier's modules are not the small tier's and then its own, each once."
  }
}

run "a_tier_without_modules_of_its_own_has_those_below" {
  command = plan
  variables { tier = "large" }

  assert {
    condition     = output.modules == tolist(["a", "b", "c"])
    error_message = "The large tier does not have all that is below it."
  }
}

run "single_modules_are_switched_on_and_off" {
  command = plan
  variables { features = "./tests/overrides.yaml" }

  assert {
    condition     = output.modules == tolist(["a", "z"])
    error_message = "module_overrides does not take b away and add z."
  }
}

run "a_circle_is_refused" {
  command = plan
  variables { folder = "./tests/circle" }
  expect_failures = [output.modules]
}

run "a_tier_is_one_of_three" {
  command = plan
  variables { tier = "gold" }
  expect_failures = [var.tier]
}
