import { describe, expect, it } from 'vitest';
import { frontArguments, panelUrlOf, servicesEnvironment, signInEnvironment, type LinkAddresses } from './environment.ts';
import { links, selectAllLinks, selectLinks } from './links.ts';
import { processesIn } from './processes.ts';
import { listeners, peerOf, regions } from './regions.ts';

const addresses: LinkAddresses = Object.fromEntries(links.map((link, index) => [link.name, `127.0.0.1:${1000 + index}`]));
const namesOf = (name: string, direction?: string): string[] => selectLinks(name, direction).map((link) => link.name);

describe('links', () => {
  it.each([
    { mode: 'embedded', split: false, attached: {} },
    { mode: 'embedded', split: true, attached: {} },
    { mode: 'docker', split: false, attached: {} },
    { mode: 'docker', split: true, attached: {} },
  ] as const)('lead from processes of the topology to addresses that one process announces: %o', (layout) => {
    const processes = processesIn(layout);
    const announced = processes.flatMap((process) => process.announces);
    expect(new Set(announced).size).toBe(announced.length);
    const names = new Set(processes.flatMap((process) => [process.name, process.group]));
    for (const link of links) {
      expect(announced, link.name).toContain(link.upstream);
      for (const consumer of link.consumers) expect(names, link.name).toContain(consumer);
    }
  });

  it('serves the same, split and joined', () => {
    const served = (split: boolean) =>
      processesIn({ mode: 'embedded', split, attached: {} })
        .filter((process) => process.serves !== undefined)
        .flatMap((process) => process.announces)
        .toSorted();
    expect(served(true)).toEqual(served(false));
    expect(served(true)).toHaveLength(2 * Object.keys(listeners).length);
  });

  it('carry each direction of the border to the other side', () => {
    expect(links.filter((link) => link.region === 'border').map((link) => [link.name, link.upstream])).toEqual([
      ['border:world-china', 'china:sync'],
      ['border:china-world', 'world:sync'],
    ]);
  });

  it('are found by name, by group and by direction', () => {
    expect(namesOf('world:queue')).toEqual(['world:queue']);
    expect(namesOf('border')).toEqual(['border:world-china', 'border:china-world']);
    expect(namesOf('border', 'china-world')).toEqual(['border:china-world']);
    expect(namesOf('china')).toHaveLength(13);
    expect(namesOf('china').every((name) => name.startsWith('china:'))).toBe(true);
  });

  it('are found by pattern, several at once, each once and in their order', () => {
    const named = (names: readonly string[], direction?: string) => selectAllLinks(names, direction).map((link) => link.name);
    expect(named(['*:postgres'])).toEqual(['world:postgres', 'china:postgres']);
    expect(named(['border:*'])).toEqual(named(['border']));
    expect(named(['world:*'])).toEqual(named(['world']));
    expect(named(['*'])).toEqual(links.map((link) => link.name));
    expect(named(['border', 'china:queue, world:mail', 'w*:mail'])).toEqual([
      'world:mail',
      'china:queue',
      'border:world-china',
      'border:china-world',
    ]);
    expect(named(['border:*'], 'china-world')).toEqual(['border:china-world']);
    expect(() => named(['moon:*'])).toThrow(/^no link fits moon:\*; there are border/);
    // A dot is a dot, not any letter.
    expect(() => named(['world.*'])).toThrow('no link fits');
    expect(() => named(['border', 'wrld'])).toThrow('did you mean world?');
    expect(() => named([' , '])).toThrow('no name is given');
    expect(() => named(['world', 'border'], 'world-china')).toThrow(/no link of world has the direction/);
  });

  it('say which names there are when one is wrong', () => {
    expect(() => selectLinks('moon')).toThrow(/no link or group is called moon.*border:world-china/);
    expect(() => selectLinks('bordr')).toThrow(/^no link or group is called bordr; did you mean border\?$/);
    expect(() => selectLinks('china-queue')).toThrow('did you mean china:queue?');
    expect(() => selectLinks('wrld')).toThrow('did you mean world?');
    expect(() => selectLinks('border', 'china-moon')).toThrow(/direction china-moon/);
  });
});

describe('the environment of services', () => {
  it.each(regions)('reaches everything of %s over links alone', (region) => {
    const environment = servicesEnvironment(region, addresses);
    const known = new Set(Object.values(addresses));
    const used = Object.values(environment).flatMap((value) => value.match(/127\.0\.0\.1:\d+/g) ?? []);
    expect(used.length).toBeGreaterThan(6);
    for (const address of used) expect(known).toContain(address);
    expect(environment['PEER_REGION']).toBe(peerOf(region));
    expect(environment['PEER_URL']).toBe(`http://${addresses[`border:${region}-${peerOf(region)}`]}`);
  });

  it('uses every link for some process', () => {
    const everything = regions.flatMap((region) => [
      ...Object.values(servicesEnvironment(region, addresses)),
      ...frontArguments(region, addresses),
    ]);
    for (const [name, address] of Object.entries(addresses)) {
      expect(
        everything.some((value) => value.includes(address)),
        name,
      ).toBe(true);
    }
  });

  it('names each cloud by its own vendor only, and holds no credentials', () => {
    const world = Object.keys(servicesEnvironment('world', addresses)).join();
    const china = Object.keys(servicesEnvironment('china', addresses)).join();
    expect(world).not.toMatch(/MNS|ALIBABA|KMS|DYSMS/);
    expect(china).not.toMatch(/AWS/);
    expect(`${world}${china}`).not.toMatch(/PASSWORD|SECRET_ACCESS|ACCESS_KEY/);
  });

  it('comes back on the ports it had', () => {
    expect(servicesEnvironment('china', addresses, { auth: 4711 })).toMatchObject({ AUTH_PORT: '4711', SYNC_PORT: '0' });
  });

  it('takes the passkeys of the panel by its domain, and none while nobody knows where it is', () => {
    const panel = panelUrlOf('http://127.0.0.1:34229');
    expect(panel).toBe('http://localhost:34229');
    expect(signInEnvironment(true, panel)).toEqual({
      AUTH_STAFF_SECOND_FACTOR: 'required',
      AUTH_PASSKEY_RP_ID: 'localhost',
      AUTH_PASSKEY_ORIGINS: 'http://localhost:34229',
    });
    expect(signInEnvironment(false, undefined)).toEqual({ AUTH_STAFF_SECOND_FACTOR: 'optional' });
  });

  it('is refused while a link has no address', () => {
    expect(() => servicesEnvironment('world', {})).toThrow('has no address yet');
  });
});
