import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { createApi } from './api/api.ts';
import { createI18nProvider, preferredLocale } from './i18n/i18nProvider.ts';
import { createPanelStore } from './layout/panelStore.ts';
import { apiBase, type Region } from './region/region.ts';
import { withSession } from './session/api.ts';
import { browserMark } from './session/mark.ts';
import { browserLock, createSession } from './session/session.ts';
import type { Backend } from './session/SessionContext.ts';

function backendOf(region: Region): Backend {
  const baseUrl = new URL(apiBase(region), window.location.origin).href;
  // Who looks at a region every second need not ask it twice at once.
  const open = createApi(baseUrl, { attempts: 1 });
  const session = createSession({ region, auth: open.auth, nowMs: () => performance.now(), lock: browserLock, mark: browserMark(region) });
  return { session, api: createApi(baseUrl, { send: withSession(session) }), open };
}

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no element #root');
createRoot(root).render(
  <App
    backends={{ world: backendOf('world'), china: backendOf('china') }}
    i18nProvider={createI18nProvider(preferredLocale(navigator.languages))}
    store={createPanelStore()}
  />,
);
