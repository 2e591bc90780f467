import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useLocale, useNotify, useTranslate } from 'react-admin';
import { Value } from 'typebox/value';
import type { Refund } from '#contracts/refund.ts';
import { MerchantReference } from '#contracts/sale.ts';
import { DeedDialog } from '../deeds/DeedDialog.tsx';
import { useDeed } from '../deeds/useDeed.ts';
import { formattingLocale } from '../i18n/format.ts';
import { formatMoney } from '../money/money.ts';
import { useApi } from '../session/SessionContext.ts';

type Props = {
  readonly refund: Refund;
  /** Who gives the money back this time. */
  readonly givenBy: Refund['givenBy'];
  /** Reads again what is owed. */
  readonly onChanged: () => void;
  readonly onClose: () => void;
};

const tone = { requested: 'info', done: 'success', failed: 'warning' } as const satisfies Record<Refund['state'], string>;

/** Has another refund take the place of one that was refused: the provider is asked once more, or it is written down how the money went back. */
export function SettleDialog({ refund, givenBy, onChanged, onClose }: Props) {
  const translate = useTranslate();
  const notify = useNotify();
  const locale = formattingLocale(useLocale());
  const api = useApi();
  const [typed, setTyped] = useState('');
  const reference = typed.trim();
  const isElsewhere = givenBy === 'elsewhere';
  const good = Value.Check(MerchantReference, reference);
  const deed = useDeed({
    act: async (idempotencyKey) => {
      const body = isElsewhere ? { givenBy: 'elsewhere' as const, reference } : { givenBy: 'provider' as const };
      return (await api.order.retryRefund({ params: { id: refund.id }, body, idempotencyKey })).body;
    },
    onDone: ({ state }) => {
      notify(`refund.outcome.${state}`, { type: tone[state] });
      onChanged();
      onClose();
    },
    onRefused: onChanged,
  });
  return (
    <DeedDialog
      title={translate('refund.title', { amount: formatMoney(refund.amount, locale) })}
      confirm={translate(isElsewhere ? 'refund.write_down' : 'refund.again')}
      ready={!isElsewhere || good}
      deed={deed}
      onClose={onClose}
    >
      <Typography>{translate(isElsewhere ? 'refund.elsewhere_about' : 'refund.again_about')}</Typography>
      {isElsewhere ? (
        <TextField
          label={translate('refund.reference')}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          error={reference !== '' && !good}
          helperText={reference !== '' && !good ? translate('validation.reference') : translate('refund.reference_hint')}
          autoComplete="off"
          autoFocus
          size="small"
          slotProps={{ htmlInput: { maxLength: 64 } }}
        />
      ) : null}
    </DeedDialog>
  );
}
