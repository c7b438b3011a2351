"""What the API answers, as pydantic models: one module for each noun."""
