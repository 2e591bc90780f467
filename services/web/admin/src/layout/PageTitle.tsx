import { useTranslate } from 'react-admin';
import { useRegion } from '../region/useRegion.ts';

/** The name of a page, in the app bar where it is placed and on the browser's tab. */
export function PageTitle({ page }: { readonly page: string }) {
  return (
    <>
      <span>{page}</span>
      <TabTitle page={page} />
    </>
  );
}

/** The name of a page on the browser's tab, with the region it is about. */
export function TabTitle({ page }: { readonly page: string }) {
  const translate = useTranslate();
  const region = translate(`region.${useRegion()}`);
  // React moves it to the head. It wants one string.
  return <title>{translate('app.title', { page, region })}</title>;
}
