import type { Buyer } from '#contracts/invoice.ts';

/** The lines of an address in the order of its form: from the person to the country, or from the country to the person. Pure. */
export function linesOfAddress(address: Buyer): string[] {
  if (address.form === 'western') {
    const place = [address.postcode, address.city, address.region].filter((part) => part !== null && part !== '').join(' ');
    return [address.recipient, ...address.lines, place, address.country];
  }
  const { country, postcode, province, city, district, street, detail, recipient } = address;
  return [
    [country, postcode].filter((part) => part !== null).join(' '),
    `${province}${city}${district}`,
    `${street ?? ''}${detail}`,
    recipient,
  ];
}
