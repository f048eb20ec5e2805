"""Run the whole platform on one machine: embedded servers, simulator and services."""
