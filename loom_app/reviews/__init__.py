"""Reviews: what a run changed and what people say of it, merging what they approve, taking back what landed."""
