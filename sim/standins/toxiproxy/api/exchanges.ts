/** One question and the answer that both servers must give. Ports that the system chose read PORT, the API's own reads API. */
export interface Exchange {
  readonly ask: `${string} ${string}`;
  readonly body?: string;
  readonly status: number;
  readonly answer: string;
}

const badBody = (problem: string) => `${JSON.stringify({ error: `bad request body: ${problem}`, status: 400 })}\n`;
const error = (message: string, status: number) => `${JSON.stringify({ error: message, status })}\n`;
const proxyNotFound = { status: 404, answer: error('proxy not found', 404) };
const toxicNotFound = { status: 404, answer: error('toxic not found', 404) };
const noPage = { status: 404, answer: '404 page not found\n' };
const wrongMethod = { status: 405, answer: '' };
const invalidCharacter = (character: string, where: string) => ({
  status: 400,
  answer: badBody(`invalid character '${character}' ${where}`),
});
const notStruct = (is: string, type: string) => ({
  status: 400,
  answer: badBody(`json: cannot unmarshal ${is} into Go value of type ${type}`),
});
const notField = (is: string, field: string, type: string) => ({
  status: 400,
  answer: badBody(`json: cannot unmarshal ${is} into Go struct field ${field} of type ${type}`),
});

const link = '{"name":"border:world-china","listen":"127.0.0.1:PORT","upstream":"127.0.0.1:1","enabled":true,"Logger":{},"toxics":[]}';
const off = (enabled: boolean, listen = 'PORT') =>
  `{"name":"off","listen":"127.0.0.1:${listen}","upstream":"127.0.0.1:1","enabled":${enabled},"Logger":{},"toxics":[]}`;
const TOXICS = '/proxies/border:world-china/toxics';
const toxic = (type: string, attributes: string) =>
  `{"attributes":${attributes},"name":"${type}_downstream","type":"${type}","stream":"downstream","toxicity":1}`;
const inUse = 'listen tcp 127.0.0.1:API: bind: address already in use';
const populateType = 'struct { toxiproxy.Proxy; Enabled *bool "json:\\"enabled\\"" }';
const populateFailure = (problem: string, status = 400) => ({ status, answer: JSON.stringify({ error: problem, status, proxies: null }) });

