image_tag = "0.2.4"
