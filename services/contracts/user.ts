import { Type, type Static } from 'typebox';

import { Country, KeptCountry } from './country.ts';
import { Region } from './regions.ts';
import { closed, Instant, Name, orNull, page, patch, sortBy, textOfUpTo, Uuid } from './values.ts';

/** What a person is written to in. */
export const Language = Type.Union([Type.Literal('en'), Type.Literal('zh')]);
export type Language = Static<typeof Language>;
/** What a region writes in to whom it does not know better. */
export const languageOfRegion: Readonly<Record<Region, Language>> = { world: 'en', china: 'zh' };

export const Profile = Type.Object({ accountId: Uuid, name: orNull(Type.String()), language: Language, createdAt: Instant });
export type Profile = Static<typeof Profile>;

export const ProfileChange = Type.Object({ name: Type.Optional(orNull(Name)), language: Type.Optional(Language) }, patch);
export type ProfileChange = Static<typeof ProfileChange>;

export const ProfileListQuery = Type.Object({ ...page, sort: sortBy('createdAt') }, closed);
export type ProfileListQuery = Static<typeof ProfileListQuery>;

/** Who is called so. In a body, name and cursor alike: what stands in a URL is logged on its way, and a cursor holds the name at which its page ended. */
export const ProfileSearch = Type.Object(
  {
    ...page,
    /** What the name begins with, in whatever case. */
    name: textOfUpTo(100),
    sort: sortBy('name', 'createdAt'),
  },
  closed,
);
export type ProfileSearch = Static<typeof ProfileSearch>;

/** One line of a label. */
const Line = Type.String({ ...Name, maxLength: 100 });
/** ITU-T E.164, with the plus. */
const Phone = Type.String({
  description: 'a phone number like +441234567890: the plus, the country, the number, digits alone',
  pattern: '^\\+[1-9][0-9]{6,14}$',
});
/** What any country may print; some have rules of their own, which the service knows. */
const Postcode = Type.String({
  description: 'a postcode of Latin letters, digits, blanks and hyphens',
  pattern: '^[A-Za-z0-9][A-Za-z0-9 -]{0,14}$',
});
const label = { recipient: Line, phone: Phone };

/** From the person to the country: up to three lines of street and house, the place, and where it is usual a region. */
export const WesternAddress = Type.Object(
  {
    form: Type.Literal('western'),
    ...label,
    country: KeptCountry,
    lines: Type.Array(Line, { minItems: 1, maxItems: 3 }),
    city: Line,
    region: orNull(Line),
    postcode: orNull(Postcode),
  },
  closed,
);
export type WesternAddress = Static<typeof WesternAddress>;

/** From the country to the door: province, city, district, where it is usual the street, and the rest. */
export const ChineseAddress = Type.Object(
  {
    form: Type.Literal('chinese'),
    ...label,
    country: Type.Literal('CN'),
    province: Line,
    city: Line,
    district: Line,
    street: orNull(Line),
    detail: Line,
    postcode: Type.String({ description: 'a postcode of six digits', pattern: '^[0-9]{6}$' }),
  },
  closed,
);
export type ChineseAddress = Static<typeof ChineseAddress>;

/** Where something is sent to; what `users.address_of` answers, and an order copies. */
export type PostalAddress = WesternAddress | ChineseAddress;

/** A whole address as it is written. Without `isDefault` the first of an account becomes the default, and others stay as they are. */
export const AddressWriting = Type.Union([
  Type.Object(
    {
      ...WesternAddress.properties,
      country: Country,
      region: Type.Optional(WesternAddress.properties.region),
      postcode: Type.Optional(WesternAddress.properties.postcode),
      isDefault: Type.Optional(Type.Boolean()),
    },
    closed,
  ),
  Type.Object(
    {
      ...ChineseAddress.properties,
      street: Type.Optional(ChineseAddress.properties.street),
      isDefault: Type.Optional(Type.Boolean()),
    },
    closed,
  ),
]);
export type AddressWriting = Static<typeof AddressWriting>;

const kept = { id: Uuid, isDefault: Type.Boolean(), createdAt: Instant };
export const Address = Type.Union([
  Type.Object({ ...kept, ...WesternAddress.properties }, closed),
  Type.Object({ ...kept, ...ChineseAddress.properties }, closed),
]);
export type Address = Static<typeof Address>;

export const MOST_ADDRESSES = 20;
export const AddressList = Type.Object({ items: Type.Array(Address, { maxItems: MOST_ADDRESSES }) });

/** What somebody is asked for. `cross_border`: that the shop of the other region knows that they are the same person. */
export const ConsentTopic = Type.Union([Type.Literal('marketing_email'), Type.Literal('marketing_sms'), Type.Literal('cross_border')]);
export type ConsentTopic = Static<typeof ConsentTopic>;

