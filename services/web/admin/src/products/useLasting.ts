import { useEffect, useState } from 'react';

/** Whether something has been true for so long without a break. */
export function useLasting(holds: boolean, forMs: number): boolean {
  const [lasted, setLasted] = useState(false);
  useEffect(() => {
    if (!holds) return undefined;
    const timer = setTimeout(() => setLasted(true), forMs);
    return () => {
      clearTimeout(timer);
      setLasted(false);
    };
  }, [holds, forMs]);
  return lasted;
}