/** Asked one after the other of one server: the table is a story. */
export const exchanges: readonly Exchange[] = [
  { ask: 'GET /proxies', status: 200, answer: '{}' },
  // Bodies that are no JSON
  { ask: 'POST /proxies', body: '', status: 400, answer: badBody('EOF') },
  { ask: 'POST /proxies', body: '{"name":"x', status: 400, answer: badBody('unexpected EOF') },
  { ask: 'POST /proxies', body: 'hello', ...invalidCharacter('h', 'looking for beginning of value') },
  { ask: 'POST /proxies', body: '[1,]', ...invalidCharacter(']', 'looking for beginning of value') },
  { ask: 'POST /proxies', body: "{'a':1}", ...invalidCharacter("\\'", 'looking for beginning of object key string') },
  { ask: 'POST /proxies', body: '{"a":1,}', ...invalidCharacter('}', 'looking for beginning of object key string') },
  { ask: 'POST /proxies', body: '{é}', ...invalidCharacter('Ã', 'looking for beginning of object key string') },
  { ask: 'POST /proxies', body: '{"a" 1}', ...invalidCharacter('1', 'after object key') },
  { ask: 'POST /proxies', body: '{"a":1 "b":2}', ...invalidCharacter('"', 'after object key:value pair') },
  { ask: 'POST /proxies', body: '{"a":01}', ...invalidCharacter('1', 'after object key:value pair') },
  { ask: 'POST /proxies', body: '{"a":[1 2]}', ...invalidCharacter('2', 'after array element') },
  { ask: 'POST /proxies', body: '{"a":tru}', ...invalidCharacter('}', "in literal true (expecting 'e')") },
  { ask: 'POST /proxies', body: '{"a":nul}', ...invalidCharacter('}', "in literal null (expecting 'l')") },
  { ask: 'POST /proxies', body: '{"a":-}', ...invalidCharacter('}', 'in numeric literal') },
  { ask: 'POST /proxies', body: '{"a":1.}', ...invalidCharacter('}', 'after decimal point in numeric literal') },
  { ask: 'POST /proxies', body: '{"a":1e}', ...invalidCharacter('}', 'in exponent of numeric literal') },
  { ask: 'POST /proxies', body: '{"a":"\\q"}', ...invalidCharacter('q', 'in string escape code') },
  { ask: 'POST /proxies', body: '{"a":"\\u12x4"}', ...invalidCharacter('x', String.raw`in \u hexadecimal character escape`) },
  { ask: 'POST /proxies', body: '{"a":"\u0001"}', ...invalidCharacter('\\x01', 'in string literal') },
  // Bodies of the wrong shape
  { ask: 'POST /proxies', body: '[]', ...notStruct('array', 'toxiproxy.Proxy') },
  { ask: 'POST /proxies', body: '"x"', ...notStruct('string', 'toxiproxy.Proxy') },
  { ask: 'POST /proxies', body: 'true', ...notStruct('bool', 'toxiproxy.Proxy') },
  { ask: 'POST /proxies', body: '{"name":1}', ...notField('number', 'Proxy.name', 'string') },
  { ask: 'POST /proxies', body: '{"name":"a","upstream":{}}', ...notField('object', 'Proxy.upstream', 'string') },
  { ask: 'POST /proxies', body: '{"name":"a","enabled":"yes","listen":5}', ...notField('string', 'Proxy.enabled', 'bool') },
  { ask: 'POST /proxies', body: 'null', status: 400, answer: error('missing required field: name', 400) },
  { ask: 'POST /proxies', body: '{}', status: 400, answer: error('missing required field: name', 400) },
  { ask: 'POST /proxies', body: '{"name":"a"}', status: 400, answer: error('missing required field: upstream', 400) },
  // Addresses that cannot be listened at
  { ask: 'POST /proxies', body: '{"name":"a","upstream":"127.0.0.1:1","listen":"127.0.0.1:API"}', status: 500, answer: error(inUse, 500) },
  {
    ask: 'POST /proxies',
    body: '{"name":"a","upstream":"127.0.0.1:1","listen":"nonsense"}',
    status: 500,
    answer: error('listen tcp: address nonsense: missing port in address', 500),
  },
  {
    ask: 'POST /proxies',
    body: '{"name":"a","upstream":"127.0.0.1:1","listen":"a:b:c"}',
    status: 500,
    answer: error('listen tcp: address a:b:c: too many colons in address', 500),
  },
  {
    ask: 'POST /proxies',
    body: '{"name":"a","upstream":"127.0.0.1:1","listen":"127.0.0.1:99999"}',
    status: 500,
    answer: error('listen tcp: address 99999: invalid port', 500),
  },
  {
    ask: 'POST /proxies',
    body: '{"name":"a","upstream":"127.0.0.1:1","listen":"127.0.0.1:abc"}',
    status: 500,
    answer: error('listen tcp: lookup tcp/abc: unknown port', 500),
  },
  // A proxy's life
  {
    ask: 'POST /proxies',
    body: '{"NAME":"border:world-china","upstream":"127.0.0.1:1","listen":"127.0.0.1:0"} rest',
    status: 201,
    answer: link,
  },
  {
    ask: 'POST /proxies',
    body: '{"name":"border:world-china","upstream":"127.0.0.1:1","listen":"127.0.0.1:0"}',
    status: 409,
    answer: error('proxy already exists', 409),
  },
  { ask: 'GET /proxies/border:world-china', status: 200, answer: link },
  { ask: 'GET /proxies/border%3Aworld-china', status: 200, answer: link },
  { ask: 'GET /proxies', status: 200, answer: `{"border:world-china":${link}}` },
  {
    ask: 'POST /proxies',
    body: '{"name":"off","upstream":"127.0.0.1:1","listen":"127.0.0.1:0","enabled":false}',
    status: 201,
    answer: off(false, '0'),
  },
  { ask: 'POST /proxies/off', body: '{"enabled":true}', status: 200, answer: off(true) },
  { ask: 'PATCH /proxies/off', body: '{"enabled":false}', status: 200, answer: off(false) },
  { ask: 'PATCH /proxies/off', body: '{"listen":"bad"}', status: 500, answer: error('address bad: missing port in address', 500) },
  { ask: 'PATCH /proxies/off', body: '{"enabled":3}', ...notField('number', 'Proxy.enabled', 'bool') },
  { ask: 'PATCH /proxies/off', body: '{"name":"other","listen":"127.0.0.1:API","enabled":true}', status: 500, answer: error(inUse, 500) },
  { ask: 'GET /proxies/off', status: 200, answer: off(false, 'API') },
  { ask: 'POST /reset', status: 500, answer: error(inUse, 500) },
  { ask: 'DELETE /proxies/off', status: 204, answer: '' },
  { ask: 'GET /proxies/off', ...proxyNotFound },
  { ask: 'PATCH /proxies/off', body: '{', ...proxyNotFound },
  { ask: 'DELETE /proxies/off', ...proxyNotFound },
  { ask: 'GET /proxies/off/toxics', ...proxyNotFound },
  { ask: 'POST /proxies/off/toxics', body: '{}', ...proxyNotFound },
  { ask: 'DELETE /proxies/off/toxics/x', ...proxyNotFound },
  // What a toxic may not be
  { ask: `GET ${TOXICS}`, status: 200, answer: '[]' },
  { ask: `POST ${TOXICS}`, body: '', status: 400, answer: badBody('EOF') },
  { ask: `POST ${TOXICS}`, body: '{}', status: 400, answer: error('invalid toxic type', 400) },
  { ask: `POST ${TOXICS}`, body: '{"type":"nope"}', status: 400, answer: error('invalid toxic type', 400) },
  { ask: `POST ${TOXICS}`, body: '[]', ...notStruct('array', 'toxics.ToxicWrapper') },
  { ask: `POST ${TOXICS}`, body: '{"type":5}', ...notField('number', 'ToxicWrapper.type', 'string') },
  { ask: `POST ${TOXICS}`, body: '{"type":"latency","toxicity":"x"}', ...notField('string', 'ToxicWrapper.toxicity', 'float32') },
  {
    ask: `POST ${TOXICS}`,
    body: '{"type":"latency","attributes":3}',
    ...notField('number', 'ToxicWrapper.attributes', 'toxics.NoopToxic'),
  },
  {
    ask: `POST ${TOXICS}`,
    body: '{"type":"latency","attributes":{"latency":"x"}}',
    ...notField('string', 'LatencyToxic.attributes.latency', 'int64'),
  },
  {
    ask: `POST ${TOXICS}`,
    body: '{"type":"latency","attributes":{"latency":1.5}}',
    ...notField('number 1.5', 'LatencyToxic.attributes.latency', 'int64'),
  },
  {
    ask: `POST ${TOXICS}`,
    body: '{"type":"latency","attributes":{"latency":1e3}}',
    ...notField('number 1e3', 'LatencyToxic.attributes.latency', 'int64'),
  },
  {
    ask: `POST ${TOXICS}`,
    body: '{"type":"slicer","attributes":{"delay":true}}',
    ...notField('bool', 'SlicerToxic.attributes.delay', 'int'),
  },
  {
    ask: `POST ${TOXICS}`,
    body: '{"type":"latency","stream":"sideways"}',
    status: 400,
    answer: error('stream was invalid, can be either upstream or downstream', 400),
  },
  // Every toxic with its defaults
  { ask: `POST ${TOXICS}`, body: '{"type":"latency"}', status: 200, answer: toxic('latency', '{"latency":0,"jitter":0}') },
  { ask: `POST ${TOXICS}`, body: '{"type":"latency"}', status: 409, answer: error('toxic already exists', 409) },
  {
    ask: `POST ${TOXICS}`,
    body: '{"type":"latency","stream":"UPSTREAM","toxicity":0.123456789,"attributes":{"JITTER":1,"latency":5,"zzz":1}}',
    status: 200,
    answer: '{"attributes":{"latency":5,"jitter":1},"name":"latency_UPSTREAM","type":"latency","stream":"UPSTREAM","toxicity":0.12345679}',
  },
  {
    ask: `POST ${TOXICS}`,
    body: '{"type":"slicer","name":"<s>","toxicity":2,"attributes":{"average_size":5,"size_variation":1,"delay":3}}',
    status: 200,
    answer: String.raw`{"attributes":{"average_size":5,"size_variation":1,"delay":3},"name":"\u003cs\u003e","type":"slicer","stream":"downstream","toxicity":2}`,
  },
  { ask: `DELETE ${TOXICS}/%3Cs%3E`, status: 204, answer: '' },
  {
    ask: `POST ${TOXICS}`,
    body: '{"type":"slicer"}',
    status: 200,
    answer: toxic('slicer', '{"average_size":0,"size_variation":0,"delay":0}'),
  },
  { ask: `POST ${TOXICS}`, body: '{"type":"slow_close"}', status: 200, answer: toxic('slow_close', '{"delay":0}') },
  { ask: `POST ${TOXICS}`, body: '{"type":"timeout","attributes":null}', status: 200, answer: toxic('timeout', '{"timeout":0}') },
  { ask: `POST ${TOXICS}`, body: '{"type":"reset_peer"}', status: 200, answer: toxic('reset_peer', '{"timeout":0}') },
  { ask: `POST ${TOXICS}`, body: '{"type":"limit_data"}', status: 200, answer: toxic('limit_data', '{"bytes":0}') },
  { ask: `POST ${TOXICS}`, body: '{"type":"bandwidth"}', status: 200, answer: toxic('bandwidth', '{"rate":0}') },
  { ask: `POST ${TOXICS}`, body: '{"type":"noop"}', status: 200, answer: toxic('noop', '{}') },
  { ask: `GET ${TOXICS}/bandwidth_downstream`, status: 200, answer: toxic('bandwidth', '{"rate":0}') },
  // Updates change attributes and toxicity, and nothing else
  {
    ask: `PATCH ${TOXICS}/bandwidth_downstream`,
    body: '{"attributes":{"rate":100},"toxicity":0.5,"name":"renamed","stream":"upstream"}',
    status: 200,
    answer: toxic('bandwidth', '{"rate":100}').replace(':1}', ':0.5}'),
  },
  {
    ask: `POST ${TOXICS}/bandwidth_downstream`,
    body: '{"attributes":null,"toxicity":null}',
    status: 200,
    answer: toxic('bandwidth', '{"rate":100}').replace(':1}', ':0.5}'),
  },
  {
    ask: `PATCH ${TOXICS}/bandwidth_downstream`,
    body: '{"attributes":{"rate":"z"}}',
    ...notField('string', 'BandwidthToxic.attributes.rate', 'int64'),
  },
  { ask: `PATCH ${TOXICS}/bandwidth_downstream`, body: '{"attributes":3}', ...notField('number', '.attributes', 'toxics.BandwidthToxic') },
  { ask: `PATCH ${TOXICS}/bandwidth_downstream`, body: '{"toxicity":1e39}', ...notField('number 1e39', '.toxicity', 'float32') },
  {
    ask: `PATCH ${TOXICS}/bandwidth_downstream`,
    body: '[]',
    ...notStruct('array', 'struct { Attributes interface {} "json:\\"attributes\\""; Toxicity float32 "json:\\"toxicity\\"" }'),
  },
  { ask: `PATCH ${TOXICS}/bandwidth_downstream`, body: '', status: 400, answer: badBody('EOF') },
  { ask: `GET ${TOXICS}/nope`, ...toxicNotFound },
  { ask: `PATCH ${TOXICS}/nope`, body: '{', ...toxicNotFound },
  { ask: `DELETE ${TOXICS}/nope`, ...toxicNotFound },
  { ask: `DELETE ${TOXICS}/bandwidth_downstream`, status: 204, answer: '' },
  // Upstream toxics come first
  {
    ask: `GET ${TOXICS}`,
    status: 200,
    answer: `[${[
      '{"attributes":{"latency":5,"jitter":1},"name":"latency_UPSTREAM","type":"latency","stream":"UPSTREAM","toxicity":0.12345679}',
      toxic('latency', '{"latency":0,"jitter":0}'),
      toxic('slicer', '{"average_size":0,"size_variation":0,"delay":0}'),
      toxic('slow_close', '{"delay":0}'),
      toxic('timeout', '{"timeout":0}'),
      toxic('reset_peer', '{"timeout":0}'),
      toxic('limit_data', '{"bytes":0}'),
      toxic('noop', '{}'),
    ].join(',')}]`,
  },
  { ask: 'POST /reset', status: 204, answer: '' },
  { ask: `GET ${TOXICS}`, status: 200, answer: '[]' },
  // Populate
  { ask: 'POST /populate', body: '', ...populateFailure('bad request body: EOF') },
  {
    ask: 'POST /populate',
    body: '{}',
    ...populateFailure(`bad request body: json: cannot unmarshal object into Go value of type []${populateType}`),
  },
  {
    ask: 'POST /populate',
    body: '[5]',
    ...populateFailure(`bad request body: json: cannot unmarshal number into Go value of type ${populateType}`),
  },
  {
    ask: 'POST /populate',
    body: '[{"name":"p","upstream":5}]',
    ...populateFailure('bad request body: json: cannot unmarshal number into Go struct field .Proxy.upstream of type string'),
  },
  {
    ask: 'POST /populate',
    body: '[{"name":"p","upstream":"x","enabled":5}]',
    ...populateFailure('bad request body: json: cannot unmarshal number into Go struct field .enabled of type bool'),
  },
  { ask: 'POST /populate', body: '[{}]', ...populateFailure('missing required field: name at proxy 1') },
  {
    ask: 'POST /populate',
    body: '[{"name":"p","upstream":"x"},{"name":"p"}]',
    ...populateFailure('missing required field: upstream at proxy 2'),
  },
  { ask: 'POST /populate', body: '[]', status: 201, answer: '{"proxies":null}' },
  {
    ask: 'POST /populate',
    body: '[{"name":"off","upstream":"127.0.0.1:1","listen":"127.0.0.1:0"},{"name":"bad","upstream":"127.0.0.1:1","listen":"127.0.0.1:API"}]',
    status: 500,
    answer: `{"error":"${inUse}","status":500,"proxies":[${off(true)}]}`,
  },
  {
    ask: 'POST /populate',
    body: '[{"name":"off","upstream":"127.0.0.1:1","listen":"127.0.0.1:0","enabled":false}]',
    status: 201,
    answer: `{"proxies":[${off(false, '0')}]}`,
  },
  { ask: 'DELETE /proxies/off', status: 204, answer: '' },
  { ask: 'DELETE /proxies/border:world-china', status: 204, answer: '' },
  // Routes
  { ask: 'GET /nope', ...noPage },
  { ask: 'GET /proxies/', ...noPage },
  { ask: 'PUT /proxies', ...wrongMethod },
  { ask: 'HEAD /version', ...wrongMethod },
  { ask: 'OPTIONS /proxies', ...wrongMethod },
  { ask: 'GET /reset', ...wrongMethod },
  { ask: 'PATCH /proxies/a/toxics', ...wrongMethod },
];
