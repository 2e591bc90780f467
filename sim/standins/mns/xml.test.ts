import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readXml, type XmlElement } from './xml-reader.ts';
import { writeXml, type XmlNode } from './xml-writer.ts';

/** Text that XML 1.0 can hold: no control characters but tab and line ends, no lone surrogates, no non-characters. */
const xmlText = fc
  .string({ unit: 'binary' })
  .map((text) => text.toWellFormed().replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, ''));
const xmlName = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,12}$/).filter((name) => !/^xml/i.test(name));

type Tree = [name: string, content: string | Tree[]];
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.tuple(xmlName, fc.oneof({ depthSize: 'small', maxDepth: 4 }, xmlText, fc.array(tie('tree'), { minLength: 1, maxLength: 4 }))),
}));

function toNode([name, content]: Tree): XmlNode {
  return [name, typeof content === 'string' ? content : content.map(toNode)];
}

function toElement([name, content]: Tree): XmlElement {
  return typeof content === 'string' ? { name, text: content, children: [] } : { name, text: '', children: content.map(toElement) };
}

describe('what the writer writes', () => {
  it('the reader reads back, whatever text it holds', () => {
    fc.assert(
      fc.property(xmlName, fc.array(tree, { maxLength: 5 }), (root, trees) => {
        const read = readXml(Buffer.from(writeXml(root, trees.map(toNode))));
        expect(read).toEqual({ name: root, text: '', children: trees.map(toElement) });
      }),
    );
  });

  it('is well formed even for text that XML cannot hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const [read] = readXml(Buffer.from(writeXml('Root', [['Text', text]]))).children;
        expect(read?.name).toBe('Text');
        expect(read?.children).toEqual([]);
      }),
    );
  });
});

describe('the reader', () => {
  it('never fails otherwise than with MalformedXML', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          fc.string().map((text) => Buffer.from(`<a xmlns="http://mns.aliyuncs.com/doc/v1/">${text}`)),
        ),
        (bytes) => {
          try {
            readXml(Buffer.from(bytes));
          } catch (error) {
            expect(error).toMatchObject({ name: 'MnsError', code: 'MalformedXML' });
          }
        },
      ),
    );
  });
});
