variables {
  tier   = "small"
  folder = "./tests/tiers"
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
