"""Other toolkits that train_speed.py measures: one module for each, run by its own Python."""
