/**
 * Goal: exactly the declared roles get past the door of each route. Whose things they reach behind it is the owner matrix's.
 * Method: each route of each service is called with its own example as every role and as nobody. Behind the door, where the handler would be, something answers
 * PASSED: so a call that gets there has passed the roles and the schemas, and nothing else. Planted once: a route that is open to a role which the table does
 * not name, and one that does not ask at all.
 */
import { describe, expect, it } from 'vitest';

import { accountRoles, type AccountRole } from '#contracts/auth.ts';
import type { DeclaredRoute } from '#platform/routes/enforce.ts';

import { buildDeclaredApps } from './testing/declared-apps.ts';
import { makeTokens } from './testing/tokens.ts';

const PASSED = 299;
type Roles = 'anyone' | readonly AccountRole[];

const everybody = accountRoles;
const nobodyButAdmins: Roles = ['admin'];
const catalogueStaff: Roles = ['catalogue', 'admin'];
const supportStaff: Roles = ['support', 'admin'];
const warehouseStaff: Roles = ['warehouse', 'admin'];
const stockReaders: Roles = ['support', 'warehouse', 'admin'];
const operators: Roles = ['operator', 'admin'];

/** Who is let in, said a second time and not read from the routes: what a change of either says must be said by both. */
const matrix: Readonly<Record<string, Roles>> = {
  'auth requestCode': 'anyone',
  'auth exchangeCode': 'anyone',
  'auth refreshTokens': 'anyone',
  'auth signOut': 'anyone',
  'auth listKeys': 'anyone',
  'auth startSecondFactor': 'anyone',
  'auth answerSecondFactor': 'anyone',
  'auth startPasskeySignIn': 'anyone',
  'auth signInByPasskey': 'anyone',
  'auth startPasskey': everybody,
  'auth addPasskey': everybody,
  'auth listFactors': everybody,
  'auth removeFactor': everybody,
  'auth enrolTotp': everybody,
  'auth confirmTotp': everybody,
  'auth getContacts': everybody,
  'auth claimContact': everybody,
  'auth confirmContact': everybody,
  'auth removeContact': everybody,
  'auth listSessions': everybody,
  'auth endSession': everybody,
  'auth endOtherSessions': everybody,
  'auth listSecurityEvents': everybody,
  'auth listAccounts': nobodyButAdmins,
  'auth searchAccount': nobodyButAdmins,
  'auth getAccount': nobodyButAdmins,
  'auth changeAccount': nobodyButAdmins,
  'auth openAccounts': nobodyButAdmins,
  'auth resetFactors': nobodyButAdmins,
  'catalog listProducts': 'anyone',
  'catalog getProduct': 'anyone',
  'catalog createProduct': catalogueStaff,
  'catalog changeProduct': catalogueStaff,
  'catalog deleteProduct': catalogueStaff,
  'catalog applyBulk': catalogueStaff,
  'catalog publishProduct': catalogueStaff,
  'catalog archiveProduct': catalogueStaff,
  'catalog listTranslations': catalogueStaff,
  'catalog putTranslation': catalogueStaff,
  'catalog deleteTranslation': catalogueStaff,
  'catalog listPrices': 'anyone',
  'catalog createPrice': catalogueStaff,
  'catalog changePrice': catalogueStaff,
  'catalog deletePrice': catalogueStaff,
  'catalog getVariant': catalogueStaff,
  'catalog putVariant': catalogueStaff,
  'catalog deleteVariant': catalogueStaff,
  'catalog listMedia': 'anyone',
  'catalog addMedium': catalogueStaff,
  'catalog changeMedium': catalogueStaff,
  'catalog deleteMedium': catalogueStaff,
  'catalog importProducts': catalogueStaff,
  'catalog exportProducts': catalogueStaff,
  'catalog listCategories': 'anyone',
  'catalog getCategory': 'anyone',
  'catalog createCategory': catalogueStaff,
  'catalog changeCategory': catalogueStaff,
  'catalog deleteCategory': catalogueStaff,
  'catalog listStores': 'anyone',
  'catalog getStore': 'anyone',
  'catalog getStoreOpening': 'anyone',
  'catalog createStore': catalogueStaff,
  'catalog changeStore': catalogueStaff,
  'catalog deleteStore': catalogueStaff,
  'inventory getAvailability': 'anyone',
  'inventory listStock': stockReaders,
  'inventory getStock': stockReaders,
  'inventory changeStock': warehouseStaff,
  'inventory listStockAlerts': stockReaders,
  'inventory getInventorySettings': stockReaders,
  'inventory putInventorySettings': nobodyButAdmins,
  'inventory createReceipt': warehouseStaff,
  'inventory createTransfer': warehouseStaff,
  'inventory createCount': warehouseStaff,
  'inventory listMovements': stockReaders,
  'inventory getReservation': stockReaders,
  'notification listNotifications': supportStaff,
  'notification getNotification': supportStaff,
  'notification retryNotification': nobodyButAdmins,
  'notification listTemplates': supportStaff,
  'notification previewTemplate': supportStaff,
  'notification receiveBounce': 'anyone',
  'notification listSuppressions': nobodyButAdmins,
  'notification searchSuppression': nobodyButAdmins,
  'notification liftSuppression': nobodyButAdmins,
  'order createCart': 'anyone',
  'order getCart': 'anyone',
  'order putCartLines': 'anyone',
  'order changeCartLine': 'anyone',
  'order removeCartLine': 'anyone',
  'order deleteCart': 'anyone',
  'order claimCart': everybody,
  'order checkOut': 'anyone',
  'order listOrders': everybody,
  'order getOrder': 'anyone',
  // Of what is paid, its owner, support and admin: order/fulfilment/fulfilment.pg.test.ts.
  'order cancelOrder': 'anyone',
  'order payOrder': 'anyone',
  'order receivePaymentCallback': 'anyone',
  'order shipOrder': warehouseStaff,
  'order deliverShipment': warehouseStaff,
  'order shortCloseOrder': supportStaff,
  'order returnGoods': supportStaff,
  'order getInvoice': 'anyone',
  'order listCreditNotes': 'anyone',
  'order recordSales': supportStaff,
  'order recordReturns': supportStaff,
  'order listRefunds': supportStaff,
  'order retryRefund': supportStaff,
  'order sweepOrders': operators,
  'user getMe': everybody,
  'user changeMe': everybody,
  'user listUsers': supportStaff,
  'user searchUsers': supportStaff,
  'user getUser': supportStaff,
  'user listMyAddresses': everybody,
  'user getMyAddress': everybody,
  'user addMyAddress': everybody,
  'user putMyAddress': everybody,
  'user removeMyAddress': everybody,
  'user getMyConsents': everybody,
  'user putMyConsents': everybody,
  'user getMyLink': everybody,
  'user offerMyLink': everybody,
  'user claimMyLink': everybody,
  'user endMyLink': everybody,
  'user exportMe': everybody,
  'user eraseMe': everybody,
  'user eraseUser': nobodyButAdmins,
};

