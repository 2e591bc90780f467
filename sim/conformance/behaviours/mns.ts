import { component, differing, exact, type Behaviour } from './behaviour.ts';

const gateway = { own: 'sim/standins/mns' };

/** The gateway is the same on both drivers, and so is what it leaves out. */
const approximated = (says: string, inWhat: string): Behaviour =>
  differing(says, { embedded: { approximated: inWhat }, docker: { approximated: inWhat } });
const absent = (says: string, why: string, notShown?: string): Behaviour => {
  const fidelity = { absent: why, ...(notShown === undefined ? {} : { notShown }) };
  return differing(says, { embedded: fidelity, docker: fidelity });
};

export const mns = component({
  name: 'mns',
  title: 'Alibaba Cloud MNS (SMQ)',
  engines: {
    embedded: [gateway, { npm: 'fauxqs', title: 'fauxqs' }],
    docker: [gateway, { compose: 'elasticmq', title: 'ElasticMQ' }],
  },
  behaviours: {
    'create-queue': exact('CreateQueue answers 201 with the location, 204 for the same attributes again, QueueAlreadyExist for others.'),
    'delete-queue': exact('DeleteQueue removes a queue with its messages and answers 204 for one that is not there, too.'),
    'name-recently-deleted': approximated(
      'The name of a deleted queue is refused with QueueDeletedRecently for a while.',
      'MNS documents no time; here it is 60 s',
    ),
    'queue-attributes': exact('SetQueueAttributes changes what it names, and GetQueueAttributes answers all of it with its times.'),
    'attribute-ranges': exact('An attribute outside its documented range is an InvalidArgument.'),
    'settings-kept': approximated(
      "Attributes belong to the queue, also after a restart of MNS's own machines.",
      "the gateway keeps them in memory: a restart alone of the gateway gives every queue MNS's defaults",
    ),
    'message-counts': approximated(
      'The counts tell active, inactive and delayed messages apart.',
      'a delay of over 900 s counts as active between two rounds, and an expired message counts until a poll meets it',
    ),
    'list-queues': exact('ListQueue answers by prefix, a page at a time, with attributes where they are asked for.'),
    'queue-names': exact('Queue names have up to 120 letters, digits and hyphens; others are InvalidQueueName or QueueNameLengthError.'),
    'control-plane': approximated(
      'The OpenAPI of 2022-01-19 creates, changes, shows, lists and deletes queues for a client with an ACS3 signature.',
      'it shares the endpoint of the data plane, and its error codes are those of the data plane',
    ),
    'send-receive-delete': exact('A message goes through with its id, its upper-case digest, its times and its count of deliveries.'),
    batches: exact('Batches of up to 16 messages are sent, received and deleted in one call each.'),
    'batch-limit': exact('A batch of more than 16 messages or handles, and numOfMessages outside 1 to 16, are an InvalidArgument.'),
    'size-limit': exact('64 KB to the byte pass in one message and in a whole batch, and one byte more is an InvalidArgument.'),
    'batch-send-partial': approximated(
      'A batch of which some messages could not be sent says of each what became of it.',
      'MNS documents only that the status is not 201; here it is 500',
    ),
    'batch-delete-partial': exact('A batch delete with bad handles deletes the rest and answers 404 with each bad handle and why.'),
    'base64-bodies': exact('A body is kept as it was sent, byte by byte: Base64 is a convention of the clients.'),
    'any-character': differing('A body may hold every character that XML can.', {
      embedded: { approximated: 'fauxqs refuses characters beyond the basic plane, one by one; Base64 bodies have none' },
    }),
    'visibility-change': exact('ChangeMessageVisibility answers a new handle and the next visible time, and the old handle is void.'),
    'visibility-range': exact('A visibility of 0 and one of more than 43200 s are an InvalidArgument.'),
    redelivery: exact('A message that is not deleted in time comes again with its count one higher and its first time kept.'),
    'handle-expired': exact('A handle whose time is over, or whose message is deleted, is MessageNotExist.'),
    'handle-forged': exact('What is no handle at all is a ReceiptHandleError.'),
    'handle-spelling': exact('A handle passes percent-escaped or plain, and query keys in any case.'),
    'long-poll': exact('A poll with waitseconds wakes when a message is sent, and is MessageNotExist when none came.'),
    'polling-wait-seconds': exact("A poll without waitseconds waits as long as its queue's PollingWaitSeconds say."),
    'poll-quota': approximated(
      'Past the quota of concurrent long polls an empty poll is answered at once.',
      'the quota is 1000 a process; MNS documents none',
    ),
    'poll-abandoned': approximated(
      'A poll whose client has gone away swallows no message.',
      'a message that was on its way to that client counts one delivery more',
    ),
    delay: exact('A message with DelaySeconds, or in a queue that has them, comes when they are over, with the time it was sent at.'),
    'long-delay': approximated(
      'A message may be delayed for up to 604800 s.',
      'the queue server delays it in rounds of at most 900 s and the next poll starts the next round; it survives a restart of the gateway',
    ),
    'delay-handle': approximated(
      'The sender of a delayed message gets a receipt handle, which deletes it or changes when it is due.',
      'what the handle has done is kept in memory: after a restart of the gateway the message comes when it was due at first',
    ),
    retention: approximated(
      'A message is gone when its MessageRetentionPeriod is over.',
      'it stays in the queue server, counted, until a poll meets it',
    ),
    'dead-letters': approximated(
      'A message that was received MaxReceiveCount times and is not deleted goes to the queue that DlqPolicy names.',
      'it goes when the next poll of its queue meets it, as in SQS; its count begins again there',
    ),
    'dead-letter-policy': exact(
      'DlqPolicy is set on the control plane alone, in part or whole, and refuses a queue as its own dead-letter queue.',
    ),
    'dead-letter-retention': exact('A dead letter keeps its id, the time it was sent at and the end of its retention.'),
    signature: exact('A request without a signature, with another scheme, an unknown key or a wrong one gets the error of each.'),
    'clock-skew': exact('A date up to 15 minutes off passes, before and ahead, and beyond that it is TimeExpired.'),
    dates: exact('The header x-mns-date replaces Date; without either, or with another format, the request is refused.'),
    'session-token': approximated('A session token of STS is sent along, unsigned.', 'the token is taken as it is'),
    'content-md5': exact("Content-MD5 may be the Base64 of the digest or of its hexadecimal text; another body's is InvalidDegist."),
    'api-version': exact('Another x-mns-version is an InvalidArgument.'),
    errors: exact('Every error has its status, Code, Message, RequestId and HostId, and the headers of MNS.'),
    'request-urls': exact('A path or method that is not known is an InvalidRequestURL, and a queue that is not there a QueueNotExist.'),
    'query-strings': exact('A broken query is an InvalidQueryString, and a missing handle or visibility has an error of its own.'),
    'strict-xml': exact("A document that is no XML of MNS is MalformedXML; Java's namespace without its last slash passes."),
    'internal-error': exact('When the queue server does not answer, the client is told InternalError and loses no message.'),
    'production-client': exact("The services' own client sends, receives, extends, deletes and counts through it, and knows its errors."),
    peek: absent('Messages can be looked at without being received.', 'an SQS server cannot show a message without receiving it'),
    priority: absent('Messages of a higher priority come first.', 'an SQS server has no priorities; 8, the default, is accepted'),
    topics: absent('Messages are published to topics and pushed to subscriptions.', 'production has none'),
    'message-groups': absent('Queues may be FIFO, with message groups.', 'production has none'),
    policies: absent('RAM policies are applied with AccessDenied.', 'there are no policies', 'what is missing is a refusal'),
    throttling: absent('More than 20000 calls a second are refused.', 'nothing is throttled', 'what is missing is a refusal'),
  },
});
