"""Named formats of metered energy: each says of itself what a layout has to say of a table."""
