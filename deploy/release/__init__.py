"""What a release is made of, and whether it keeps what the release before has promised."""
