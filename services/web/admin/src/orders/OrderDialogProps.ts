import type { Order } from '#contracts/order.ts';

export type OrderDialogProps = {
  readonly order: Order;
  /** Reads the order again. */
  readonly onChanged: () => void;
  readonly onClose: () => void;
};
