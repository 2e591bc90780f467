const benches: Readonly<Record<string, { what: string; run: (args: readonly string[]) => Promise<void> }>> = {
  import: {
    what: 'FILE: the import into the world, and when China is equal',
    run: async ([file]) => (await import('./import.ts')).benchImport(file),
  },
  edits: {
    what: 'one edit at a time: how long until the other region shows it, border at 200 ms',
    run: async () => (await import('./edits.ts')).benchEdits(),
  },
  toxiproxy: {
    what: "throughput and added latency of a link, beside the real Toxiproxy's where that is installed",
    run: async () => void (await import('./toxiproxy.ts')),
  },
};

const [name, ...args] = process.argv.slice(2);
const bench = name === undefined ? undefined : benches[name];
if (bench === undefined) {
  const asked = name === undefined || name === '--help';
  const lines = Object.entries(benches).map(([key, { what }]) => `  ${key.padEnd(10)} ${what}`);
  process[asked ? 'stdout' : 'stderr'].write(`npm run bench -- NAME\n\n${lines.join('\n')}\n`);
  process.exitCode = name === '--help' ? 0 : 2;
} else {
  await bench.run(args);
}
