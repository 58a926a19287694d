-- As in `dirty`: what fails three times is set aside with its reason, and holds nothing else up.
ALTER TABLE dirty_area
    ADD COLUMN attempts int2 NOT NULL DEFAULT 0,
    ADD COLUMN failure text;
