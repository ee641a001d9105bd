locals {
  lake = module.naming.buckets.lake

  statements = [
    {
      Sid      = "CreateAndLookAtTheTables"
      Effect   = "Allow"
      Action   = ["glue:CreateDatabase", "glue:CreateTable", "glue:GetDatabase", "glue:GetTable", "glue:GetTables"]
      Resource = [module.naming.database.catalog, module.naming.database.arn, module.naming.database.tables_arn]
    },
    {
      Sid      = "WriteTheTablesMetadata"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject"]
      Resource = "${local.lake.arn}/warehouse/*/metadata/*"
    },
    {
      Sid      = "LookIntoTheLake"
      Effect   = "Allow"
      Action   = ["s3:GetBucketLocation", "s3:ListBucket"]
      Resource = local.lake.arn
    },
    {
      Sid      = "ReadTheModules"
      Effect   = "Allow"
      Action   = "ssm:GetParameter"
      Resource = "${module.naming.features_arn}/modules"
    },
    {
      Sid      = "TellOfTables"
      Effect   = "Allow"
      Action   = "events:PutEvents"
      Resource = module.naming.bus.arn
    },
  ]
}
