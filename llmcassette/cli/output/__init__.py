"""How the commands print what they found."""
