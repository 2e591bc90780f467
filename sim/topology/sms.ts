/** A template as a customer of Dysms has it approved. */
export interface SmsTemplate {
  /** What the services call it. */
  readonly name: string;
  readonly code: string;
  /** With `${name}` where a parameter goes. */
  readonly content: string;
}

/** Who the twin's text messages are from: the signature in China, the SenderID in the world. */
export const smsSignName = 'madeinworld';

/** Where the twin's services send text messages. */
export const smsCountries = '1,33,44,49,81,86,852';

/** What Dysms has approved in the twin; a test holds it against what the services say. */
export const smsTemplates: readonly SmsTemplate[] = [
  {
    name: 'order-confirmed.en',
    code: 'SMS_480010001',
    content: 'madeinworld: your order ${number} is paid and confirmed. We will write again when it is on its way.',
  },
  { name: 'order-confirmed.zh', code: 'SMS_480010002', content: '您的订单${number}已付款并确认，发货后我们会再通知您。' },
  {
    name: 'order-cancelled.en',
    code: 'SMS_480010003',
    content: 'madeinworld: your order ${number} is cancelled. What you have paid for it will be given back.',
  },
  { name: 'order-cancelled.zh', code: 'SMS_480010004', content: '您的订单${number}已取消。如已付款，款项将退还，退款后我们会通知您。' },
  {
    name: 'order-expired.en',
    code: 'SMS_480010005',
    content:
      'madeinworld: your payment for order ${number} came too late: the order has expired. What you have paid will be given back in full.',
  },
  { name: 'order-expired.zh', code: 'SMS_480010006', content: '订单${number}的付款到达时商品已售出，订单已失效。您支付的款项将全额退还。' },
  { name: 'order-shipped.en', code: 'SMS_480010007', content: 'madeinworld: goods of your order ${number} are on their way.' },
  { name: 'order-shipped.zh', code: 'SMS_480010008', content: '您的订单${number}有商品已发货，请留意查收。' },
  {
    name: 'order-short-closed.en',
    code: 'SMS_480010015',
    content: 'madeinworld: we are sorry, a part of your order ${number} will not come. What you have paid for it will be given back.',
  },
  {
    name: 'order-short-closed.zh',
    code: 'SMS_480010016',
    content: '非常抱歉，您的订单${number}的部分商品无法发货，已付的相应款项将退还。',
  },
  {
    name: 'return-accepted.en',
    code: 'SMS_480010009',
    content:
      'madeinworld: what you have sent back of order ${number} has arrived, and is accepted. What you have paid for it will be given back.',
  },
  { name: 'return-accepted.zh', code: 'SMS_480010010', content: '您退回的订单${number}的商品已收到并验收，相应款项将退还。' },
  {
    name: 'payment-refunded.en',
    code: 'SMS_480010011',
    content: 'madeinworld: we have given back money for your order ${number}. Until your bank shows it some days may pass.',
  },
  { name: 'payment-refunded.zh', code: 'SMS_480010012', content: '订单${number}的退款已发出，到账可能需要数日。' },
  {
    name: 'duplicate-refunded.en',
    code: 'SMS_480010013',
    content: 'madeinworld: your order ${number} was paid twice. We have given back what was paid twice.',
  },
  { name: 'duplicate-refunded.zh', code: 'SMS_480010014', content: '订单${number}重复付款，多付的款项已退还，到账可能需要数日。' },
  {
    name: 'export-asked.en',
    code: 'SMS_480010017',
    content:
      'madeinworld: a copy of your data here was asked for from our other region. Sign in here to fetch it. If it was not you, end the link of your accounts.',
  },
  {
    name: 'export-asked.zh',
    code: 'SMS_480010018',
    content: '另一区的关联账户申请了您在本区的个人信息副本，请登录本区账户获取。如非本人操作，请解除账户关联。',
  },
  {
    name: 'sign-in-code.en',
    code: 'SMS_480000001',
    content: '${code} is your code to sign in to madeinworld (region: china). It works once, within ${minutes} minutes. Tell it to nobody.',
  },
  {
    name: 'sign-in-code.zh',
    code: 'SMS_480000002',
    content: 'madeinworld（中国区）登录验证码：${code}，${minutes} 分钟内有效，请勿告诉他人。',
  },
  {
    name: 'contact-code.en',
    code: 'SMS_480000003',
    content:
      '${code} is the code to add this number to an account of madeinworld. It works once, within ${minutes} minutes. Tell it to nobody.',
  },
  {
    name: 'contact-code.zh',
    code: 'SMS_480000004',
    content: '验证码：${code}，用于将此号码绑定到 madeinworld 账户，${minutes} 分钟内有效，请勿告诉他人。',
  },
  {
    name: 'contact-changed.zh',
    code: 'SMS_480000005',
    content: '您的 madeinworld 账户的邮箱或手机号码已变更。如非本人操作，请立即联系我们。',
  },
];
