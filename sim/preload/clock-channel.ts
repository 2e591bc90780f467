/** What the twin says to a process over its IPC channel, and what the process answers: the same, when it is so. */
export interface ClockMessage {
  readonly type: 'sim:clock-skew';
  readonly id: number;
  readonly skewMs: number;
}

/** Checked by hand: a schema's library would cost more than all else that is loaded before a service. */
export function isClockMessage(message: unknown): message is ClockMessage {
  return (
    typeof message === 'object' &&
    message !== null &&
    'type' in message &&
    message.type === 'sim:clock-skew' &&
    'id' in message &&
    typeof message.id === 'number' &&
    'skewMs' in message &&
    typeof message.skewMs === 'number' &&
    Number.isSafeInteger(message.skewMs)
  );
}

/** Sets the clock as the twin says, and says so. The channel does not keep the process alive; without one nothing happens. */
export function followClockControl(setSkew: (skewMs: number) => void): void {
  if (process.send === undefined) return;
  process.on('message', (message) => {
    if (!isClockMessage(message)) return;
    setSkew(message.skewMs);
    // A twin that is gone needs no answer.
    process.send?.(message, undefined, undefined, () => undefined);
  });
  process.channel?.unref();
}
