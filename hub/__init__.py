"""The domain of the district energy hub: model, clock, store, rollup, disclosure, read routes."""
