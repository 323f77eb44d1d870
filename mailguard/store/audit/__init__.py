"""The audit chain: written, walked, anchored outside, and given out as evidence."""
