import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';

const Settings = Type.Object(
  {
    /** Dysms's default limits for one number: one message a minute, five an hour, ten a day. */
    dysmsLimits: Type.Boolean(),
    /** Numbers whose owners have answered STOP to SNS, in E.164. */
    optedOut: Type.Array(Type.String({ pattern: '^\\+[1-9][0-9]{6,14}$' })),
  },
  { additionalProperties: false },
);
const settings = Compile(Settings);

/** What the vendors are made to do; forgotten when the process ends. */
export type SmsSettings = Static<typeof Settings>;

export interface HeldSettings {
  current(): SmsSettings;
  /** Takes these in place of those before; false where they are no settings. */
  replace(value: unknown): boolean;
}

/** Settings as a vendor has them for a new customer whom nobody has written to: but without limits, for a twin sends much from one place. */
export function holdSettings(): HeldSettings {
  let held: SmsSettings = { dysmsLimits: false, optedOut: [] };
  return {
    current: () => held,
    replace(value) {
      if (!settings.Check(value)) return false;
      held = value;
      return true;
    },
  };
}
