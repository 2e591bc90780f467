import Button from '@mui/material/Button';
import { useLocaleState } from 'react-admin';
import { languages } from './languages.ts';

/** Changes to the other language; says so in that language, for who cannot read this one. */
export function LanguageButton() {
  const [locale, setLocale] = useLocaleState();
  const other = languages.find((language) => language.locale !== locale);
  if (other === undefined) return null;
  return (
    <Button color="inherit" lang={other.locale} sx={{ minWidth: 0, whiteSpace: 'nowrap' }} onClick={() => setLocale(other.locale)}>
      {other.name}
    </Button>
  );
}
