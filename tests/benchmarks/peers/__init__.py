"""Other toolkits that train_speed.py and time_to_quality.py measure, each run by its own Python."""
