import { worldFront } from '../../behaviours/fronts.ts';
import { startFront } from '../../components/fronts.ts';
import { conformance } from '../../frame/conformance.ts';
import { frontCases } from './front-cases.ts';

frontCases(
  'world',
  conformance(worldFront, () => startFront('world')),
);
