import {
  AccessDenied,
  AdminContext,
  AdminUI,
  CustomRoutes,
  type I18nProvider,
  Resource,
  type Store as PanelStore,
  useRouterProvider,
} from 'react-admin';
import { useMemo } from 'react';
import { CategoryCreate, CategoryEdit, CategoryList } from './categories/CategoryPages.tsx';
import { createDataProvider } from './data/dataProvider.ts';
import { CategoryIcon, OrderIcon, ProductIcon, RefundIcon, StockIcon, StoreIcon } from './layout/icons.tsx';
import { Layout } from './layout/Layout.tsx';
import { NoSuchPage } from './layout/NoSuchPage.tsx';
import { themeOf } from './layout/theme.ts';
import { OrderList } from './orders/OrderList.tsx';
import { OrderPage } from './orders/OrderPage.tsx';
import { ProductList } from './products/ProductList.tsx';
import { ProductCreate, ProductEdit } from './products/ProductPages.tsx';
import { RefundList } from './refunds/RefundList.tsx';
import type { Region } from './region/region.ts';
import { RegionContext, useRegionOfPage } from './region/useRegion.ts';
import { SecurityPage } from './security/SecurityPage.tsx';
import { createAuthProvider } from './session/authProvider.ts';
import { type Backends, BackendsContext } from './session/SessionContext.ts';
import { SignIn } from './session/SignIn.tsx';
import { StockList } from './stock/StockList.tsx';
import { StoreCreate, StoreEdit, StoreList } from './stores/StorePages.tsx';

type Props = { readonly backends: Backends; readonly i18nProvider: I18nProvider; readonly store: PanelStore };

/** The panel. Another region is another panel (its own records, session and colour) at the same page. */
export function App(props: Props) {
  const region = useRegionOfPage();
  return (
    <BackendsContext value={props.backends}>
      <RegionContext value={region}>
        <RegionPanel key={region} region={region} {...props} />
      </RegionContext>
    </BackendsContext>
  );
}

function RegionPanel({ region, backends, i18nProvider, store }: Props & { readonly region: Region }) {
  const { session, api } = backends[region];
  const authProvider = useMemo(() => createAuthProvider(session), [session]);
  const dataProvider = useMemo(() => createDataProvider(api), [api]);
  const theme = useMemo(() => themeOf(region), [region]);
  const { Route } = useRouterProvider();
  return (
    <AdminContext authProvider={authProvider} dataProvider={dataProvider} i18nProvider={i18nProvider} store={store} theme={theme}>
      <AdminUI
        layout={Layout}
        accessDenied={AccessDenied}
        catchAll={NoSuchPage}
        loginPage={SignIn}
        requireAuth
        disableTelemetry
        title="madeinworld"
      >
        <Resource
          name="products"
          icon={ProductIcon}
          list={ProductList}
          create={ProductCreate}
          edit={ProductEdit}
          recordRepresentation={(product: { sku: string; name: string }) => `${product.sku} · ${product.name}`}
        />
        <Resource
          name="categories"
          icon={CategoryIcon}
          list={CategoryList}
          create={CategoryCreate}
          edit={CategoryEdit}
          recordRepresentation="name"
        />
        <Resource name="stores" icon={StoreIcon} list={StoreList} create={StoreCreate} edit={StoreEdit} recordRepresentation="name" />
        <Resource name="orders" icon={OrderIcon} list={OrderList} show={OrderPage} recordRepresentation="number" />
        <Resource name="refunds" icon={RefundIcon} list={RefundList} />
        <Resource name="stock" icon={StockIcon} list={StockList} />
        <CustomRoutes>
          <Route path="/security" element={<SecurityPage />} />
        </CustomRoutes>
      </AdminUI>
    </AdminContext>
  );
}
