/** Below what the system gives to who asks for any port (32768 and up on Linux, ip_local_port_range). */
const lowestPort = 20_000;
const portCount = 12_000;

/** How many ports to try before it is no accident that they are taken. */
export const portTries = 20;

/**
 * A port for what must find its port free when it comes back - a database that restarts, a link that is healed. It may be taken: try, and ask for
 * another.
 */
export function randomPort(): number {
  return lowestPort + Math.floor(Math.random() * portCount);
}
