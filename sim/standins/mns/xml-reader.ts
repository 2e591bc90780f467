import { SaxesParser } from 'saxes';
import { MnsError } from './errors.ts';

/** An element: its local name, the text directly in it, and the elements in it. */
export interface XmlElement {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

/** Some clients leave out the last slash. */
const NAMESPACES = new Set(['http://mns.aliyuncs.com/doc/v1/', 'http://mns.aliyuncs.com/doc/v1']);
/** MNS's documents are three deep. */
const MAX_DEPTH = 8;

interface OpenElement {
  name: string;
  text: string;
  children: XmlElement[];
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function malformed(reason: string, cause?: unknown): MnsError {
  return new MnsError('MalformedXML', `The XML you provided is not well formed or not of our schema: ${reason}.`, { cause });
}

function parse(text: string): XmlElement | undefined {
  const parser = new SaxesParser({ xmlns: true });
  const open: OpenElement[] = [];
  let root: XmlElement | undefined;
  parser.on('error', (error) => {
    throw malformed(error.message, error);
  });
  parser.on('doctype', () => {
    throw malformed('a document type is not allowed');
  });
  parser.on('opentag', (tag) => {
    if (!NAMESPACES.has(tag.uri)) throw malformed(`<${tag.name}> is not in MNS's namespace`);
    if (open.length === MAX_DEPTH) throw malformed('it is too deep');
    open.push({ name: tag.local, text: '', children: [] });
  });
  const addText = (piece: string): void => {
    const element = open.at(-1);
    if (element) element.text += piece;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    const element = open.pop();
    if (!element) return;
    const parent = open.at(-1);
    if (parent) parent.children.push(element);
    else root = element;
  });
  parser.write(text).close();
  return root;
}

/** Parses a request's document strictly. Throws `MnsError` MalformedXML. */
export function readXml(bytes: Buffer): XmlElement {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch (error) {
    throw malformed('it is not UTF-8', error);
  }
  const root = parse(text);
  if (!root) throw malformed('it is empty');
  return root;
}

/** The document's root if it has that name. Throws `MnsError` MalformedXML if not. */
export function readDocument(bytes: Buffer, name: string): XmlElement {
  const root = readXml(bytes);
  if (root.name !== name) throw malformed(`<${name}> was expected, not <${root.name}>`);
  return root;
}

/**
 * The element's children as a map from name to text. Throws `MnsError`: MalformedXML for text
 * between them, a name given twice or an element where text belongs; NotSimulated for a name that
 * is not in `known`, since to ignore it would hide a fault.
 */
export function readFields<Name extends string>(element: XmlElement, known: readonly Name[]): ReadonlyMap<Name, string> {
  if (element.text.trim() !== '') throw malformed(`<${element.name}> has text of its own`);
  const fields = new Map<Name, string>();
  for (const child of element.children) {
    const name = known.find((candidate) => candidate === child.name);
    if (name === undefined) throw new MnsError('NotSimulated', `<${child.name}> in <${element.name}> is not simulated.`);
    if (child.children.length > 0) throw malformed(`<${child.name}> holds elements`);
    if (fields.has(name)) throw malformed(`<${child.name}> is there twice`);
    fields.set(name, child.text);
  }
  return fields;
}

/** The element's children, which must all have that name. Throws `MnsError` MalformedXML. */
export function readList(element: XmlElement, name: string): readonly XmlElement[] {
  const stranger = element.children.find((child) => child.name !== name);
  if (stranger) throw malformed(`<${stranger.name}> in <${element.name}>`);
  if (element.children.length === 0) throw malformed(`<${element.name}> is empty`);
  return element.children;
}
