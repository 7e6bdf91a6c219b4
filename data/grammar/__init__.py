"""A synchronous grammar of everyday English, German and Chinese sentences."""
