"""EMR Serverless whose job runs are real: each is a `spark-submit` on this machine, watched, restarted and ended."""
