import { describe, expect, it } from 'vitest';
import { diagnose, withAdvice } from './diagnose.ts';

/** What docker 28, Compose 2.40, an engine 20.10 and Testcontainers 12 really wrote when the thing was done to them that the name tells. */
const texts = {
  'DOCKER_HOST at a socket that is not there':
    "unable to get image 'softwaremill/elasticmq:1.6.16': Cannot connect to the Docker daemon at unix:///tmp/none.sock. Is the docker daemon running?",
  'DOCKER_HOST at a closed port, as Testcontainers says it': 'Error: Could not find a working container runtime strategy',
  'another user than the socket allows':
    'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.50/containers/json": dial unix /var/run/docker.sock: connect: permission denied',
  'no plugin': "docker: unknown command: docker compose\n\nRun 'docker --help' for more information",
  'a made-up tag, by docker run':
    'Unable to find image \'postgres:made-up\' locally\ndocker: Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host',
  'a made-up tag, by docker compose up':
    ' x Pulling \n x Error Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 10.0.0.53:53: no such host\nError response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 10.0.0.53:53: no such host',
  'a tmpfs of five MB under initdb':
    '2026-11-28 12:59:10.372 UTC [20] FATAL:  could not write to file "pg_wal/xlogtemp.20": No space left on device\nchild process exited with exit code 1',
  'a port that a program has':
    'Error response from daemon: driver failed programming external connectivity on endpoint hport-x-1 (1fbe51d7): Error starting userland proxy: listen tcp4 127.0.0.1:18999: bind: address already in use',
  'a port that a container has':
    'Error response from daemon: driver failed programming external connectivity on endpoint b (77aa): Bind for 127.0.0.1:18999 failed: port is already allocated',
  'DOCKER_API_VERSION=1.99': 'Error response from daemon: client version 1.99 is too new. Maximum supported API version is 1.41',
  'DOCKER_API_VERSION=1.11':
    'Error response from daemon: client version 1.11 is too old. Minimum supported API version is 1.12, please upgrade your client to a newer version',
  'a build whose npm finds no registry': 'npm error code ENOTFOUND\nnpm error syscall getaddrinfo\nnpm error errno ENOTFOUND',
} as const;

const expected: Record<keyof typeof texts, readonly string[]> = {
  'DOCKER_HOST at a socket that is not there': ['daemon is not running', 'unix:///tmp/none.sock.', 'DOCKER_HOST'],
  'DOCKER_HOST at a closed port, as Testcontainers says it': ['daemon is not running', 'DOCKER_HOST'],
  'another user than the socket allows': ['may not use its socket', 'usermod -aG docker'],
  'no plugin': ['Compose v2', '`docker compose version`'],
  'a made-up tag, by docker run': ['docker pull postgres:made-up'],
  'a made-up tag, by docker compose up': ['registry cannot be reached', 'docker compose pull'],
  'a tmpfs of five MB under initdb': ['disk is full', 'docker system df', 'docker system prune'],
  'a port that a program has': ['Port 18999 of 127.0.0.1 is taken', 'publish=18999'],
  'a port that a container has': ['Port 18999 of 127.0.0.1 is taken'],
  'DOCKER_API_VERSION=1.99': ['engine is too old', '1.41', '1.99'],
  'DOCKER_API_VERSION=1.11': ['client is too old', '1.11', '1.12'],
  'a build whose npm finds no registry': ['npm registry', 'npm config get registry'],
};

describe('diagnose', () => {
  it.each(Object.entries(texts))('knows what to do after %s', (name, text) => {
    const advice = diagnose(text);
    for (const part of expected[name as keyof typeof texts]) expect(advice).toContain(part);
    expect(advice).not.toContain('\n');
  });

  it('names the images that are missing, where the text names none', () => {
    const advice = diagnose(texts['a made-up tag, by docker compose up'], { missingImages: ['postgres:made-up', 'elasticmq:9'] });
    expect(advice).toContain('docker pull postgres:made-up && docker pull elasticmq:9');
  });

  it('does not blame a missing image for something else', () => {
    const advice = diagnose(texts['a port that a program has'], { missingImages: ['postgres:made-up'] });
    expect(advice).toContain('18999');
    expect(advice).not.toContain('docker pull');
  });

  it('believes what Docker says of itself before the error that came of it', () => {
    const probes = { engine: texts['another user than the socket allows'] };
    expect(diagnose(texts['DOCKER_HOST at a closed port, as Testcontainers says it'], probes)).toContain('usermod');
    expect(diagnose('something else', { compose: texts['no plugin'] })).toContain('Compose v2');
  });

  it('knows nothing of what has nothing to do with Docker', () => {
    const strange = 'connect ECONNREFUSED 127.0.0.1:5432';
    expect(diagnose(strange)).toBeUndefined();
    expect(withAdvice(strange)).toBe(strange);
    expect(withAdvice(texts['no plugin'])).toMatch(/^docker: unknown command[^]*\n.*Compose v2.*$/);
  });
});
