import { peerOf, type Region } from '#contracts/regions.ts';

import { dear, signed } from './phrases.ts';
import type { LinkTemplate } from './template.ts';

const places = {
  en: { world: 'the region outside mainland China', china: 'mainland China' },
  zh: { world: '国际区', china: '中国区' },
} as const satisfies Record<'en' | 'zh', Record<Region, string>>;

/** It says how to fetch the copy and how to keep others from asking, and has no link to follow: whoever writes such a mail to steal a sign-in has one. */
export const exportAsked: LinkTemplate = {
  about: 'link',
  name: 'export-asked',
  eventType: 'madeinworld.export.asked.v1',
  kind: 'transactional',
  wordings: {
    en: {
      subject: () => 'A copy of your personal data was asked for',
      paragraphs: ({ name, region }) => [
        dear.en({ name }),
        `From the account that you have linked in ${places.en[peerOf(region)]}, a copy was asked for of what we hold of you in ${places.en[region]}.`,
        'It waits for you here: sign in to your account in this region, and fetch it there. It is made when you fetch it, and is not sent to the other region.',
        'If it was not you, end the link between your accounts, in either of them. Who does not sign in to your account here gets nothing of it.',
        signed.en,
      ],
      sms: () =>
        'madeinworld: a copy of your data here was asked for from our other region. Sign in here to fetch it. If it was not you, end the link of your accounts.',
    },
    zh: {
      subject: () => '有人申请了您的个人信息副本',
      paragraphs: ({ name, region }) => [
        dear.zh({ name }),
        `您在${places.zh[peerOf(region)]}的关联账户申请了我们在${places.zh[region]}所持有的您的个人信息副本。`,
        '请登录您在本区的账户获取该副本。副本在您获取时生成，不会传送至另一区。',
        '如非您本人操作，请在任一账户中解除两个账户的关联。未登录您在本区账户的人无法获得其中任何内容。',
        signed.zh,
      ],
      sms: () => '另一区的关联账户申请了您在本区的个人信息副本，请登录本区账户获取。如非本人操作，请解除账户关联。',
    },
  },
};
