import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useCallback, useState } from 'react';
import { useNotify, useTranslate } from 'react-admin';
import type { Factor } from '#contracts/factors.ts';
import { Instant } from '../i18n/Instant.tsx';
import { Section } from '../layout/Section.tsx';
import { Refusal } from '../session/Refusal.tsx';
import { useApi } from '../session/SessionContext.ts';
import { AppEnrolment } from './AppEnrolment.tsx';
import { PasskeyEnrolment } from './PasskeyEnrolment.tsx';
import { RemoveFactorDialog } from './RemoveFactorDialog.tsx';
import { useReading } from './useReading.ts';

/** The own second factors: which there are, and another one added. */
export function Factors() {
  const translate = useTranslate();
  const notify = useNotify();
  const { auth } = useApi();
  const read = useCallback(async () => (await auth.listFactors({})).body.factors, [auth]);
  const { value: factors, problem, again } = useReading(read);
  const [removing, setRemoving] = useState<Factor | undefined>(undefined);
  const added = async (): Promise<void> => {
    notify('security.added', { type: 'success' });
    again();
  };
  const hasApp = factors?.some(({ kind }) => kind === 'totp') === true;
  return (
    <Section title={translate('security.factors')}>
      <Box sx={{ px: 2, pb: 1, display: 'grid', gap: 2 }}>
        <Refusal problem={problem} />
        {factors?.length === 0 ? <Typography>{translate('security.no_factors')}</Typography> : null}
        <Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0, display: 'grid', gap: 1 }}>
          {factors?.map((factor) => (
            <Held key={factor.id} factor={factor} onRemove={() => setRemoving(factor)} />
          ))}
        </Box>
        {factors === undefined || hasApp ? null : <AppEnrolment onAdded={added} />}
        {factors === undefined ? null : <PasskeyEnrolment onAdded={added} />}
      </Box>
      {removing === undefined ? null : (
        <RemoveFactorDialog factor={removing} isLast={factors?.length === 1} onRemoved={again} onClose={() => setRemoving(undefined)} />
      )}
    </Section>
  );
}

function Held({ factor, onRemove }: { readonly factor: Factor; readonly onRemove: () => void }) {
  const translate = useTranslate();
  const name = factor.kind === 'totp' ? translate('security.app') : factor.label;
  return (
    <Box component="li" sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', justifyContent: 'space-between', gap: 1 }}>
      <Box>
        <Typography component="h3" sx={{ fontWeight: 600 }}>
          {name}
          {factor.kind === 'passkey' ? ` · ${translate('security.passkey')}` : ''}
        </Typography>
        <Typography variant="body2" color="textSecondary">
          {translate('security.added_at')} <Instant at={factor.createdAt} />
          {factor.lastUsedAt === null ? null : (
            <>
              {' · '}
              {translate('security.last_used')} <Instant at={factor.lastUsedAt} />
            </>
          )}
        </Typography>
      </Box>
      <Button variant="outlined" size="small" onClick={onRemove} aria-label={translate('security.remove_named', { name })}>
        {translate('security.remove')}
      </Button>
    </Box>
  );
}
