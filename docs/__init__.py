"""The words of Pantau, and what makes the generated ones."""
