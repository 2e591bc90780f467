import Box from '@mui/material/Box';
import ListItemText from '@mui/material/ListItemText';
import MenuItem from '@mui/material/MenuItem';
import { AppBar as FrameworkAppBar, LoadingIndicator, TitlePortal, UserMenu } from 'react-admin';
import { useNavigate, useTranslate, useUserMenu } from 'react-admin';
import { LanguageButton } from '../i18n/LanguageButton.tsx';
import { RegionSwitch } from '../region/RegionSwitch.tsx';
import { isStaff } from '../session/roles.ts';
import { useAccount } from '../session/SessionContext.ts';
import { useSignOut } from '../session/useSignOut.ts';

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
  const signOut = useSignOut({ comeBack: false });
  const account = useAccount();
  const role = translate(`role.${account?.role ?? 'customer'}`);
  return (
    <UserMenu>
      <MenuItem disabled>
        <ListItemText primary={translate('session.signed_in_as', { role })} />
      </MenuItem>
      {account !== undefined && isStaff(account.role) ? <SecurityItem /> : null}
      <MenuItem onClick={() => void signOut()}>
        <ListItemText primary={translate('session.sign_out')} />
      </MenuItem>
    </UserMenu>
  );
}

function SecurityItem() {
  const translate = useTranslate();
  const navigate = useNavigate();
  const menu = useUserMenu();
  const open = (): void => {
    menu?.onClose();
    navigate('/security');
  };
  return (
    <MenuItem onClick={open}>
      <ListItemText primary={translate('security.title')} />
    </MenuItem>
  );
}
