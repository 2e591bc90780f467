import { Type } from 'typebox';

import { Preview, PreviewRequest, Template as TemplateSummary } from '#contracts/notification.ts';
import { pageOf } from '#contracts/values.ts';
import type { App } from '#platform/app.ts';
import { AppError } from '#platform/errors.ts';
import { operation } from '#platform/routes/operation.ts';

import { type NotificationDeps, readers } from '../deps.ts';
import { onlyPage, orderExample, readerExample } from '../examples.ts';
import { templateNamed, templates } from './index.ts';
import { accountParametersOf, parametersOf } from './parameters.ts';
import { render } from './render.ts';
import { accountTextMessage, textMessage } from './text-message.ts';
import type { Template } from './template.ts';

const params = Type.Object({
  name: Type.String({ description: 'words of small letters with hyphens between them', pattern: '^[a-z]+(-[a-z]+)*$', maxLength: 64 }),
});
const summaryOf = ({ name, eventType, kind }: Template): TemplateSummary => ({ name, eventType, kind, languages: ['en', 'zh'] });
const example = { name: 'order-confirmed', eventType: 'madeinworld.order.confirmed.v1', kind: 'transactional', languages: ['en', 'zh'] };

export function registerTemplates(app: App, { region }: Pick<NotificationDeps, 'region'>): void {
  const list = operation({
    id: 'listTemplates',
    summary: 'All templates',
    access: { roles: readers },
    request: {},
    answers: { 200: pageOf(TemplateSummary) },
    errors: [],
    example: { answer: onlyPage(example) },
  });
  app.get('/v1/templates', list, async () => ({
    items: templates.map(summaryOf),
    pageInfo: { hasNextPage: false, hasPreviousPage: false, nextCursor: null },
    total: templates.length,
  }));

  const preview = operation({
    id: 'previewTemplate',
    summary: 'A mail as the template makes it of an example, and the text message for who has no mail address',
    access: { roles: readers },
    request: { params, body: PreviewRequest },
    answers: { 200: Preview },
    errors: ['not_found'],
    example: {
      params: { name: example.name },
      body: { language: 'en' },
      answer: {
        subject: 'Your order W-2026-100001 is confirmed',
        text: 'Hello Ada Lovelace,\n',
        html: '<p>Hello Ada Lovelace,</p>\n',
        sms: 'madeinworld: your order W-2026-100001 is paid and confirmed.',
      },
    },
  });
  app.post('/v1/templates/:name/preview', preview, async (request) => {
    const template = templateNamed(request.params.name);
    if (template === undefined) throw new AppError('not_found');
    const { language } = request.body;
    if (template.about === 'link') {
      const parameters = accountParametersOf(readerExample.name, region);
      return { ...render(template, language, parameters), sms: accountTextMessage(template, language)?.text ?? null };
    }
    const parameters = parametersOf(orderExample, { ...readerExample, language }, region, null);
    return { ...render(template, language, parameters), sms: textMessage(template, language, parameters)?.text ?? null };
  });
}
