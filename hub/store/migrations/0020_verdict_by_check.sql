-- What the last look at all totals found is kept check by check now. A look is due at once where there is none.
DELETE FROM setting WHERE name = 'reconcile';
