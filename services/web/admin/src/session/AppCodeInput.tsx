import TextField from '@mui/material/TextField';
import { useTranslate } from 'react-admin';

type Props = { readonly value: string; readonly onChange: (text: string) => void; readonly malformed: boolean };

/** The six digits that an authenticator app shows. */
export function AppCodeInput({ value, onChange, malformed }: Props) {
  const translate = useTranslate();
  return (
    <TextField
      label={translate('session.app_code')}
      autoComplete="one-time-code"
      autoFocus
      required
      fullWidth
      value={value}
      onChange={(event) => onChange(event.target.value)}
      error={malformed}
      helperText={malformed ? <span role="alert">{translate('session.app_code_malformed')}</span> : translate('session.app_code_hint')}
      slotProps={{ htmlInput: { inputMode: 'numeric', style: { fontSize: '1.4rem', letterSpacing: '0.2em' } } }}
    />
  );
}
