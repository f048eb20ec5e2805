"""A2P 10DLC registration: Trust Hub, brands, campaigns and the events about them."""
