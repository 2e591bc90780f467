import { watchEventLoop } from '../event-loop.ts';

// Stands still in the middle of its work each time it is told to, and then tells whether its event loop has been found to lag.
const watch = watchEventLoop({ limitMs: 50, windowMs: 200, resolutionMs: 5 });
process.on('message', () => {
  process.kill(process.pid, 'SIGSTOP');
  // What is due by then is looked at first.
  setTimeout(() => process.send?.(watch.isLagging()));
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
