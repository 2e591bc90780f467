import { describe, expect, it } from 'vitest';
import { links } from '../topology/links.ts';
import { processesIn } from '../topology/processes.ts';
import { attachVariables, placeOf, queueOf, readAttachments } from './attachments.ts';
import { attachedEnvironment, attachedRoutes, regionOf } from './environment.ts';

const database = 'postgres://ada:s%3Acret@db.example:6432/shop?sslmode=require';

describe('what is attached', () => {
  it('is shown without its credentials, which are kept for use', () => {
    const attachment = readAttachments({ SIM_WORLD_DATABASE_URL: database }).get('world:postgres');
    expect(attachment).toEqual({
      variable: 'SIM_WORLD_DATABASE_URL',
      component: 'world:postgres',
      url: 'postgres://db.example:6432/shop?sslmode=require',
      shown: 'postgres://***@db.example:6432/shop?sslmode=***',
      secretUrl: database,
    });
  });

  it.each([
    [
      'SIM_WORLD_DATABASE_URL',
      'postgres://ada@db.example/shop?password=s3cret&user=ada&options=s3cret&sslmode=require',
      'postgres://db.example/shop?options=s3cret&sslmode=require',
      'postgres://***@db.example/shop?password=***&user=***&options=***&sslmode=***',
    ],
    [
      'SIM_WORLD_QUEUE_URL',
      'https://sqs.eu-west-1.amazonaws.com/1/q?X-Amz-Security-Token=s3cret&s3cret#s3cret',
      'https://sqs.eu-west-1.amazonaws.com/1/q',
      'https://sqs.eu-west-1.amazonaws.com/1/q?X-Amz-Security-Token=***&***',
    ],
    ['SIM_TOXIPROXY_URL', 'http://127.0.0.1:8474/?key=s3cret', 'http://127.0.0.1:8474', 'http://127.0.0.1:8474/?key=***'],
    ['SIM_MAIL_URL', 'smtp://mail.example:25?pass=s3cret', 'smtp://mail.example:25?pass=s3cret', 'smtp://mail.example:25?pass=***'],
  ])('is shown without what its query says: %s', (variable, text, url, shown) => {
    const [attachment] = readAttachments({ [variable]: text }).values();
    expect(attachment).toMatchObject({ url, shown, secretUrl: new URL(text).href });
  });

  it('is nothing where no variable names anything', () => {
    expect(readAttachments({ SIM_WORLD_DATABASE_URL: '', PATH: '/bin' }).size).toBe(0);
  });

  it.each([
    ['SIM_WORLD_DATABASE_URL', 'no url of s3cret'],
    ['SIM_WORLD_DATABASE_URL', 'mysql://ada:s3cret@db.example/shop'],
    ['SIM_WORLD_DATABASE_URL', 'postgres://ada:s3cret@db.example'],
    ['SIM_WORLD_QUEUE_URL', 'https://key:s3cret@sqs.eu-west-1.amazonaws.com/1/q'],
    ['SIM_MAIL_URL', 'http://s3cret.example'],
  ])('is refused by the name of its variable and not by its value: %s', (variable, text) => {
    expect(() => readAttachments({ [variable]: text })).toThrow(variable);
    expect(() => readAttachments({ [variable]: text })).not.toThrow('s3cret');
  });

  it('gives each region a server of its own', () => {
    const one = 'postgres://ada:p@db.example:6432/other';
    expect(() => readAttachments({ SIM_WORLD_DATABASE_URL: database, SIM_CHINA_DATABASE_URL: one })).toThrow('one of its own');
  });

  it('gives what has a link of its own a place of its own', () => {
    const one = { SIM_WORLD_QUEUE_URL: 'http://127.0.0.1:4566/1/orders', SIM_WORLD_SECRETS_URL: 'http://127.0.0.1:4566' };
    expect(() => readAttachments(one)).toThrow('SIM_WORLD_QUEUE_URL and SIM_WORLD_SECRETS_URL name one host and port');
    expect(readAttachments({ ...one, SIM_WORLD_SECRETS_URL: 'http://localhost:4566' }).size).toBe(2);
    // Each region has routes of its own.
    expect(readAttachments({ SIM_WORLD_QUEUE_URL: 'http://127.0.0.1:4566', SIM_CHINA_QUEUE_URL: 'http://127.0.0.1:4566' }).size).toBe(2);
  });

  it('keeps the twin from starting that component, and nothing else', () => {
    for (const { component } of Object.values(attachVariables)) {
      const layout = { mode: 'embedded', split: false } as const;
      const before = processesIn({ ...layout, attached: {} }).flatMap((process) => process.announces);
      const after = processesIn({ ...layout, attached: { [component]: '' } }).flatMap((process) => process.announces);
      const gone = before.filter((name) => !after.includes(name));
      expect(gone, component).toEqual(component === 'mail:smtp' ? ['mail', 'mail:smtp'] : [component]);
    }
  });
});

describe('services', () => {
  const addresses = Object.fromEntries(links.map((link, index) => [link.name, `127.0.0.1:${1000 + index}`]));

  it('are told the real addresses, and reach them over the links', () => {
    const attached = {
      'world:postgres': 'postgres://db.example/shop?sslmode=require',
      'world:queue': 'https://sqs.ap-south-1.amazonaws.com/123456789012/orders',
      'china:queue': 'https://123.mns.cn-shanghai.aliyuncs.com',
    };
    expect(attachedEnvironment('world', attached)).toEqual({
      DATABASE_URL: 'postgres://db.example/shop?sslmode=require',
      AWS_ENDPOINT_URL_SQS: 'https://sqs.ap-south-1.amazonaws.com',
      AWS_REGION: 'ap-south-1',
      QUEUE_NAME: 'orders',
    });
    expect(attachedEnvironment('china', attached)).toEqual({
      MNS_ENDPOINT: 'https://123.mns.cn-shanghai.aliyuncs.com',
      QUEUE_NAME: 'madeinworld-sync',
    });
    expect(attachedRoutes('world', attached, addresses)).toEqual({
      'db.example:5432': addresses['world:postgres'],
      'sqs.ap-south-1.amazonaws.com:443': addresses['world:queue'],
    });
    expect(attachedRoutes('china', attached, addresses)).toEqual({ '123.mns.cn-shanghai.aliyuncs.com:443': addresses['china:queue'] });
  });
});

describe('a URL', () => {
  it('names a place, a queue and a region', () => {
    expect(['http://a', 'https://a', 'smtp://a', 'postgres://a', 'http://a:81'].map(placeOf)).toEqual([
      'a:80',
      'a:443',
      'a:25',
      'a:5432',
      'a:81',
    ]);
    expect(queueOf('https://sqs.eu-west-1.amazonaws.com/123/q')).toEqual({ endpoint: 'https://sqs.eu-west-1.amazonaws.com', name: 'q' });
    expect(queueOf('http://127.0.0.1:4566/')).toEqual({ endpoint: 'http://127.0.0.1:4566', name: undefined });
    expect(regionOf('https://secretsmanager.us-east-2.amazonaws.com')).toBe('us-east-2');
    expect(regionOf('http://127.0.0.1:4566')).toBe('eu-west-1');
  });
});
