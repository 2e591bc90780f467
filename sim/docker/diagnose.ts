/** What was found out about Docker beyond the error's own text; what was not looked for is left out. */
export interface DockerProbes {
  /** What `docker version` and `docker compose version` wrote where they failed. */
  readonly engine?: string;
  readonly compose?: string;
  /** Images that compose.yaml names and the engine does not have. */
  readonly missingImages?: readonly string[];
}

const startDaemon =
  'Start it (Linux: sudo systemctl start docker; elsewhere Docker Desktop, or colima start) until `docker info` answers. Is the engine elsewhere, check DOCKER_HOST and `docker context ls`.';

interface Case {
  readonly pattern: RegExp;
  readonly advice: (match: RegExpExecArray) => string;
  /** The error is that an image could not be had, whichever it was. */
  readonly ofImages?: true;
}

/** In the order in which they are asked: a cause before what follows from it. */
const cases: readonly Case[] = [
  {
    pattern: /permission denied[^\n]*docker[^\n]*sock|dial unix [^\n]*: connect: permission denied|connect EACCES [^\n]*sock/i,
    advice: () =>
      'Docker runs, but this user may not use its socket. Join its group (sudo usermod -aG docker "$USER") and log in again, or run Docker rootless.',
  },
  {
    pattern: /(?:cannot|failed to) connect to the docker (?:daemon|API) at (\S+?)[.;,]?(?:\s|$)/i,
    advice: ([, at]) => `The Docker daemon is not running: nothing answers at ${at}. ${startDaemon}`,
  },
  {
    pattern: /error during connect|cannot connect to the docker daemon|could not find a working container runtime strategy/i,
    advice: () => `The Docker daemon is not running. ${startDaemon}`,
  },
  {
    pattern: /spawn docker ENOENT|docker: (?:command )?not found/i,
    advice: () => 'The program docker is not on the PATH. Install Docker Engine or Docker Desktop (https://docs.docker.com/get-docker/).',
  },
  {
    pattern: /unknown command: docker compose|'compose' is not a docker command|unknown shorthand flag: '[pf]' in -[pf]/i,
    advice: () =>
      'Docker is there, but not its plugin Compose v2. Install it (packages docker-compose-plugin, or docker-compose-v2 on Ubuntu) until `docker compose version` answers.',
  },
  {
    pattern: /client version (\S+) is too new\. Maximum supported API version is (\S+)/i,
    advice: ([, asked, known]) =>
      `The Docker engine is too old: it knows API ${known}, and ${asked} is asked for. Update the engine (\`docker version\` tells both), or unset DOCKER_API_VERSION.`,
  },
  {
    pattern: /client version (\S+) is too old\. Minimum supported API version is ([\d.]+)/i,
    advice: ([, asked, known]) =>
      `The docker client is too old: it asks for API ${asked}, and the engine begins at ${known}. Update the client (\`docker version\` tells both), or unset DOCKER_API_VERSION.`,
  },
  {
    pattern: /no space left on device|ENOSPC|disk quota exceeded/i,
    advice: () =>
      "Docker's disk is full. `docker system df` shows what fills it; `docker system prune` removes stopped containers, unused networks, dangling images and build cache.",
  },
  {
    pattern: /(?:listen tcp\d? |bind for )(\S+):(\d+)[: ][^\n]*(?:address already in use|port is already allocated)/i,
    advice: ([, host, port]) =>
      `Port ${port} of ${host} is taken. \`docker ps --filter publish=${port}\` or \`ss -ltnp 'sport = :${port}'\` tells by whom: end that, or start again on another port.`,
  },
  {
    pattern: /manifest for (\S+) not found|pull access denied for ([^\s,]+)|unable to find image '([^']+)'|no such image: (\S+)/i,
    advice: (match) => pullAdvice(match.slice(1).filter((name) => typeof name === 'string')),
    ofImages: true,
  },
  {
    pattern: /toomanyrequests|pull rate limit/i,
    advice: () => 'The registry refuses further downloads for now. Log in (`docker login`), or wait, and start again.',
    ofImages: true,
  },
  {
    pattern: /npm error[^\n]*(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|CERT|self-signed)/i,
    advice: () =>
      'The build cannot reach the npm registry. See that `npm ping` answers here, and that `npm config get registry` is an address that the engine reaches too; a proxy of your own needs its CA in the base image.',
  },
  {
    pattern: /get "https?:\/\/[^"]+": [^\n]*|failed to do request|failed to resolve reference/i,
    advice: () =>
      'An image is missing here and its registry cannot be reached. Check the network and the proxy of the Docker daemon; `docker compose pull` tries again.',
    ofImages: true,
  },
];

function pullAdvice(images: readonly string[]): string {
  const which = images.length === 1 ? `The image ${images[0]} is` : `The images ${images.join(', ')} are`;
  const pulls = images.map((image) => `docker pull ${image}`).join(' && ');
  return `${which} not on this machine and could not be downloaded. Try \`${pulls}\`: it tells a wrong name, an unreachable registry and a missing login apart.`;
}

/**
 * What is wrong with Docker and what to do about it, in one line, from the text of an error (of docker, Compose or Testcontainers) and what was
 * found out besides. Undefined where neither is known. Pure.
 */
export function diagnose(text: string, probes: DockerProbes = {}): string | undefined {
  // What Docker says of itself is nearer to the cause than what went wrong for it.
  for (const probed of [probes.engine ?? '', probes.compose ?? '']) {
    const advice = findCase(probed)?.advice;
    if (advice !== undefined) return advice;
  }
  const found = findCase(text);
  const missing = probes.missingImages ?? [];
  if (missing.length > 0 && (found === undefined || found.ofImages)) return pullAdvice(missing);
  return found?.advice;
}

function findCase(text: string): { readonly advice: string; readonly ofImages: boolean } | undefined {
  for (const { pattern, advice, ofImages = false } of cases) {
    const match = pattern.exec(text);
    if (match !== null) return { advice: advice(match), ofImages };
  }
  return undefined;
}

/** The text, and below it what to do where that is known. */
export function withAdvice(text: string, probes?: DockerProbes): string {
  const advice = diagnose(text, probes);
  return advice === undefined ? text : `${text}\n${advice}`;
}
