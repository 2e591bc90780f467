import SvgIcon, { type SvgIconProps } from '@mui/material/SvgIcon';

/** A parcel. */
export function ProductIcon(props: SvgIconProps) {
  return (
    <SvgIcon {...props}>
      <path d="M12 2 3 6.5v11L12 22l9-4.5v-11zm0 2.2 5.9 3L12 10.1 6.1 7.2zM5 8.9l6 3v7.4l-6-3zm8 10.4v-7.4l6-3v7.4z" />
    </SvgIcon>
  );
}

/** A shelf of three. */
export function CategoryIcon(props: SvgIconProps) {
  return (
    <SvgIcon {...props}>
      <path d="M4 4h7v7H4zm2 2v3h3V6zm7-2h7v7h-7zm2 2v3h3V6zM4 13h7v7H4zm2 2v3h3v-3zm10.5-2.5L20.5 20h-8zm0 4-.9 1.6h1.8z" />
    </SvgIcon>
  );
}

/** A shop with an awning. */
export function StoreIcon(props: SvgIconProps) {
  return (
    <SvgIcon {...props}>
      <path d="M4 4h16l1.5 6a3 3 0 0 1-2.5 3v7H5v-7a3 3 0 0 1-2.5-3zm1.6 2-.9 4h2.8l.5-4zm4.4 0-.4 4h4.8l-.4-4zm6 0 .5 4h2.8l-.9-4zM7 12.7V18h4v-4h4v4h2v-5.3a3.5 3.5 0 0 1-2.5-.6 4 4 0 0 1-5 0 3.5 3.5 0 0 1-2.5.6" />
    </SvgIcon>
  );
}

/** A sheet with lines. */
export function OrderIcon(props: SvgIconProps) {
  return (
    <SvgIcon {...props}>
      <path d="M5 3h14v18l-2.3-1.5L14.3 21 12 19.5 9.7 21l-2.4-1.5L5 21zm2 2v12.4l2.5 1.2 2.5-1.6 2.5 1.6 2.5-1.2V5zm2 3h6v2H9zm0 4h6v2H9z" />
    </SvgIcon>
  );
}

/** An arrow that goes back. */
export function RefundIcon(props: SvgIconProps) {
  return (
    <SvgIcon {...props}>
      <path d="M9 5 3 10.5 9 16v-4h6.5a3.5 3.5 0 0 1 0 7H7v2h8.5a5.5 5.5 0 0 0 0-11H9z" />
    </SvgIcon>
  );
}

/** Boxes on a pile. */
export function StockIcon(props: SvgIconProps) {
  return (
    <SvgIcon {...props}>
      <path d="M8 3h8v8H8zm2 2v4h4V5zM3 13h8v8H3zm2 2v4h4v-4zm8-2h8v8h-8zm2 2v4h4v-4z" />
    </SvgIcon>
  );
}

/** The mark of the panel: one circle in two halves. */
export function Mark(props: SvgIconProps) {
  return (
    <SvgIcon {...props} viewBox="0 0 24 24">
      <path d="M11 3a9 9 0 0 0 0 18z" />
      <path d="M13 3a9 9 0 0 1 0 18z" opacity="0.6" />
    </SvgIcon>
  );
}
