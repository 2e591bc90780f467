/** The parts of Alibaba's own client that the gateway's tests use: it comes without types. */
declare module '@alicloud/mns' {
  interface Answer<Body> {
    readonly code: number;
    readonly headers: Readonly<Record<string, string | undefined>>;
    readonly body: Body;
  }
  type Fields = Readonly<Record<string, string>>;

  export default class Client {
    constructor(accountId: string, options: { endpoint: string; accessKeyId: string; accessKeySecret: string; securityToken?: string });
    createQueue(name: string, attributes?: Readonly<Record<string, string | number | boolean>>): Promise<Answer<undefined>>;
    setQueueAttributes(name: string, attributes: Readonly<Record<string, string | number | boolean>>): Promise<Answer<undefined>>;
    getQueueAttributes(name: string): Promise<Answer<Fields>>;
    deleteQueue(name: string): Promise<Answer<undefined>>;
    listQueue(start: string | undefined, limit: number, prefix: string): Promise<Answer<Fields[] | undefined>>;
    sendMessage(queue: string, message: Readonly<Record<string, string | number>>): Promise<Answer<Fields>>;
    batchSendMessage(queue: string, messages: readonly Readonly<Record<string, string | number>>[]): Promise<Answer<Fields[]>>;
    receiveMessage(queue: string, waitSeconds?: number): Promise<Answer<Fields>>;
    batchReceiveMessage(queue: string, numOfMessages: number, waitSeconds?: number): Promise<Answer<Fields[]>>;
    peekMessage(queue: string): Promise<Answer<Fields>>;
    batchPeekMessage(queue: string, numOfMessages: number): Promise<Answer<Fields[]>>;
    deleteMessage(queue: string, receiptHandle: string): Promise<Answer<undefined>>;
    batchDeleteMessage(queue: string, receiptHandles: readonly string[]): Promise<Answer<Fields[] | undefined>>;
    changeMessageVisibility(queue: string, receiptHandle: string, visibilityTimeout: number): Promise<Answer<Fields>>;
    publishMessage(topic: string, message: Readonly<Record<string, string>>): Promise<Answer<Fields>>;
  }
}
