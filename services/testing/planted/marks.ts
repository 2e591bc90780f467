/** What is planted, by its kind: text that is nowhere else, with letters that each encoding spells otherwise. */
export type Marks = Readonly<Record<string, string>>;

/** Text as JSON writers spell it that keep to ASCII. */
const asciiJson = (text: string): string =>
  JSON.stringify(text)
    .slice(1, -1)
    .split('')
    .map((unit) => (unit > '~' ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}` : unit))
    .join('');

/** The part of base64 text that is the same whatever stands after the mark, with so many bytes before it. */
function base64Within(mark: Buffer, before: number): string {
  const bytes = Buffer.concat([Buffer.alloc(before), mark]);
  return bytes.toString('base64').slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6));
}

const percentEvery = (bytes: Buffer): string => [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

/** Each way in which a mark may be written down, by its name. Those of `exact` heed case. */
export function spellingsOf(mark: string): {
  readonly folded: Readonly<Record<string, string>>;
  readonly exact: Readonly<Record<string, string>>;
} {
  const bytes = Buffer.from(mark);
  const base64 = [0, 1, 2].map((before) => [`base64 after ${before}`, base64Within(bytes, before)] as const);
  return {
    folded: {
      raw: mark,
      'url-encoded': encodeURIComponent(mark),
      'form-encoded': new URLSearchParams({ m: mark }).toString().slice(2),
      'percent-encoded throughout': percentEvery(bytes),
      'json-escaped': JSON.stringify(mark).slice(1, -1),
      'json-escaped to ascii': asciiJson(mark),
      'json in json': JSON.stringify(JSON.stringify(mark).slice(1, -1)).slice(1, -1),
      'utf-8 taken for latin-1': bytes.toString('latin1'),
      hex: bytes.toString('hex'),
    },
    exact: Object.fromEntries([
      ...base64,
      ...base64.map(([name, text]) => [name.replace('base64', 'base64url'), text.replaceAll('+', '-').replaceAll('/', '_')] as const),
    ]),
  };
}

/** Which marks stand in `text`, and how each is spelt there. Pure. */
export function leaksIn(text: string, marks: Marks): string[] {
  const folded = text.toLowerCase();
  return Object.entries(marks).flatMap(([kind, mark]) => {
    const spellings = spellingsOf(mark);
    return [
      ...Object.entries(spellings.folded).flatMap(([name, spelt]) => (folded.includes(spelt.toLowerCase()) ? [`${kind}, ${name}`] : [])),
      ...Object.entries(spellings.exact).flatMap(([name, spelt]) => (text.includes(spelt) ? [`${kind}, ${name}`] : [])),
    ];
  });
}
