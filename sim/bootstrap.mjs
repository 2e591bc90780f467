// Runs FILE.ts with the pinned Node, installing what is missing first. Understood by Node 20, and in need of no package.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const checkout = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(checkout, 'node_modules');
const stampFile = join(modules, '.installed-from');
const pinnedNode = join(modules, '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
const lockFolder = join(checkout, '.cache', 'install.lock');
const staleLockMs = 15_000;

const say = (text) => process.stderr.write(`${text}\n`);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What the installed tree must have come from. */
function wantedStamp() {
  const hash = createHash('sha256');
  for (const name of ['package-lock.json', 'package.json']) {
    // Of package.json only what npm installs by: a changed script needs no installation.
    const text = readFileSync(join(checkout, name), 'utf8');
    hash.update(name === 'package.json' ? JSON.stringify(dependenciesOf(JSON.parse(text))) : text);
  }
  return `${hash.digest('hex')} ${process.platform} ${process.arch}\n`;
}

function dependenciesOf({ dependencies, devDependencies, optionalDependencies, overrides, allowScripts }) {
  return { dependencies, devDependencies, optionalDependencies, overrides, allowScripts };
}

function upToDate(stamp) {
  try {
    return readFileSync(stampFile, 'utf8') === stamp && existsSync(pinnedNode);
  } catch {
    return false;
  }
}

/** Whether somebody has run `npm ci` by hand: npm's own record of the tree names the versions of the lockfile. */
function installedByHand() {
  try {
    const { packages: wanted } = JSON.parse(readFileSync(join(checkout, 'package-lock.json'), 'utf8'));
    const { packages: found } = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8'));
    const same = Object.entries(wanted).every(([path, { version, optional, devOptional, link }]) => {
      if (path === '' || link) return true;
      const present = found[path];
      return present === undefined ? optional === true || devOptional === true : present.version === version;
    });
    return same && runs(pinnedNode);
  } catch {
    return false;
  }
}

/** Takes the lock, waiting while another installs; a lock that nobody refreshes is left over and is taken away. */
async function lock() {
  mkdirSync(dirname(lockFolder), { recursive: true });
  for (let said = false; ;) {
    try {
      mkdirSync(lockFolder);
      const refresh = setInterval(() => utimesSync(lockFolder, new Date(), new Date()), 2000);
      return () => {
        clearInterval(refresh);
        rmSync(lockFolder, { recursive: true, force: true });
      };
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (!said) say('Another command is installing; waiting for it.');
    said = true;
    try {
      if (Date.now() - statSync(lockFolder).mtimeMs > staleLockMs) rmSync(lockFolder, { recursive: true, force: true });
    } catch {
      // It has just been given back.
    }
    await sleep(300);
  }
}

const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const noise =
  /EBADENGINE|allow-scripts|allowScripts|install scripts|install script|npm warn deprecated|^npm warn\s*$|^npm warn {2,}|^npm notice|^npm warn (package|required|current|cleanup)/i;

async function install(stamp) {
  const unlock = await lock();
  const stop = new AbortController();
  const interrupt = (signal) => stop.abort(signal);
  for (const signal of endingSignals) process.on(signal, interrupt);
  try {
    if (upToDate(stamp)) return;
    if (installedByHand()) {
      writeFileSync(stampFile, stamp);
      return;
    }
    const reason = existsSync(modules) ? 'The packages installed are not those of package-lock.json' : 'The packages are not installed yet';
    say(`${reason}; installing them (npm ci, about 1.2 GB on disk, half a minute to some minutes) ...`);
    const startedMs = Date.now();
    // npm takes out what was installed, so what the stamp says ends here.
    rmSync(stampFile, { force: true });
    const { code, lines } = await npmCi(startedMs, stop.signal);
    if (stop.signal.aborted) {
      say('Interrupted; the next command installs again.');
      unlock();
      process.exit(128 + constants.signals[stop.signal.reason]);
    }
    if (code !== 0) fail(lines);
    if (!existsSync(pinnedNode) || !runs(pinnedNode)) failScripts();
    writeFileSync(stampFile, stamp);
    say(`Installed in ${Math.round((Date.now() - startedMs) / 1000)} s.`);
  } finally {
    for (const signal of endingSignals) process.off(signal, interrupt);
    unlock();
  }
}

/**
 * Runs `npm ci` with what matters shown. A line of progress is rewritten on a terminal, and comes every ten seconds elsewhere.
 * At the signal npm and all that it started are ended, and have ended when this answers.
 */
function npmCi(startedMs, signal) {
  const windows = process.platform === 'win32';
  const child = spawn(windows ? 'npm.cmd' : 'npm', ['ci', '--no-audit', '--no-fund', '--no-progress'], {
    cwd: checkout,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: windows,
    // A process group of its own, so that the scripts that npm runs can be ended with it.
    detached: !windows,
    env: { ...process.env, NODE_ENV: 'development', npm_config_omit: '' },
  });
  const lines = [];
  const terminal = process.stderr.isTTY;
  const clear = terminal ? '\r\u001b[K' : '';
  const timer = setInterval(
    () => {
      const text = `  installing, ${Math.round((Date.now() - startedMs) / 1000)} s`;
      if (terminal) process.stderr.write(`${clear}${text}`);
      else say(text);
    },
    terminal ? 500 : 10_000,
  );
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk) => {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      for (const line of parts) {
        lines.push(line);
        if (signal.aborted) continue;
        if (/^npm (error|ERR!)/.test(line)) process.stderr.write(`${clear}${line}\n`);
        else if (line.trim() !== '' && !noise.test(line) && stream === child.stderr) process.stderr.write(`${clear}  ${line}\n`);
      }
    });
  }
  const endGroup = (how) => {
    try {
      if (windows) child.kill(how);
      else process.kill(-child.pid, how);
    } catch {
      // It has ended by itself.
    }
  };
  let patience;
  signal.addEventListener('abort', () => {
    clearInterval(timer);
    process.stderr.write(`${clear}Ending npm ...${terminal ? '' : '\n'}`);
    endGroup('SIGTERM');
    // What npm wants to put back first is of no use: the next command installs anew.
    patience = setTimeout(() => endGroup('SIGKILL'), 1500);
  });
  return new Promise((resolve) => {
    const end = (code) => {
      clearInterval(timer);
      clearTimeout(patience);
      process.stderr.write(clear);
      resolve({ code, lines });
    };
    child.once('error', (error) => {
      say(`npm could not be run: ${error.message}`);
      end(1);
    });
    child.once('close', end);
  });
}

