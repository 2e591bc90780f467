import Box from '@mui/material/Box';
import ListItemText from '@mui/material/ListItemText';
import MenuItem from '@mui/material/MenuItem';
import { AppBar as FrameworkAppBar, LoadingIndicator, TitlePortal, UserMenu } from 'react-admin';
import { useLogout, useNotify, useTranslate } from 'react-admin';
import { LanguageButton } from '../i18n/LanguageButton.tsx';
import { RegionSwitch } from '../region/RegionSwitch.tsx';
import { useAccount, useSession } from '../session/SessionContext.ts';

/** A name that is too long for a phone is cut with dots. */
const ellipsis = { maxWidth: '100%', overflow: 'hidden', textOverflow: 'ellipsis', verticalAlign: 'bottom' } as const;

/** The bar on top: where one is, in which region, in which language, as whom. */
export function AppBar() {
  return (
    <FrameworkAppBar alwaysOn toolbar={<Tools />} userMenu={<AccountMenu />}>
      <TitlePortal component="h1" sx={{ fontSize: '1.1rem', mx: 1, '& > *': ellipsis }} />
      <Box sx={{ mr: 1 }}>
        <RegionSwitch onColour />
      </Box>
    </FrameworkAppBar>
  );
}

function Tools() {
  return (
    <>
      <LanguageButton />
      <Box sx={{ display: { xs: 'none', sm: 'block' } }}>
        <LoadingIndicator />
      </Box>
    </>
  );
}

function AccountMenu() {
  const translate = useTranslate();
  const notify = useNotify();
  const logout = useLogout();
  const session = useSession();
  const account = useAccount();
  const signOut = async (): Promise<void> => {
    try {
      await session.signOut();
      await logout({}, undefined, false);
    } catch {
      notify('problem.unreachable', { type: 'error' });
    }
  };
  const role = translate(`role.${account?.role ?? 'customer'}`);
  return (
    <UserMenu>
      <MenuItem disabled>
        <ListItemText primary={translate('session.signed_in_as', { role })} />
      </MenuItem>
      <MenuItem onClick={() => void signOut()}>
        <ListItemText primary={translate('session.sign_out')} />
      </MenuItem>
    </UserMenu>
  );
}
