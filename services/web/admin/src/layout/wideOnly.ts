/** For a column of a list that a phone has no room for: shown from a tablet on. The record's own page shows all of it. */
export const wideOnly = { display: { xs: 'none', md: 'table-cell' } } as const;
