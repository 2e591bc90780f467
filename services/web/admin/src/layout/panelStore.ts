import { localStorageStore, type Store } from 'react-admin';

/** Where the panel keeps what the person chose. Signing out clears it, but for the language. */
export function createPanelStore(): Store {
  const store = localStorageStore('1', 'madeinworld');
  return {
    ...store,
    reset: () => {
      const locale: unknown = store.getItem('locale');
      store.reset();
      if (locale !== undefined) store.setItem('locale', locale);
    },
  };
}