/** Which wording of the question the person saw. */
const WordingVersion = Type.String({
  description: 'a version of small letters, digits and . _ -',
  pattern: '^[a-z0-9][a-z0-9._-]{0,39}$',
});
const ConsentAnswer = Type.Object({ topic: ConsentTopic, granted: Type.Boolean(), wordingVersion: WordingVersion }, closed);
export type ConsentAnswer = Static<typeof ConsentAnswer>;

export const ConsentRecord = Type.Object({ ...ConsentAnswer.properties, at: Instant });
export type ConsentRecord = Static<typeof ConsentRecord>;

export const Consents = Type.Object({
  /** What holds now. A topic that is not here was never asked for, which is no consent. */
  items: Type.Array(ConsentRecord),
  /** What was answered, the latest first; the oldest of very many are in an export alone. */
  history: Type.Array(ConsentRecord),
});
export type Consents = Static<typeof Consents>;

/** Topics that are not named stay as they are. */
export const ConsentsWriting = Type.Object({ items: Type.Array(ConsentAnswer, { minItems: 1, maxItems: 3 }) }, closed);

/** What the services of a region hold of a person, each in its own words (GDPR, articles 15 and 20; PIPL, article 45). Null where it is nothing. */
export const PersonalDataExport = Type.Object({
  accountId: Uuid,
  region: Region,
  exportedAt: Instant,
  services: Type.Record(Type.String(), Type.Unknown()),
  /** The region that holds something of its own of this person, where they are linked: it answers for that there, to a sign-in of its own. Nothing of it is here. */
  alsoIn: orNull(Region),
  /**
   * Since when that region is asked for its copy, where this was asked for both: as soon as that has crossed, the person is told there that it waits for them. Null: it was not
   * asked from here, and has to be by itself, there. Asked again within a day, nothing new is asked.
   */
  otherAskedAt: orNull(Instant),
});
export type PersonalDataExport = Static<typeof PersonalDataExport>;

/** How far an export goes: `both` asks the linked region for its own as well. Left out, it is this region's alone. */
const ExportRegions = Type.Union([Type.Literal('own'), Type.Literal('both')]);
export type ExportRegions = Static<typeof ExportRegions>;
export const ExportQuery = Type.Object({ regions: Type.Optional(ExportRegions) }, closed);

/** Why staff erase somebody. A closed list: words could name who is to be forgotten. */
export const ErasureReason = Type.Union([Type.Literal('asked_support'), Type.Literal('legal_obligation'), Type.Literal('abuse')]);
export type ErasureReason = Static<typeof ErasureReason>;
/** How far an erasure goes: `both` reaches whoever is linked in the other region, too. Left out, it is this region's alone. */
const ErasureRegions = Type.Union([Type.Literal('own'), Type.Literal('both')]);
export type ErasureRegions = Static<typeof ErasureRegions>;
export const ErasureQuery = Type.Object({ regions: Type.Optional(ErasureRegions) }, closed);
export const ErasureOrder = Type.Object({ reason: ErasureReason, regions: Type.Optional(ErasureRegions) }, closed);

/**
 * What becomes of the account that is linked in the other region. `none`: there was no link; an account there that is not linked has to be erased there. `stays`:
 * it was not asked for here, and can be there. `erased`: it is erased too, as soon as this has crossed, unless the link was ended there before.
 */
const OtherAccount = Type.Union([Type.Literal('none'), Type.Literal('stays'), Type.Literal('erased')]);
export type OtherAccount = Static<typeof OtherAccount>;

/** What is left of an erasure. `erased` counts what each service forgot. `by` the other region: it was asked for there, for both. */
export const Erasure = Type.Object({
  id: Uuid,
  erasedAt: Instant,
  by: Type.Union([Type.Literal('person'), Type.Literal('staff'), Type.Literal('other_region')]),
  reason: orNull(ErasureReason),
  erased: Type.Record(Type.String(), Type.Integer({ minimum: 0 })),
  otherAccount: OtherAccount,
});
export type Erasure = Static<typeof Erasure>;

/** Whether somebody is known in both regions. `homeRegion` is the one that offered it. */
export const Link = Type.Object({
  state: Type.Union([Type.Literal('none'), Type.Literal('offered'), Type.Literal('linked')]),
  homeRegion: orNull(Region),
  codeExpiresAt: orNull(Instant),
});
export type Link = Static<typeof Link>;

export const LinkOffer = Type.Object({ code: Type.String(), expiresAt: Instant });
export type LinkOffer = Static<typeof LinkOffer>;

export const LinkClaim = Type.Object({ code: Type.String({ minLength: 1, maxLength: 60 }) }, closed);
