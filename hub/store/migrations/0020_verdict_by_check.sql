-- What the last look at all totals found is kept check by check now, as 'verdict', so that no service of before this
-- migration can write what those after it do not read. A look is due at once where there is none.
DELETE FROM setting WHERE name = 'reconcile';
