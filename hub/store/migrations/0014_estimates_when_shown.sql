-- Estimates are made when they are shown (docs/decisions/0006): nothing ever filled these columns.
ALTER TABLE channel_day DROP COLUMN estimated;
ALTER TABLE channel_month DROP COLUMN estimated;
ALTER TABLE household_day DROP COLUMN estimated;
ALTER TABLE household_month DROP COLUMN estimated;
