import { describe, expect, it } from 'vitest';
import { readEvent } from './watch.ts';

/** A line as an engine 20.10 writes it, without what nobody reads. */
function line(action: string, attributes: Record<string, string>): string {
  const all = { 'com.docker.compose.oneoff': 'False', 'com.docker.compose.project': 'p', name: 'p-db-1', ...attributes };
  return JSON.stringify({ status: action, Type: 'container', Action: action, Actor: { ID: '3f63', Attributes: all }, scope: 'local' });
}
const checked = new Set(['db']);

describe('readEvent', () => {
  it('says that a container died, with its code and how to look', () => {
    const change = readEvent(line('die', { 'com.docker.compose.service': 'db', exitCode: '137' }), checked);
    expect(change).toMatchObject({ service: 'db', state: 'exited' });
    expect(change).toHaveProperty('detail', expect.stringMatching(/code 137 \(killed.*docker logs p-db-1.*docker start p-db-1/));
  });

  it('waits for the health check where there is one', () => {
    expect(readEvent(line('start', { 'com.docker.compose.service': 'db' }), checked)).toBeUndefined();
    expect(readEvent(line('health_status: unhealthy', { 'com.docker.compose.service': 'db' }), checked)).toBeUndefined();
    const running = { service: 'db', state: 'running' };
    expect(readEvent(line('health_status: healthy', { 'com.docker.compose.service': 'db' }), checked)).toEqual(running);
    expect(readEvent(line('start', { 'com.docker.compose.service': 'mq' }), checked)).toEqual({ service: 'mq', state: 'running' });
  });

  it('leaves alone what is none of its business', () => {
    const own = { 'com.docker.compose.service': 'world-services', 'com.docker.compose.oneoff': 'True', exitCode: '0' };
    expect(readEvent(line('die', own), checked)).toBeUndefined();
    expect(readEvent(line('exec_create: pg_isready', { 'com.docker.compose.service': 'db' }), checked)).toBeUndefined();
    expect(readEvent(line('die', { exitCode: '0' }), checked)).toBeUndefined();
    for (const strange of ['', 'not JSON', '{}', 'null']) expect(readEvent(strange, checked)).toBeUndefined();
  });
});
