import type { EventType } from '#contracts/events.ts';
import type { Template as TemplateSummary } from '#contracts/notification.ts';
import type { Region } from '#contracts/regions.ts';
import type { Language } from '#contracts/user.ts';

/**
 * What a template about an order may say. All of it is text that is ready to be shown: `parametersOf` has formatted it in the reader's language, and taken out of it
 * what could pass for a line of the mail. Nothing is empty but what may be null.
 */
export interface OrderParameters {
  readonly name: string | null;
  readonly number: string;
  readonly placedOn: string | null;
  /** One to a line. */
  readonly lines: readonly string[];
  readonly shipping: string;
  readonly total: string;
  /** Whether anything was ever paid for it. */
  readonly isPaid: boolean;
  readonly refunded: string | null;
  /** Of the shipment that is told of: what is in it, one to a line, and whether more belongs to the order. */
  readonly shippedLines: readonly string[];
  readonly isPartShipped: boolean;
  /** What will not come any more, one to a line, and what is given back for it. */
  readonly shortClosedLines: readonly string[];
  readonly shortClosedMoney: string | null;
  /** Whether the return that is told of gives anything back. */
  readonly isMoneyOwed: boolean;
  readonly carrier: string | null;
  readonly trackingCode: string | null;
}

/** What a template about a person's account may say: their name, and which region it is in. */
export interface AccountParameters {
  readonly name: string | null;
  readonly region: Region;
}

/** What a text message may say of an order, which is little: 160 characters in English, and 70 in Chinese with the signature in front. */
export interface SmsParameters {
  readonly number: string;
}

/** Of one language. A paragraph that is null is left out. */
export interface Wording<Parameters, Sms> {
  readonly subject: (parameters: Parameters) => string;
  readonly paragraphs: (parameters: Parameters) => readonly (string | null)[];
  /** The text message to who has no mail address; where there is none, they are not told. Carriers in China have it approved word by word, so it never leaves out a part. */
  readonly sms?: (parameters: Sms) => string;
}

interface TemplateOf<Parameters, Sms> {
  readonly name: string;
  readonly eventType: EventType;
  readonly kind: TemplateSummary['kind'];
  readonly wordings: Readonly<Record<Language, Wording<Parameters, Sms>>>;
}

/** About an order, which its event's subject names. */
export interface OrderTemplate extends TemplateOf<OrderParameters, SmsParameters> {
  readonly about: 'order';
}

/** About the account that is tied to a link, whose number its event's subject is. A text message of it has no parameters. */
export interface LinkTemplate extends TemplateOf<AccountParameters, void> {
  readonly about: 'link';
}

export type Template = OrderTemplate | LinkTemplate;
