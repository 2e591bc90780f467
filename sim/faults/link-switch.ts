import { changeProxy } from './toxics.ts';

/**
 * Whether links take connections. Several faults may keep one shut at a time, and it opens when the last of them lets go: a cut outlives a flapping
 * that ends, and the other way round.
 */
export interface LinkSwitch {
  /** Closes a link's connections and refuses new ones, until the holder lets go. */
  shut(link: string, holder: string): Promise<void>;
  /** Lets go; the link opens unless somebody else holds it. May be called again after it threw. */
  release(link: string, holder: string): Promise<void>;
  /** Shuts a link again that somebody holds and that a Toxiproxy which began anew has opened. */
  renew(link: string): Promise<void>;
}

/** The switch of the links of a Toxiproxy, whose URL is asked for each time. */
export function createLinkSwitch(toxiproxyUrl: () => string): LinkSwitch {
  const holders = new Map<string, Set<string>>();
  const turns = new Map<string, Promise<void>>();

  function holdersOf(link: string): Set<string> {
    const known = holders.get(link) ?? new Set();
    holders.set(link, known);
    return known;
  }

  /** Changes of one link come one after the other, each to what is wanted by then. */
  function settle(link: string): Promise<void> {
    const done = (turns.get(link) ?? Promise.resolve()).then(() =>
      changeProxy(toxiproxyUrl(), link, { enabled: holdersOf(link).size === 0 }),
    );
    turns.set(
      link,
      done.catch(() => undefined),
    );
    return done;
  }

  return {
    async shut(link, holder) {
      holdersOf(link).add(holder);
      try {
        await settle(link);
      } catch (error) {
        holdersOf(link).delete(holder);
        throw error;
      }
    },
    async release(link, holder) {
      holdersOf(link).delete(holder);
      await settle(link);
    },
    renew: settle,
  };
}
