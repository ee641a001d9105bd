image_tag = "0.1.0"
