/** On what ground a column may cross the border. A closed list: what fits none of these stays home. `docs/residency.md` is made from it. */
export type Ground = 'public-catalogue' | 'contract-performance' | 'person-link';

export interface GroundRule {
  /** What the ground means, and what must hold before a column may name it. */
  readonly meaning: string;
  readonly conditions: readonly string[];
}

export const grounds: Readonly<Record<Ground, GroundRule>> = {
  'public-catalogue': {
    meaning:
      'Business data that the shop shows to every visitor of both regions, or is about to: no personal information, no important data, no trade secret.',
    conditions: [
      'The value says nothing about a natural person, and is not derived from what does (a hash or a pseudonym of personal information may still be personal information).',
      'It is published anyway, or made to be: a draft or a price to come is what a visitor of the shop will see later, and neither region keeps it from the other.',
      'Mainland China: data of international trade and cross-border marketing without personal information or important data needs no assessment, contract or certification (Provisions on Promoting and Regulating Cross-Border Data Flows, CAC 2024).',
    ],
  },
  'contract-performance': {
    meaning:
      'Personal information without which a contract with that person across the border cannot be performed: the delivery address of an order that ships abroad.',
    conditions: [
      'Necessary for concluding or performing a contract to which the person is a party (PIPL, article 13 (2)); a copy for convenience, or for an order within one region, is not.',
      'The person was told recipient, purpose, method and kinds of data, and consented separately to the crossing (PIPL, article 39); the row that crosses is one for which that is recorded.',
      'The number of people a year stays below what needs a filing, or the filing was made (PIPL, articles 38 and 40; cross-border shopping and delivery by contract are exempt by the 2024 provisions).',
      'No sensitive personal information (PIPL, article 28).',
    ],
  },
  'person-link': {
    meaning:
      'A random number by which a person who asked for it is known in both regions, the region that made it, whether it still holds, and when a copy of what the other region holds was asked for. Pseudonymous personal information: each region knows whose number it is.',
    conditions: [
      'A row exists only for somebody who asked for the link and agreed to the crossing by itself, in each of the regions (PIPL, article 39; GDPR, article 49 (1) (a)). Who takes that back, or is erased, ends the link; who asks to be erased in both regions says so by its state, and by nothing else; who asks for a copy from both by the time at which they did. Neither the copy nor a part of it crosses.',
      'The rows hold a random number, a region, a state, when a copy was asked for in a region, and while it is offered the digest of a random code that is good once and for fifteen minutes: nothing that is said of the person, and nothing made from it.',
      'Whose number it is stands in a table that never crosses. The end of a link removes that on both sides, so that what is left is a number of nobody.',
      'Fewer than 100,000 people in a year, and no sensitive personal information: neither assessment, nor filed contract, nor certification (Provisions on Promoting and Regulating Cross-Border Data Flows, CAC 2024, article 5). Before there are more, the contract is filed.',
    ],
  },
};
