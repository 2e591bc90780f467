import type { ReactNode } from 'react';
import { Layout as FrameworkLayout, useLocaleState } from 'react-admin';
import { EnrolmentPage } from '../security/EnrolmentPage.tsx';
import { NoAccess } from '../session/NoAccess.tsx';
import { isStaff } from '../session/roles.ts';
import { useAccount } from '../session/SessionContext.ts';
import { AppBar } from './AppBar.tsx';
import { useDocumentLanguage } from './useDocumentLanguage.ts';

/** The frame of every page. Whose role offers nothing here is told so instead of being shown pages that fail; whose role waits for a second factor is led to one. */
export function Layout({ children }: { readonly children: ReactNode }) {
  const account = useAccount();
  const [locale] = useLocaleState();
  useDocumentLanguage(locale);
  const welcome = account === undefined || isStaff(account.role);
  return (
    <FrameworkLayout
      appBar={AppBar}
      appBarAlwaysOn
      {...(welcome ? {} : { menu: Nothing, sidebar: Nothing })}
      sx={{ minWidth: 0, '& .RaLayout-contentWithSidebar': { minWidth: 0 }, '& .RaLayout-content': { px: 2, pb: 4, minWidth: 0 } }}
    >
      {account?.enrol === true ? <EnrolmentPage /> : welcome ? children : <NoAccess />}
    </FrameworkLayout>
  );
}

function Nothing() {
  return null;
}
