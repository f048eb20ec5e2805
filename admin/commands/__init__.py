"""The commands, one file for each thing that operators work on."""
