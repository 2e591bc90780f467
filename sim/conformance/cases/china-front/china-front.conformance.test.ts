import { chinaFront } from '../../behaviours/fronts.ts';
import { startFront } from '../../components/fronts.ts';
import { conformance } from '../../frame/conformance.ts';
import { frontCases } from '../world-front/front-cases.ts';

frontCases(
  'china',
  conformance(chinaFront, () => startFront('china')),
);
