"""Tables and plots of the papers' experiments, made from the folders that `hearsay run` left."""
