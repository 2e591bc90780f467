import { expect, test as base } from '@playwright/test';
import { readTarget, type Target } from '../target.ts';
import { chinese, createPanel, english, type Panel } from './panel.ts';
import { createSecurity, type Security } from './security.ts';
import { createShelf, type Shelf } from './shelf.ts';
import { createStaff, type Staff } from './staff.ts';
import { createTill, type Till } from './till.ts';

type Fixtures = {
  readonly target: Target;
  readonly panel: Panel;
  readonly security: Security;
  readonly shelf: Shelf;
  readonly staff: Staff;
  readonly till: Till;
  /** Every test: the page asks nothing of any other machine, and no script on it fails. */
  readonly clean: void;
};

export const test = base.extend<Fixtures>({
  target: [readTarget(), { option: true }],
  panel: async ({ page, request, target, locale }, use) => {
    await use(createPanel(page, request, target, locale?.startsWith('zh') === true ? chinese : english));
  },
  security: async ({ page }, use) => use(createSecurity(page)),
  shelf: async ({ request, target }, use) => {
    const shelf = createShelf(request, target);
    await use(shelf);
    await shelf.clear();
  },
  staff: async ({ request, target }, use) => use(createStaff(request, target)),
  till: async ({ request, target }, use) => use(createTill(request, target)),
  clean: [
    async ({ page, target }, use) => {
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(`script: ${error.message}`));
      page.on('request', (asked) => {
        const url = new URL(asked.url());
        if (url.protocol !== 'data:' && url.origin !== new URL(target.adminUrl).origin) faults.push(`request: ${asked.url()}`);
      });
      await use();
      expect(faults).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };
