"""AWS on one machine: LocalStack up and down, the Terraform plan deployed to it, EMR Serverless jobs watched."""
