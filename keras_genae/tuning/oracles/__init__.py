"""What proposes the values of the next trial."""
