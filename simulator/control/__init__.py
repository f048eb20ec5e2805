"""What drives and inspects the simulator: faults, inbound texts, the record, human pages."""
