/** What an element holds: text, a number, or elements in order. Undefined elements are left out. */
export type XmlContent = string | number | readonly XmlNode[];
export type XmlNode = readonly [name: string, content: XmlContent | undefined];

const SPECIAL = /[&<>"'\r]|[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
const SPECIALS = new RegExp(SPECIAL.source, 'gu');

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&apos;'],
  // A parser turns a bare carriage return into a line feed.
  ['\r', '&#xD;'],
]);

/** Escapes text for XML 1.0. What XML cannot hold at all becomes U+FFFD. */
export function escapeXml(text: string): string {
  if (!SPECIAL.test(text)) return text;
  return text.replace(SPECIALS, (character) => ENTITIES.get(character) ?? '\uFFFD');
}

function writeNode([name, content]: XmlNode): string {
  if (content === undefined) return '';
  if (typeof content === 'string') return `<${name}>${escapeXml(content)}</${name}>`;
  if (typeof content === 'number') return `<${name}>${content}</${name}>`;
  return `<${name}>${writeNodes(content)}</${name}>`;
}

function writeNodes(nodes: readonly XmlNode[]): string {
  let xml = '';
  for (const node of nodes) xml += writeNode(node);
  return xml;
}

/** A document of MNS, with its namespace. */
export function writeXml(root: string, nodes: readonly XmlNode[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="http://mns.aliyuncs.com/doc/v1/">${writeNodes(nodes)}</${root}>`;
}
