"""Drive and inspect the simulator: faults, inbound texts, the record, human pages."""
