"""Alerts and dashboards for Prometheus and Grafana."""
