import Box from '@mui/material/Box';
import Card from '@mui/material/Card';
import CardContent from '@mui/material/CardContent';
import Typography from '@mui/material/Typography';
import { useEffect, useState } from 'react';
import { Notification, useLocaleState, useNavigate, useTranslate } from 'react-admin';
import { LanguageButton } from '../i18n/LanguageButton.tsx';
import { Mark } from '../layout/icons.tsx';
import { TabTitle } from '../layout/PageTitle.tsx';
import { useDocumentLanguage } from '../layout/useDocumentLanguage.ts';
import { RegionSwitch } from '../region/RegionSwitch.tsx';
import { AddressStep } from './AddressStep.tsx';
import { CodeStep } from './CodeStep.tsx';
import { SecondFactorStep } from './SecondFactorStep.tsx';
import type { Challenge, SecondFactor } from './session.ts';
import { useSession } from './SessionContext.ts';

/** Signing in at the region that is shown, step by step: the address, the code that was mailed to it, and the second factor where the account has one. */
export function SignIn() {
  const translate = useTranslate();
  const [locale] = useLocaleState();
  useDocumentLanguage(locale);
  useLeaveWhenSignedIn();
  const [sent, setSent] = useState<{ readonly email: string; readonly challenge: Challenge } | undefined>(undefined);
  const [wanted, setWanted] = useState<SecondFactor | undefined>(undefined);
  const startAgain = (): void => {
    setSent(undefined);
    setWanted(undefined);
  };
  return (
    <Box component="main" sx={{ minHeight: '100vh', display: 'grid', placeItems: 'center', p: 2 }}>
      <TabTitle page={translate('session.title')} />
      <Box sx={{ width: '100%', maxWidth: 420 }}>
        <Box sx={{ display: 'flex', alignItems: 'center', gap: 1, mb: 2, color: 'primary.main' }}>
          <Mark fontSize="large" />
          <Typography sx={{ flex: 1, fontWeight: 600, fontSize: '1.25rem' }}>{translate('app.name')}</Typography>
          <LanguageButton />
        </Box>
        <Card>
          <CardContent sx={{ p: 4, display: 'grid', gap: 2 }}>
            <Box sx={{ display: 'flex', alignItems: 'center', justifyContent: 'space-between' }}>
              <Typography variant="h5" component="h1">
                {translate('session.title')}
              </Typography>
              <RegionSwitch />
            </Box>
            <Typography color="textSecondary">{translate('session.subtitle')}</Typography>
            {sent === undefined ? (
              <AddressStep onSent={(email, challenge) => setSent({ email, challenge })} />
            ) : wanted === undefined ? (
              <CodeStep {...sent} onSecondFactor={setWanted} onOtherAddress={startAgain} />
            ) : (
              <SecondFactorStep wanted={wanted} onStartAgain={startAgain} />
            )}
          </CardContent>
        </Card>
      </Box>
      <Notification />
    </Box>
  );
}

/** Who comes to this page with a session that is good (a bookmark, another tab) is let through. */
function useLeaveWhenSignedIn(): void {
  const session = useSession();
  const navigate = useNavigate();
  useEffect(() => {
    let here = true;
    const look = async (): Promise<void> => {
      const token = await session.token().catch(() => undefined);
      if (here && token !== undefined) navigate('/');
    };
    void look();
    return () => {
      here = false;
    };
  }, [session, navigate]);
}
