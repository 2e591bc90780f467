import { once } from 'node:events';

import { SMTPServer } from 'smtp-server';

/** A mail server that takes everything, or refuses every recipient and quotes the address in its reply, as servers do. */
export interface TestSmtp {
  readonly url: string;
  /** The mails that were taken, as they came. */
  readonly taken: string[];
  refuse(isRefusing: boolean): void;
  close(): Promise<void>;
}

export async function openSmtp(): Promise<TestSmtp> {
  const taken: string[] = [];
  let isRefusing = false;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    onRcptTo({ address }, _session, callback) {
      if (isRefusing)
        callback(Object.assign(new Error(`5.1.1 <${address}>: Recipient address rejected: User unknown`), { responseCode: 550 }));
      else callback();
    },
    onData(stream, _session, callback) {
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('end', () => {
        taken.push(Buffer.concat(pieces).toString());
        callback();
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const address = server.server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `smtp://127.0.0.1:${address.port}`,
    taken,
    refuse: (value) => void (isRefusing = value),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
