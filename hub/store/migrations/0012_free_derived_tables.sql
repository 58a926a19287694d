-- Derived rows take their measure from the table of measures in the same transaction, so checking
-- each of them again at its insertion finds nothing and cost more than half of writing it.
ALTER TABLE household_day DROP CONSTRAINT household_day_measure_id_fkey;
ALTER TABLE household_month DROP CONSTRAINT household_month_measure_id_fkey;
ALTER TABLE area_day DROP CONSTRAINT area_day_measure_id_fkey;
ALTER TABLE area_month DROP CONSTRAINT area_month_measure_id_fkey;
ALTER TABLE area_slot DROP CONSTRAINT area_slot_measure_id_fkey;
