/** On what ground a column may cross the border. A closed list: what fits none of these stays home. `docs/residency.md` is made from it. */
export type Ground = 'public-catalogue' | 'contract-performance';

export interface GroundRule {
  /** What the ground means, and what must hold before a column may name it. */
  readonly meaning: string;
  readonly conditions: readonly string[];
}

export const grounds: Readonly<Record<Ground, GroundRule>> = {
  'public-catalogue': {
    meaning:
      'Business data that the shop shows to every visitor of both regions: no personal information, no important data, no trade secret.',
    conditions: [
      'The value says nothing about a natural person, and is not derived from what does (a hash or a pseudonym of personal information may still be personal information).',
      'It is published anyway: whoever reads the border learns no more than a visitor of the shop.',
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
};
