# The workers' image: the release's own with the Python packages of the detectors. Their code comes with each job.

locals {
  image_uri = var.image_tag == null ? null : "${module.image.url}:${var.image_tag}"
}

module "image" {
  source = "../../modules/image-repository"
  name   = "${module.naming.prefix}/${local.service}"
}

# EMR Serverless itself pulls the image when the application starts, for this application and no other.
# https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/application-custom-image.html
resource "aws_ecr_repository_policy" "image" {
  count      = var.image_tag == null ? 0 : 1
  repository = module.image.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "PullTheWorkersImage"
      Effect    = "Allow"
      Principal = { Service = "emr-serverless.amazonaws.com" }
      Action    = ["ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer"]
      Condition = { StringEquals = { "aws:SourceArn" = module.application.application_arn } }
    }]
  })
}
