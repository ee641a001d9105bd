image_tag = "0.3.0"
