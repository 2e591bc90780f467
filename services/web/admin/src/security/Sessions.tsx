import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Chip from '@mui/material/Chip';
import Typography from '@mui/material/Typography';
import { useCallback } from 'react';
import { useNotify, useTranslate } from 'react-admin';
import type { Session } from '#contracts/sessions.ts';
import { Instant } from '../i18n/Instant.tsx';
import { Section } from '../layout/Section.tsx';
import { Refusal } from '../session/Refusal.tsx';
import { useApi } from '../session/SessionContext.ts';
import { type Attempt, useAttempt } from '../session/useAttempt.ts';
import { useReading } from './useReading.ts';

/** More than anybody has open by hand; who has more ends all others at once. */
const shown = 50;

/** Where this account is signed in, the newest first, and how to end that. The own one ends by signing out. */
export function Sessions() {
  const translate = useTranslate();
  const notify = useNotify();
  const { auth } = useApi();
  const read = useCallback(async () => (await auth.listSessions({ query: { limit: shown } })).body, [auth]);
  const { value: page, problem, again } = useReading(read);
  const attempt = useAttempt();
  const end = (work: () => Promise<unknown>): void =>
    void attempt.run(async () => {
      await work();
      notify('security.ended', { type: 'success' });
      again();
    });
  const others = (page?.total ?? 0) > 1;
  return (
    <Section
      title={translate('security.sessions')}
      action={
        others ? (
          <Button variant="outlined" disabled={attempt.busy} onClick={() => end(async () => auth.endOtherSessions({}))}>
            {translate('security.end_others')}
          </Button>
        ) : null
      }
    >
      <Box sx={{ px: 2, pb: 1, display: 'grid', gap: 2 }}>
        <Refusal problem={problem ?? attempt.problem} />
        <Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0, display: 'grid', gap: 1 }}>
          {page?.items.map((session) => (
            <SignedIn
              key={session.id}
              session={session}
              attempt={attempt}
              onEnd={() => end(async () => auth.endSession({ params: { id: session.id } }))}
            />
          ))}
        </Box>
        {page !== undefined && page.total > page.items.length ? (
          <Typography color="textSecondary">{translate('security.more_sessions', { count: page.total - page.items.length })}</Typography>
        ) : null}
      </Box>
    </Section>
  );
}

type Props = { readonly session: Session; readonly attempt: Attempt; readonly onEnd: () => void };

function SignedIn({ session: { device, createdAt, lastUsedAt, current }, attempt, onEnd }: Props) {
  const translate = useTranslate();
  return (
    <Box component="li" sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', justifyContent: 'space-between', gap: 1 }}>
      <Box>
        <Typography component="h3" sx={{ fontWeight: 600 }}>
          {device}
        </Typography>
        <Typography variant="body2" color="textSecondary">
          {translate('security.since')} <Instant at={createdAt} />
          {' · '}
          {translate('security.last_used')} <Instant at={lastUsedAt} />
        </Typography>
      </Box>
      {current ? (
        <Chip size="small" color="primary" label={translate('security.this_session')} />
      ) : (
        <Button
          variant="outlined"
          size="small"
          disabled={attempt.busy}
          onClick={onEnd}
          aria-label={translate('security.end_named', { device })}
        >
          {translate('security.end')}
        </Button>
      )}
    </Box>
  );
}
