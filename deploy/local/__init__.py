"""The whole platform on one machine: embedded servers, simulator and services under one parent."""
