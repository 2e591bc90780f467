import { type APIRequestContext, expect, type Locator, type Page } from '@playwright/test';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Region, Target } from '../target.ts';
import { lastMessageId, nextCode } from './mail.ts';

const Granted = Type.Object({ accessToken: Type.String() });

/** The words on the panel that the tests go by, in a language. */
export type Words = {
  readonly email: string;
  readonly sendCode: string;
  readonly code: string;
  readonly signIn: string;
  readonly price: string;
  readonly save: string;
  readonly search: string;
  readonly both: string;
  readonly profile: string;
  readonly signOut: string;
};

export const english: Words = {
  email: 'E-mail address',
  sendCode: 'Send me a code',
  code: 'Code from the e-mail',
  signIn: 'Sign in',
  price: 'Price',
  save: 'Save',
  search: 'Search by name or SKU',
  both: 'Both regions',
  profile: 'Profile',
  signOut: 'Sign out',
};

export const chinese: Words = {
  email: '电子邮箱',
  sendCode: '发送验证码',
  code: '邮件中的验证码',
  signIn: '登录',
  price: '价格',
  save: '保存',
  search: '按名称或 SKU 搜索',
  both: '两个区域',
  profile: '账号',
  signOut: '退出登录',
};

/** The panel as a person uses it. */
export type Panel = {
  /** Opens a page of a region by its address. */
  readonly open: (region: Region, page?: string) => Promise<void>;
  /** The first step of signing in; answers the code that was mailed. */
  readonly requestCode: (address: string) => Promise<string>;
  /** The second step. */
  readonly enterCode: (code: string) => Promise<void>;
  /** Both steps; answers the token that the panel was given. */
  readonly signIn: (address: string) => Promise<string>;
  readonly signOut: () => Promise<void>;
  /** Finds a product by its SKU and opens it. */
  readonly find: (sku: string) => Promise<void>;
  readonly price: Locator;
  readonly setPrice: (text: string) => Promise<void>;
  /** What the panel on both regions says of them together. */
  readonly verdict: Locator;
  /** A row of that panel: its heading, the world, China. */
  readonly row: (name: string) => Locator;
};

export function createPanel(page: Page, request: APIRequestContext, target: Target, words: Words): Panel {
  const both = page.getByRole('region', { name: words.both });
  const price = page.getByRole('textbox', { name: words.price, exact: true });
  const enterCode = async (code: string): Promise<void> => {
    await page.getByRole('textbox', { name: words.code }).fill(code);
    await page.getByRole('button', { name: words.signIn, exact: true }).click();
  };
  const requestCode = async (address: string): Promise<string> => {
    const before = await lastMessageId(request, target.mailUrl, address);
    await page.getByRole('textbox', { name: words.email }).fill(address);
    await page.getByRole('button', { name: words.sendCode }).click();
    return nextCode(request, target.mailUrl, address, before);
  };
  return {
    open: async (region, at = '/products') => {
      await page.goto(`/${region}#${at}`);
    },
    requestCode,
    enterCode,
    signIn: async (address) => {
      const code = await requestCode(address);
      const answer = page.waitForResponse((response) => response.url().endsWith('/v1/auth/tokens') && response.ok());
      await enterCode(code);
      const body: unknown = await (await answer).json();
      return Value.Parse(Granted, body).accessToken;
    },
    signOut: async () => {
      await page.getByRole('button', { name: words.profile }).click();
      await page.getByRole('menuitem', { name: words.signOut }).click();
      await expect(page.getByRole('button', { name: words.sendCode })).toBeVisible();
    },
    find: async (sku) => {
      // What is in the list was read before the test made its product; an empty catalogue has no search.
      await page.reload();
      await page.getByRole('textbox', { name: words.search }).fill(sku);
      await expect(page).toHaveURL(new RegExp(`filter=.*${sku}`));
      await page.getByRole('link', { name: sku }).click();
    },
    price,
    setPrice: async (text) => {
      await price.fill(text);
      await page.getByRole('button', { name: words.save }).click();
    },
    verdict: both.getByRole('status'),
    row: (name) => both.getByRole('row').filter({ has: page.getByRole('rowheader', { name, exact: true }) }),
  };
}
