import { component } from './behaviour.ts';

const gateway = { own: 'sim/standins/mns' };

export const mns = component({
  name: 'mns',
  title: 'Alibaba Cloud MNS (SMQ)',
  engines: {
    embedded: [gateway, { npm: 'fauxqs', title: 'fauxqs' }],
    docker: [gateway, { compose: 'elasticmq', title: 'ElasticMQ' }],
  },
  behaviours: {},
});
