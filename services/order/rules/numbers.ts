import type { Region } from '#contracts/regions.ts';

/** The first letter of what a region numbers. */
const prefixes: Readonly<Record<Region, string>> = { world: 'W', china: 'C' };

/** What people call an order: `W-100234`. Numbers may have gaps. Pure. */
export const orderNumberOf = (region: Region, serial: string): string => `${prefixes[region]}-${serial}`;

/** What the books call an invoice: `W-2026-000042`, the year in UTC. Serials have no gaps in a year. Pure. */
export const invoiceNumberOf = (region: Region, year: number, serial: number): string =>
  `${prefixes[region]}-${year}-${String(serial).padStart(6, '0')}`;

/** What the books call credit notes: `W-CR-2026-000007`, a series of their own, without gaps as invoices. The database puts year and serial behind it. Pure. */
export const creditNotePrefixOf = (region: Region): string => `${prefixes[region]}-CR`;
