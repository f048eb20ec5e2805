"""The contract's messages as the JSON that the API returns."""
