import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { FieldTitle, useInput, useResourceContext, useTranslate, ValidationError } from 'react-admin';
import { readMoney } from '../api/records.ts';
import type { Money } from '#contracts/values.ts';
import { parseMajorText, toMajorText } from './money.ts';

type Props = { readonly source: string; readonly currency?: string; readonly required?: boolean };

/**
 * An amount, written in major units (`12.50`) and kept in the form as the API takes it (`{amountMinor: 1250, currency}`). What is no amount
 * is kept as the text it is, which the form does not accept.
 */
export function PriceInput({ source, currency = 'GBP', required = false }: Props) {
  const translate = useTranslate();
  const resource = useResourceContext();
  const { id, field, fieldState } = useInput({
    source,
    parse: (value: unknown) => value,
    format: (value: unknown) => value ?? null,
    validate: (value: unknown) => problemOf(value, required),
  });
  const held = readMoney(field.value);
  const shownCurrency = held?.currency ?? currency;
  const [written, setWritten] = useState<string | undefined>(undefined);
  // What was typed stays as typed (`12.`) while it means what the form holds; else the form was filled anew.
  const text = written !== undefined && same(meant(written, shownCurrency), field.value) ? written : textOf(field.value);
  const error = fieldState.error?.message;
  return (
    <TextField
      id={id}
      name={field.name}
      inputRef={field.ref}
      label={<FieldTitle source={source} {...(resource === undefined ? {} : { resource })} isRequired={required} />}
      value={text}
      onBlur={() => {
        // Left, the amount is shown as the form holds it: `12.5` becomes `12.50`.
        setWritten(undefined);
        field.onBlur();
      }}
      onChange={(event) => {
        setWritten(event.target.value);
        field.onChange(meant(event.target.value, shownCurrency));
      }}
      error={fieldState.invalid}
      helperText={error === undefined ? translate('price.hint', { currency: shownCurrency }) : <ValidationError error={error} />}
      autoComplete="off"
      slotProps={{ htmlInput: { inputMode: 'decimal' } }}
    />
  );
}

function meant(written: string, currency: string): Money | string | null {
  if (written.trim() === '') return null;
  return parseMajorText(written, currency) ?? written;
}

function textOf(value: unknown): string {
  const money = readMoney(value);
  if (money !== undefined) return toMajorText(money);
  return typeof value === 'string' ? value : '';
}

function same(a: Money | string | null, b: unknown): boolean {
  const money = readMoney(b);
  if (typeof a === 'string' || a === null) return a === b;
  return money !== undefined && money.amountMinor === a.amountMinor && money.currency === a.currency;
}

function problemOf(value: unknown, required: boolean): string | undefined {
  if (value === null || value === undefined) return required ? 'ra.validation.required' : undefined;
  return readMoney(value) === undefined ? 'price.invalid' : undefined;
}
