/** A text message. Carriers in China take approved templates alone, other carriers a text: it is both, and each adapter takes what its vendor wants. */
export interface Sms {
  /** E.164: a plus sign, and at most fifteen digits. */
  readonly to: string;
  readonly text: string;
  /** Which template of ours `text` was made of; a vendor's code of it is the configuration's. */
  readonly template: string;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface SmsSender {
  /** Hands the message to the vendor; answers the vendor's id of it. Throws SmsNotTaken when that does not take it. */
  send(sms: Sms): Promise<{ readonly providerMessageId: string | null }>;
  close(): void;
}

/** Why a message was not taken, in codes alone: vendors quote numbers in what they say, so it is kept out of here, and of every log. */
export class SmsNotTaken extends Error {
  override readonly name = 'SmsNotTaken';
  /** The vendor's error code (`Throttling`, `isv.BUSINESS_LIMIT_CONTROL`), or the system's (`ECONNREFUSED`). */
  readonly code: string | undefined;
  readonly status: number | undefined;

  constructor(code: string | undefined, status: number | undefined) {
    super(`the message was not taken: ${[code, status].filter((part) => part !== undefined).join(' ') || 'no reason given'}`);
    this.code = code;
    this.status = status;
  }
}
