import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { decodeBody, encodeBody } from './mns-body.ts';
import { escapeXml, read, writeMessages, writeReceipts } from './mns-xml.ts';

const wellFormed = fc.string({ unit: 'grapheme' });

describe('bodies', () => {
  it('come back as they were put in, whatever they hold', () => {
    fc.assert(fc.property(wellFormed, (body) => decodeBody(encodeBody(body)) === body));
  });

  it('that no client of ours encoded stay as they are', () => {
    expect(decodeBody('{"specversion":"1.0"}')).toBe('{"specversion":"1.0"}');
  });
});

describe('written XML', () => {
  it('escapes what XML gives a meaning to', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('<', '>', '&', '"', "'", ']]>', 'a')), (parts) => {
        const text = `x${parts.join('')}x`;
        const xml = `<Error><Code>${escapeXml(text)}</Code></Error>`;
        return read.refusal(xml)?.Code === text;
      }),
    );
  });

  it('has one entry a body or receipt', () => {
    expect(writeMessages(['YQ==', 'Yg==']).match(/<MessageBody>/g)).toHaveLength(2);
    expect(writeReceipts(['a&b'])).toContain('<ReceiptHandle>a&amp;b</ReceiptHandle>');
  });
});

describe('read XML', () => {
  const message = (id: string): string =>
    `<Message><MessageId>${id}</MessageId><ReceiptHandle>r-${id}</ReceiptHandle><MessageBody>YQ==</MessageBody><DequeueCount>007</DequeueCount></Message>`;
  const envelope = (inner: string): string => `<?xml version="1.0"?><Messages xmlns="http://mns.aliyuncs.com/doc/v1/">${inner}</Messages>`;

  it('gives one message as a list of one, and keeps digits as text', () => {
    expect(read.messages(envelope(message('0012')))).toEqual([
      { MessageId: '0012', ReceiptHandle: 'r-0012', MessageBody: 'YQ==', DequeueCount: '007' },
    ]);
    expect(read.messages(envelope(message('1') + message('2')))).toHaveLength(2);
  });

  it('gives an error with its text', () => {
    const inner = '<Code>QueueNotExist</Code><Message>gone &amp; lost</Message><RequestId>7A</RequestId><HostId>http://h</HostId>';
    expect(read.refusal(`<?xml version="1.0"?><Error xmlns="http://mns.aliyuncs.com/doc/v1">${inner}</Error>`)).toMatchObject({
      Code: 'QueueNotExist',
      Message: 'gone & lost',
      RequestId: '7A',
    });
  });

  it('gives the failures of a delete', () => {
    const error = '<Error><ErrorCode>MessageNotExist</ErrorCode><ErrorMessage>gone</ErrorMessage><ReceiptHandle>r</ReceiptHandle></Error>';
    expect(read.deleteFailures(`<Errors>${error}</Errors>`)).toEqual([
      { ErrorCode: 'MessageNotExist', ErrorMessage: 'gone', ReceiptHandle: 'r' },
    ]);
  });

  it.each(['', 'plain text', '<html><body>502</body></html>', '{"a":1}', '<Messages>'])('is undefined for %j', (text) => {
    expect(read.messages(text)).toBeUndefined();
    expect(read.refusal(text)).toBeUndefined();
  });
});
