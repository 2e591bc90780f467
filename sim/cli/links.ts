import pc from 'picocolors';
import type { LinkView } from '../status/collect.ts';
import { layOut, paintState } from './screen.ts';

/** Links in columns: where each listens, where it leads, its state and, in words, what is wrong with it. */
export function showLinks(found: Readonly<Record<string, LinkView>>): string {
  const rows = Object.entries(found).map(([name, link]) => {
    const leads = link.state === 'no upstream' ? 'nowhere' : (link.upstream ?? '?');
    return [name, pc.dim(`${link.proxy} -> ${leads}`), paintState(link.state), link.summary.join('; ')];
  });
  return layOut(rows);
}
