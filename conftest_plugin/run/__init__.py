"""The run as a whole: its facts, the network guard, verification, and the end of the run."""
