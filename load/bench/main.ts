const benches: Readonly<Record<string, { what: string; run: (args: readonly string[]) => Promise<void> }>> = {
  import: {
    what: 'FILE: the import into the world, and when China is equal',
    run: async ([file]) => (await import('./import.ts')).benchImport(file),
  },
  edits: {
    what: 'one edit at a time: how long until the other region shows it, border at 200 ms',
    run: async (args) => (await import('./edits.ts')).benchEdits(args),
  },
  snapshot: {
    what: 'how long saving and loading the twin take, and how large it is',
    run: async (args) => (await import('./snapshot.ts')).benchSnapshot(args, process.env['SIM_DIR']),
  },
  sync: {
    what: "[CASE...] [--help]: our sync beside PostgreSQL's logical replication",
    run: async (args) => (await import('./sync/index.ts')).benchSync(args, process.env),
  },
  mns: {
    what: "[--workers 8] [--seconds 2] [--rounds 10]: the MNS gateway's messages/s beside LocalStack's SQS (needs Docker)",
    run: async (args) => (await import('./mns.ts')).benchMns(args, process.env),
  },
  services: {
    what: "[CASE...] [--help]: the services' routes beside pgbench and Go, their start and their memory",
    run: async (args) => (await import('./services/index.ts')).benchServices(args, process.env),
  },
  reserve: {
    what: 'how many orders of three lines inventory reserves in a second',
    run: async (args) => (await import('./reserve.ts')).benchReserve(args, process.env),
  },
  image: {
    what: "the product's image: from its start until it is ready, and its size (needs Docker)",
    run: async (args) => (await import('./image.ts')).benchImage(args),
  },
  toxiproxy: {
    what: "[--seconds 3] [--connections 1]: throughput and added latency of a link, beside the real Toxiproxy's where that is installed",
    run: async (args) => (await import('./toxiproxy.ts')).benchToxiproxy(args),
  },
};

const [name, ...args] = process.argv.slice(2);
const bench = name === undefined ? undefined : benches[name];
const isHelp = (word: string | undefined): boolean => word === '--help' || word === '-h';
// These have a help of their own.
const asksForHelp = isHelp(name) || (name !== 'sync' && name !== 'services' && args.some(isHelp));

function usage(to: NodeJS.WriteStream, complaint?: string): void {
  const lines = Object.entries(benches).map(([key, { what }]) => `  ${key.padEnd(10)} ${what}`);
  to.write(`${complaint === undefined ? '' : `${complaint}\n\n`}npm run bench -- NAME\n\n${lines.join('\n')}\n`);
}

if (asksForHelp) usage(process.stdout);
else if (bench === undefined) {
  usage(process.stderr, name === undefined ? undefined : `there is no benchmark called ${name}`);
  process.exitCode = 2;
} else {
  await bench.run(args).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
