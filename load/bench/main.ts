const benches: Readonly<Record<string, { what: string; run: () => Promise<void> }>> = {
  edits: {
    what: 'one edit at a time: how long until the other region shows it, border at 200 ms',
    run: async () => (await import('./edits.ts')).benchEdits(),
  },
  toxiproxy: {
    what: "throughput and added latency of a link, beside the real Toxiproxy's where that is installed",
    run: async () => void (await import('./toxiproxy.ts')),
  },
};

const [name] = process.argv.slice(2);
const bench = name === undefined ? undefined : benches[name];
if (bench === undefined) {
  const asked = name === undefined || name === '--help';
  const lines = Object.entries(benches).map(([key, { what }]) => `  ${key.padEnd(10)} ${what}`);
  process[asked ? 'stdout' : 'stderr'].write(`npm run bench -- NAME\n\n${lines.join('\n')}\n`);
  process.exitCode = name === '--help' ? 0 : 2;
} else {
  await bench.run();
}