const tokens = await makeTokens('world');
const apps = await buildDeclaredApps(tokens);
// Added last, it comes after whatever the app itself does before a handler.
for (const app of Object.values(apps)) app.addHook('preHandler', async (_request, reply) => reply.code(PASSED).send({}));

const routes = Object.entries(apps).flatMap(([service, app]) =>
  (app.operations ?? []).map((route) => ({ service, app, route, name: `${service} ${route.operation.id}` })),
);

/** The example of a route as a request. */
function requestOf({ method, url, operation: { example, needs = [], takes } }: DeclaredRoute) {
  const params = new Map<string, unknown>(Object.entries(example.params ?? {}));
  const query = new URLSearchParams(Object.entries(example.query ?? {}).map(([name, value]): [string, string] => [name, String(value)]));
  const values = { 'if-match': '"1-world"', 'idempotency-key': '6f1f0b7e-5a52-4e4e-9a39-6f0d5e6a7b11' };
  return {
    method: method as 'GET',
    url: `${url.replace(/:(\w+)/g, (_match, name: string) => String(params.get(name)))}${query.size === 0 ? '' : `?${query.toString()}`}`,
    headers: {
      ...Object.fromEntries(needs.map((name) => [name, values[name]])),
      ...(takes === undefined ? {} : { 'content-type': takes.media[0] ?? '' }),
    },
    ...(example.body === undefined ? {} : { payload: example.body as object }),
  };
}

const allowed = (roles: Roles, role: AccountRole | undefined): boolean =>
  roles === 'anyone' || (role !== undefined && roles.includes(role));

describe.each(routes)('$name', ({ app, route, name }) => {
  it.each([...accountRoles, undefined])('lets in, or does not, %s', async (role) => {
    const roles = matrix[name];
    if (roles === undefined) throw new Error(`${name} does not stand in the table of who is let in`);
    const request = requestOf(route);
    const authorization = role === undefined ? {} : { authorization: `Bearer ${await tokens.tokenOf(role)}` };
    const answer = await app.inject({ ...request, headers: { ...request.headers, ...authorization } });
    const isSigned = route.operation.access.otherwise?.startsWith('and signed') === true;
    if (isSigned) expect(answer.json()).toMatchObject({ status: 401, code: expect.stringMatching(/^signature_/) });
    else if (allowed(roles, role)) expect(answer.statusCode, answer.body).toBe(PASSED);
    else {
      expect(answer.json()).toMatchObject(
        role === undefined ? { status: 401, code: 'unauthenticated' } : { status: 403, code: 'forbidden' },
      );
    }
  });
});

it('the table names no route that is not there', () => {
  const known = new Set(routes.map(({ name }) => name));
  expect(Object.keys(matrix).filter((name) => !known.has(name))).toEqual([]);
  expect(routes.length).toBeGreaterThan(30);
});
