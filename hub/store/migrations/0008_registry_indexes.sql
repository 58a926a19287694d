-- The rollup asks for everyone who was *ever* said to live somewhere: a corrected row counts, too.
-- An index of current knowledge alone cannot answer that, and one of everything answers both.
CREATE INDEX usage_point_id ON usage_point (usage_point_id);
CREATE INDEX usage_point_dwelling ON usage_point (dwelling_id);
CREATE INDEX occupancy_dwelling ON occupancy (dwelling_id);
CREATE INDEX occupancy_household ON occupancy (household_id);
CREATE INDEX dwelling_id ON dwelling (dwelling_id);
CREATE INDEX club_member_household ON club_member (household_id);
DROP INDEX usage_point_id_now, usage_point_dwelling_now, occupancy_dwelling_now,
    occupancy_household_now, dwelling_id_now, club_member_now;
