"""What tests are made of: fakes, made-up records, scenes, and the rules that every connector passes."""
