import { createHash } from 'node:crypto';

import { AppError } from '#platform/errors.ts';

/** How far is looked where nothing is said. */
const RADIUS_METRES = 50_000;

export interface Circle {
  readonly latitude: number;
  readonly longitude: number;
  readonly radiusMetres: number;
}

/**
 * The circle that a list's query asks for; undefined where it names no place. Throws AppError `invalid_request` for a place off the globe, a radius without a
 * place, and an order beside it: the nearest comes first. Pure.
 */
export function circleOf(query: { readonly near?: string; readonly radiusMetres?: number; readonly sort?: string }): Circle | undefined {
  const { near, radiusMetres = RADIUS_METRES, sort } = query;
  if (near === undefined) {
    if (query.radiusMetres !== undefined) throw refusal('radiusMetres', 'belongs to near');
    return undefined;
  }
  if (sort !== undefined) throw refusal('sort', 'cannot be asked for with near: the nearest comes first');
  const [latitude = Number.NaN, longitude = Number.NaN] = near.split(',').map(Number);
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) throw refusal('near', 'is no latitude and longitude');
  return { latitude, longitude, radiusMetres };
}

/** The name of the order by distance from a circle's middle, short enough for a cursor: one of another place is refused. */
export function orderNameOf({ latitude, longitude }: Circle): string {
  return `near:${createHash('sha256').update(`${latitude},${longitude}`).digest('base64url').slice(0, 12)}`;
}

function refusal(field: string, message: string): AppError {
  return new AppError('invalid_request', { detail: 'The query does not fit.', errors: [{ field, message }] });
}