const advice = [
  [
    /EUSAGE|not in sync|Missing:/,
    'package-lock.json does not fit package.json: take both from the same commit (git status, git checkout package-lock.json).',
  ],
  [/ENOSPC/, 'The disk is full: about 1.2 GB are needed below the checkout.'],
  [/EACCES|EPERM/, `The folder cannot be written to: check who owns ${checkout} and ~/.npm.`],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|ERR_SOCKET_TIMEOUT|ENETUNREACH/,
    'The registry cannot be reached: check the network, and `npm config get registry`. Then run the same command again.',
  ],
  [/E40[13]/, 'The registry refuses: check `npm config get registry` and your login there.'],
];

function fail(lines) {
  const text = lines.join('\n');
  const known = advice.find(([pattern]) => pattern.test(text));
  say(`\nThe packages could not be installed. ${known ? known[1] : 'npm says why above; its log is named there too.'}`);
  process.exit(1);
}

function runs(program) {
  try {
    return statSync(program).size > 1_000_000;
  } catch {
    return false;
  }
}

/** npm succeeded and yet the pinned Node is not there: its install script has not run. */
function failScripts() {
  say(
    '\nThe packages are there, but their install scripts have not run, so the pinned Node is missing.\n' +
      'npm is set to ignore-scripts=true. Allow them for this project and try again:\n\n' +
      '  npm config set ignore-scripts false --location project\n\n' +
      'The scripts that are needed are named under allowScripts in package.json.',
  );
  process.exit(1);
}

/** Packages that sim/packages/bundles.ts has put together for the versions that are installed. */
function bundleArguments() {
  try {
    const hash = createHash('sha256');
    for (const file of ['package.json', 'package-lock.json', 'sim/packages/bundle.ts']) hash.update(readFileSync(join(checkout, file)));
    const register = join(checkout, '.cache', 'packages', hash.digest('hex').slice(0, 16), 'register.mjs');
    return existsSync(register) ? ['--import', pathToFileURL(register).href] : [];
  } catch {
    return [];
  }
}

function run(file, args) {
  const child = spawn(pinnedNode, [...bundleArguments(), file, ...args], {
    stdio: 'inherit',
    env: { ...process.env, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(checkout, '.cache', 'node') },
  });
  // The terminal sends its signals to the child too; this process only waits. Those sent to it alone are passed on.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGHUP', () => child.kill('SIGHUP'));
  child.once('error', (error) => {
    say(`${pinnedNode} could not be run: ${error.message}\nRemove node_modules and run the same command again.`);
    process.exit(1);
  });
  child.once('close', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)));
}

const [file, ...args] = process.argv.slice(2);
if (file === undefined) {
  say('usage: node sim/bootstrap.mjs FILE.ts [ARGS...]');
  process.exit(2);
}
const stamp = wantedStamp();
if (!upToDate(stamp)) await install(stamp);
run(join(checkout, file), args);
