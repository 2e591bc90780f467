import { expect, type Locator, type Page } from '@playwright/test';
import { type AuthenticatorApp, createAuthenticatorApp } from './authenticator-app.ts';

/** What keeps one's own account, as a person uses it on the panel. */
export type Security = {
  /** Opens the page by the menu of the account. */
  readonly open: () => Promise<void>;
  /** Adds an authenticator app by the secret that is shown as text; answers the app. */
  readonly addApp: () => Promise<AuthenticatorApp>;
  readonly addPasskey: (name: string) => Promise<void>;
  readonly remove: (name: string) => Promise<void>;
  /** The last step of signing in. */
  readonly enterAppCode: (code: string) => Promise<void>;
  readonly usePasskey: Locator;
  readonly factors: Locator;
  readonly sessions: Locator;
};

export function createSecurity(page: Page): Security {
  const appCode = page.getByRole('textbox', { name: 'Code from the authenticator app' });
  return {
    open: async () => {
      await page.getByRole('button', { name: 'Profile' }).click();
      await page.getByRole('menuitem', { name: 'Security' }).click();
      await expect(page.getByRole('heading', { name: 'Second factors' })).toBeVisible();
    },
    addApp: async () => {
      await page.getByRole('button', { name: 'Set up an authenticator app' }).click();
      await expect(page.getByRole('img', { name: 'QR code for the authenticator app' })).toBeVisible();
      const app = createAuthenticatorApp(await page.getByLabel('Secret for the authenticator app').innerText());
      await appCode.fill(await app.code());
      await page.getByRole('button', { name: 'Confirm the app' }).click();
      return app;
    },
    addPasskey: async (name) => {
      await page.getByRole('textbox', { name: 'Name of the passkey' }).fill(name);
      await page.getByRole('button', { name: 'Add a passkey' }).click();
    },
    remove: async (name) => {
      await page.getByRole('button', { name: `Remove ${name}` }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    },
    enterAppCode: async (code) => {
      await appCode.fill(code);
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    },
    usePasskey: page.getByRole('button', { name: 'Use a passkey' }),
    factors: page.getByRole('region', { name: 'Second factors' }).getByRole('listitem'),
    sessions: page.getByRole('region', { name: 'Where you are signed in' }).getByRole('listitem'),
  };
}
