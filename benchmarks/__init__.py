"""What the program costs: `make bench` measures it and writes the table of the README."""
