import { useEffect } from 'react';

/** Tells the browser (and who reads the page aloud) which language the page is in. */
export function useDocumentLanguage(locale: string): void {
  useEffect(() => {
    document.documentElement.lang = locale === 'zh' ? 'zh-CN' : locale;
  }, [locale]);
}
